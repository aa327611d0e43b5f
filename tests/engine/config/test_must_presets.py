"""The presets of MUST hold what its authors published for each data set: train_configs.json of salesforce/MUST."""

import pytest

from engine.config import presets, published_figures
from engine.config.differences import resolve

# pixels of a hidden square, first decay, ramp, share hidden, weights of align and fairness, threshold, rate, epochs
PUBLISHED = {
    "imagenet_b16": (32, 0.999, 2000, 0.3, 0.2, 1, 0.7, 2e-5, 30),
    "imagenet_l14": (56, 0.999, 2000, 0.3, 0.5, 1, 0.5, 4e-5, 20),
    "sun397_b16": (32, 0.99, 500, 0.1, 1, 0.2, 0.4, 1e-4, 20),
    "sun397_l14": (28, 0.99, 500, 0.2, 0.5, 0.2, 0.3, 2e-4, 20),
    "food101_b16": (32, 0.999, 2000, 0.1, 0.1, 1, 0.7, 2e-5, 40),
    "food101_l14": (56, 0.999, 2000, 0.1, 0.1, 1, 0.7, 4e-5, 40),
    "gtsrb_b16": (32, 0.99, 500, 0.5, 0.5, 1, 0.3, 2e-5, 20),
    "gtsrb_l14": (56, 0.99, 500, 0.3, 0.5, 1, 0.2, 4e-5, 20),
    "dtd_b16": (32, 0.99, 100, 0.1, 0.2, 1, 0.4, 2e-5, 60),
    "dtd_l14": (56, 0.99, 100, 0.1, 0.5, 1, 0.5, 4e-5, 60),
    "ucf101_b16": (16, 0.99, 500, 0.1, 0.5, 1, 0.5, 1e-5, 60),
    "ucf101_l14": (28, 0.99, 500, 0.1, 0.5, 1, 0.6, 2e-5, 60),
    "pets_b16": (32, 0.99, 100, 0.1, 0.2, 1, 0.7, 1e-5, 60),
    "caltech101_b16": (32, 0.99, 100, 0.1, 0.2, 1, 0.7, 1e-5, 60),
}
SENTENCES = {"imagenet": 80, "ucf101": 48, "caltech101": 34, "dtd": 8, "gtsrb": 3, "sun397": 2, "food101": 1, "pets": 1}


def test_every_published_row_has_its_preset_and_no_other():
    assert {name.removeprefix("must/") for name in presets.names() if name.startswith("must/")} == set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_settings_are_those_that_were_published(name):
    config = resolve(presets.read(f"must/{name}")[0])
    pixels, first, ramp, hidden, align, fairness, threshold, rate, epochs = PUBLISHED[name]
    data, tower = name.split("_")
    patch = {"b16": 16, "l14": 14}[tower]
    assert config.objective == {
        "name": "must", "threshold": threshold, "first_decay": first, "last_decay": 0.9998, "ramp": ramp,
        "reg": fairness, "mask_ratio": hidden, "mask_side": pixels // patch, "align": align,
    }  # fmt: skip
    larger = config.images_per_step / 256  # rates are for 256 images a step
    assert config.images_per_step == 1024 and config.epochs == epochs
    assert config.optimizer["learning_rate"] == pytest.approx(rate * larger)
    assert config.optimizer["learning_rate"] * config.schedule["final_factor"] == pytest.approx(1e-6 * larger)
    assert config.stages[0].layer_decay == 0.65 and config.decay_on == "weights_only"
    assert f"-{patch}-" in config.model["architecture"] and config.weights == "openai"
    assert len(set(config.model["templates"])) == SENTENCES[data]
    assert {part["name"]: part for part in config.augmentations}["randaugment"]["interpolation"] == "bicubic"


def test_published_accuracies_stand_beside_the_runs_of_their_presets():
    """12 results, of the last epoch: no number of runs is named."""
    rows = {name: published_figures.find(presets.read(f"must/{name}")[1].get("reference", [])) for name in PUBLISHED}
    assert {name for name, found in rows.items() if not found} == {"pets_b16", "caltech101_b16"}
    for name, (row,) in ((name, found) for name, found in rows.items() if found):
        summary = presets.read(f"must/{name}")[1]["summary"]["en"]
        assert f"Published: {100 - row['test_error']:.1f} %, from {100 - row['zero_shot_error']:.1f} % zero" in summary
        assert row["runs"] is None and row["epochs"] == resolve(presets.read(f"must/{name}")[0]).epochs
