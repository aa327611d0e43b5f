"""A run is put beside the published row that is nearest to it, and what differs between the two is told."""

import pytest

from engine.config import overrides, presets, published_figures
from engine.config.differences import resolve
from engine.published import comparison

FASHION = "hysts/fashion_mnist_preact_20"


def beside(preset: str, *words: str) -> list[dict]:
    return comparison.beside(resolve(overrides.apply(presets.read(preset)[0], list(words))))


def test_a_run_of_the_recipe_differs_in_nothing_that_decides_the_result():
    (row,) = beside(FASHION, "seed=3", "threads=1", "device=cpu", "label=mine", "group=g", "probe_images=0")
    assert row["id"] == "hysts-072" and row["differs"] == []
    assert row["test_error"] == published_figures.published()["hysts-072"]["test_error"]
    assert row["runs"] and row["hardware"] == "GTX 1080 Ti" and "README" in row["source"]


def test_of_a_family_the_nearest_row_is_taken_and_the_rest_is_told():
    (row,) = beside(FASHION, "augmentations.2.size=14", "stages.0.epochs=12", "data.limit=4000")
    assert row["id"] == "hysts-071"
    assert row["differs"] == [
        {"field": "data.limit", "here": "4000", "there": ""},
        {"field": "stages.0.epochs", "here": "12", "there": "200"},
    ]


def test_other_parts_are_told_by_their_names():
    (row,) = beside(FASHION, "optimizer=adam", "optimizer.learning_rate=0.001", "augmentations.1=mixup")
    fields = {each["field"]: (each["here"], each["there"]) for each in row["differs"]}
    assert fields["optimizer"] == ("adam", "sgd") and fields["optimizer.learning_rate"] == ("0.001", "0.2")
    assert fields["augmentations"] == ("random_crop, mixup, cutout", "random_crop, horizontal_flip, cutout")


def test_a_row_named_by_hand_is_taken_as_it_is():
    config = resolve(overrides.apply(presets.read(FASHION)[0], ["reference=[hysts-066, resnet18_cbam]"]))
    first, log = comparison.beside(config)
    assert first["id"] == "hysts-066"
    assert {each["field"] for each in first["differs"]} == {"augmentations.cutout.size"}
    assert log["id"] == "resnet18_cbam" and len(log["epochs"]) == 50


def test_a_figure_without_a_preset_says_that_its_recipe_is_not_known(tmp_path):
    config = resolve({"reference": ["hysts-072"]})
    assert comparison.beside(config, tmp_path)[0]["differs"] is None


def test_a_damaged_preset_of_somebodys_own_is_passed_over(tmp_path):
    (tmp_path / "broken.yaml").write_text("about: {reference: [hysts-072], rows: 7}\nmodel: {depht: 8}\n", "utf-8")
    assert comparison.beside(resolve({"reference": ["hysts-072"]}), tmp_path)[0]["differs"] is None


@pytest.mark.parametrize("name", presets.names())
def test_every_run_of_a_preset_finds_its_rows(name):
    settings, about = presets.read(name)
    config = resolve({key: value for key, value in settings.items() if key != "weights"})
    rows = comparison.beside(config) if len(about.get("rows", [])) < 5 else []
    for wanted, row in zip(about.get("reference", []), rows, strict=False):
        assert row["id"] == wanted and row["differs"] is not None
