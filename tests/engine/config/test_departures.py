"""A preset that stands for something published says where it departs from that, or follows it."""

import math

import pytest

from engine.config import departures, presets
from engine.config.differences import resolve
from engine.stages import rates
from engine.stages.plan import Plan

READ = {name: presets.read(name) for name in presets.names()}
PUBLISHED = [
    name
    for name, (_, about) in READ.items()
    if about.get("reference") or name.startswith("must/") or "The paper's CIFAR-10 recipe," in about["summary"]["en"]
]


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_preset_of_something_published_says_where_it_departs(name):
    about = READ[name][1]
    assert about["departures"] and set(about["departures"]) <= set(departures.known())
    for language in ("en", "zh"):
        assert len(departures.sentences(about, language)) == len(about["departures"])


def test_no_other_preset_names_departures_and_every_sentence_is_used():
    named = {name: about["departures"] for name, (_, about) in READ.items() if about.get("departures")}
    assert set(named) == set(PUBLISHED)
    assert {key for keys in named.values() for key in keys} == set(departures.known())
    assert all(set(sentence) == {"en", "zh"} for sentence in departures.known().values())


@pytest.mark.parametrize("name", PUBLISHED)
def test_images_that_are_left_over_in_an_epoch_are_told_where_the_original_trained_on_them(name):
    """The code of hysts, MUST and Paddle leaves them out as well."""
    trained_on = name.startswith(("seed_000", "seed_001", "seed_002"))
    left_over = 50_000 % resolve(READ[name][0]).images_per_step  # CIFAR-10's
    assert (trained_on and left_over > 0) == ("left_over" in READ[name][1]["departures"])


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name.startswith("hysts/")])
def test_rates_that_drop_earlier_than_in_hysts_code_are_told(name):
    rows = [READ[name][0]["schedule"]["name"], *(str(row["change"]) for row in READ[name][1].get("rows", []))]
    assert any("multistep" in row for row in rows) == ("milestones" in READ[name][1]["departures"])


def flat(value, path=""):
    """A config as its settings by dotted path."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        return {path: value}
    return {key: leaf for name, item in items for key, leaf in flat(item, f"{path}.{name}".lstrip(".")).items()}


def test_the_corrected_plan_differs_from_the_published_one_in_what_it_says_alone():
    """Stem; Adam's state; rates of new parts; the last stage begins from the best weights."""
    published, corrected = (
        flat(resolve(READ[f"seed_002/{name}"][0]).model_dump()) for name in ("resnet18_cbam", "resnet18_cbam_corrected")
    )
    different = {key for key in published | corrected if published.get(key) != corrected.get(key)}
    stem = {"model.stem", "allow_random_frozen"}
    state = {"stages.1.optimizer_state", "stages.2.optimizer_state"}
    new_parts = {"stages.1.learning_rate", "stages.2.learning_rate"} | {
        f"stages.{stage}.rate_factors.{part}"
        for stage, parts in ((1, ("layer3", "layer4")), (2, ("stem", "layer1", "layer2", "layer3", "layer4")))
        for part in parts
    }
    assert different - {"stages.1.rate_factors", "stages.2.rate_factors"} == (
        stem | state | new_parts | {"stages.2.begins_from"}
    )


def test_paddles_cosine_begins_when_the_warmup_ends():
    """As its CosineWarmup: up to 0.04 over five epochs, then half a wave over the 115 that are left."""
    config = resolve(READ["seed_004/dla60_best"][0])
    plan = Plan(config.stages, 2502)
    warm, whole = 5 * 2502, 120 * 2502
    for iteration in (10, 20, warm - 1, warm, warm + 1, whole // 2, whole - 1):
        number = plan.stage_of(iteration)
        schedule = rates.schedule_of(config, config.stages[number])
        found = rates.rates(config, plan, schedule, number, iteration, {"head": 0.04})["head"]
        falling = 0.02 * (1 + math.cos(math.pi * (iteration - warm) / (whole - warm)))
        rising = 0.04 * iteration / warm
        assert found == pytest.approx(rising if iteration < warm else falling, abs=0.04 / warm)
    assert [stage.optimizer_state for stage in config.stages[1:]] == ["kept"]
