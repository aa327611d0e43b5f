"""Every preset is sound, means what the published row says, and takes a step; figures carry source and runs."""

from pathlib import Path

import pytest
import torch

from engine.__main__ import ROOT
from engine.config import overrides, presets, published_figures
from engine.config.differences import check, resolve
from engine.config.run_config import RunConfig
from engine.datasets._dataset import Dataset, MemorySplit
from engine.training import data_split
from engine.training.build_model import build_model, match_to_data
from engine.training.stage_start import begin_stage
from engine.training.trainer import Trainer
from engine.worker.cache import Cache
from engine.worker.plan_summary import describe_plan, shape_of
from tests.training import Ears, new_run

READ = {name: presets.read(name) for name in presets.names()}
FOLDERS = ("imagenet", "sun397", "food101", "gtsrb", "dtd", "ucf101")  # data sets that are folders of images
PUBLISHED = [name for name, (_, about) in READ.items() if about.get("reference")]


def rows_of(name: str) -> list[tuple[str, list[str]]]:
    """The published rows that a preset stands for, each with the overrides that make it."""
    about = READ[name][1]
    return [(about["reference"][0], []), *((row["reference"], row["change"]) for row in about.get("rows", []))]


def config_of(name: str, change: list[str]) -> RunConfig:
    return resolve(overrides.apply(READ[name][0], change))


@pytest.mark.parametrize("name", READ)
def test_every_preset_passes_the_check_with_its_model(name, tmp_path):
    """Its plan is told although no data are there yet; a folder of images is asked for."""
    config, faults = check(READ[name][0])
    assert not faults
    lines, faults, _ = describe_plan(config, Cache(tmp_path, ROOT / "runs"))
    assert len(lines) == len(config.stages)
    assert [fault.code for fault in faults] == ["folder_absent"] * (config.data["name"] == "image_folder")


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_preset_with_a_reference_says_where_its_figures_come_from(name):
    about = READ[name][1]
    for row in published_figures.find(about["reference"] + [reference for reference, _ in rows_of(name)]):
        assert row["source"] and row["dataset"] in (config_of(name, []).data["name"], *FOLDERS)
        assert (row["runs"] is None or row["runs"] >= 1) and ("test_error" in row or row["epochs"])
    assert about.get("quick", name) in READ


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name.startswith("hysts/")])
def test_published_rows_have_the_settings_that_their_tables_name(name):
    """All that a row says of data, batch, rate, length, schedule, optimizer, decay and pieces is in the config."""
    for reference, change in rows_of(name):
        compare(config_of(name, change), *published_figures.find([reference]))


def compare(config: RunConfig, row: dict) -> None:
    named = {
        "dataset": config.data["name"], "batch_size": config.batch_size,
        "precision": config.precision.replace("_", " "),
        "learning_rate": config.optimizer["learning_rate"], "weight_decay": config.optimizer["weight_decay"],
        "epochs": config.epochs, "schedule": config.schedule["name"],
        "optimizer": {"lars": "LARS"}.get(config.optimizer["name"], "SGD"),
        "ghost_batch_size": config.batch_size // config.subdivisions,
        "decay_on_batchnorm": config.decay_on == "all",
    }  # fmt: skip
    if "gpus" in row:  # each of them had a batch of its own
        named["batch_size"] = config.batch_size // config.subdivisions
    assert {key: row[key] for key in named if key in row} == {key: named[key] for key in named if key in row}, row
    model, names = row["model"].lower(), [section["name"] for section in config.augmentations]
    for word, augmentation in (("mixup", "mixup"), ("ricap", "ricap"), ("randomerasing", "random_erasing")):
        assert (word in model) == (augmentation in names), row
    hides = [section["size"] for section in config.augmentations if section["name"] == "cutout"]
    assert ("cutout" in model) == any(hides), row
    assert ("dual-cutout" in model) == (config.objective["dual_cutout_consistency"] > 0), row


def test_every_published_row_belongs_to_one_preset():
    claimed = [reference for name in PUBLISHED if name.startswith("hysts/") for reference, _ in rows_of(name)]
    assert len(claimed) == len(set(claimed)) == 362
    assert set(claimed) == {name for name in published_figures.published() if name.startswith("hysts")}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_run_of_a_preset_names_its_reference(name):
    assert config_of(name, []).reference == READ[name][1]["reference"]


def test_a_misspelt_key_in_a_preset_is_named_with_what_was_meant(tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text("data: digits\noptimizer: {lerning_rate: 0.1}\nbatchsize: 64\n", encoding="utf-8")
    listed = [str(fault) for fault in check(presets.read(str(path))[0])[1]]
    assert any("lerning_rate is unknown; did you mean 'learning_rate'?" in fault for fault in listed)
    assert any("batchsize is unknown; did you mean 'batch_size'?" in fault for fault in listed)


def made_data(config: RunConfig, data: Path) -> data_split.Data:
    """Random images of the shape that the config's data have."""
    channels, classes, side = shape_of(config, data)
    targets = torch.arange(2 * classes) % classes
    split = MemorySplit(torch.randint(256, (len(targets), channels, side, side), dtype=torch.uint8), targets)
    names = [str(number) for number in range(classes)]
    dataset = Dataset(split, split, names, [0.5] * channels, [0.25] * channels, side, channels)
    return data_split.Data(dataset, split, split, "test")


@pytest.mark.slow
@pytest.mark.parametrize("name", READ)
def test_every_preset_takes_a_step(name, tmp_path):
    """Of its first stage, with random weights where it begins from others."""
    config = config_of(name, ["batch_size=4", "subdivisions=1", "accumulate=1", "allow_random_frozen=true"])
    data = made_data(config, tmp_path)
    model = build_model(config, data.dataset.channels, len(data.dataset.classes), data.dataset.image_size)
    match_to_data(model, data.dataset)
    start = dict(model.state_dict()) if config.weights else {}
    trainer = Trainer(config, data, model, start, torch.device("cpu"), Ears(new_run(tmp_path)), 0)
    begin_stage(trainer, 0)
    numbers = torch.arange(4)
    row = trainer.step((numbers, data.train.images(numbers), data.train.targets[:4]))
    # With fp16 the first steps may only lower the scale of the loss.
    assert row["loss"].isfinite() and (row["gradient_norm"].isfinite() or row["update_skipped"])
