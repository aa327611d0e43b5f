"""A real, tiny training: what it leaves on disk, and how it hears, stops and fails."""

import math

import numpy as np
import pytest
import torch

from engine.process.run_process import train_run
from engine.runs import series
from engine.training import checkpoint
from tests.training import STEPS, new_run, rows


def train(tmp_path, differences=None, **more):
    folder = new_run(tmp_path / "runs", differences, **more)
    state = train_run(folder, tmp_path / "data")
    return folder, state


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Two stages, all loss terms, attention; the test set scored once at the end."""
    plan = {
        "objective": {"label_smoothing": 0.1, "confidence_penalty": 0.1},
        "stages": [{"epochs": 2, "title": "all"}, {"epochs": 1, "train": ["head"], "learning_rate": 0.01}],
        "validation": 0.2,
        "schedule": "constant",
    }
    folder, state = train(tmp_path_factory.mktemp("here"), plan)
    assert state == "finished", folder.log(0)[0]
    return folder


STEPS_FINISHED = 8  # 256 images, as a fifth is held out


def test_every_iteration_has_a_row_in_every_series(finished):
    status = finished.status()
    assert status["iteration"] == status["iterations"] == rows(finished) == 3 * STEPS_FINISHED
    names = series.names(finished.series)
    assert {"loss", "accuracy", "loss.cross_entropy", "share.cross_entropy", "learning_rate.head", "seconds",
            "data_seconds", "images_per_second", "gradient_norm"} <= set(names)  # fmt: skip
    for name in names:
        values = series.read(finished.series, name)
        assert len(values) == 3 * STEPS_FINISHED
        frozen = name.startswith(("learning_rate.", "gradient_norm.")) and not name.endswith(".head")
        assert np.isnan(values[2 * STEPS_FINISHED :]).all() == frozen
        assert np.isfinite(values[: 2 * STEPS_FINISHED]).all()


def test_shares_sum_to_a_hundred_and_weighted_terms_to_the_loss(finished):
    terms = {"cross_entropy": 0.9, "label_smoothing": 0.1, "confidence_penalty": 0.1}
    shares = sum(series.read(finished.series, f"share.{name}") for name in terms)
    total = sum(weight * series.read(finished.series, f"loss.{name}") for name, weight in terms.items())
    assert np.allclose(shares, 100, atol=1e-3)
    assert np.allclose(total, series.read(finished.series, "loss"), rtol=1e-5)


def test_the_rates_are_those_of_the_plan(finished):
    rates = series.read(finished.series, "learning_rate.head")
    assert rates.tolist() == [0.05] * 2 * STEPS_FINISHED + [0.01] * STEPS_FINISHED


def test_an_epoch_row_holds_the_means_of_its_iterations(finished):
    epochs = finished.epochs()
    assert [(row["epoch"], row["iteration"], row["stage"]) for row in epochs] == [(1, 8, 0), (2, 16, 0), (3, 24, 1)]
    for number, row in enumerate(epochs):
        part = slice(number * STEPS_FINISHED, (number + 1) * STEPS_FINISHED)
        for key, name in (("train.loss", "loss"), ("train.top1", "accuracy"), ("share.cross_entropy",) * 2):
            assert math.isclose(row[key], series.read(finished.series, name)[part].mean())


def test_events_tell_the_stages_in_order(finished):
    events = finished.events()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    began = [event["values"] for event in events if event["kind"] == "stage_began"]
    assert [(b["stage"], b["train"], b["learning_rate"].get("stem")) for b in began] == [
        (0, ["stem", "layer1", "layer2", "layer3", "attention", "head"], 0.05),
        (1, ["head"], None),
    ]
    assert events[-1]["kind"] == "finished"


def test_the_kept_checkpoints_are_last_best_and_stage_ends_and_load(finished):
    kept = {name for saved in finished.checkpoint_list() for name in saved.about()["kept_as"]}
    assert kept == {"last", "best", "stage_end"}
    assert {saved.about()["iteration"] for saved in finished.checkpoint_list()} >= {16, 24}
    for saved in finished.checkpoint_list():
        assert all(value.isfinite().all() for value in checkpoint.load_weights(saved).values())
        assert checkpoint.load_training(saved)["position"]["iteration"] == saved.about()["iteration"]


def test_the_frozen_parts_of_the_last_stage_did_not_move_by_a_bit(finished):
    before = checkpoint.load_weights(finished.checkpoint(2 * STEPS_FINISHED))
    after = checkpoint.load_weights(finished.checkpoint(3 * STEPS_FINISHED))
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"head.fc.weight", "head.fc.bias"}


def test_the_result_counts_every_test_image_once(finished):
    result = finished.result()
    confusion = np.array(result["confusion"])
    assert confusion.sum() == result["count"] == 360
    assert math.isclose(100 * confusion.trace() / 360, result["top1"], rel_tol=1e-5)
    wrong = [mistake["probability"] for mistake in result["mistakes"]]
    assert wrong == sorted(wrong, reverse=True) and len(wrong) == min(24, 360 - confusion.trace())
    assert all(mistake["target"] != mistake["predicted"] for mistake in result["mistakes"])


def test_maps_of_the_probes_are_kept_at_the_start_and_at_each_epoch(finished):
    assert finished.map_iterations() == [0, 8, 16, 24]
    maps = np.load(finished.map_file(24))
    assert maps["layer1.attention/spatial"].shape == (2, 16, 16)
    assert ((maps["layer1.attention/spatial"] > 0) & (maps["layer1.attention/spatial"] < 1)).all()


def test_the_same_seed_gives_the_same_bits_and_another_one_does_not(tmp_path):
    losses = []
    for number, seed in enumerate([3, 3, 4]):
        folder, _ = train(tmp_path / str(number), {"stages": [{"epochs": 1}]}, seed=seed)
        losses.append(series.read(folder.series, "loss").tobytes())
    assert losses[0] == losses[1] != losses[2]


def test_a_loss_that_is_not_finite_ends_the_run_and_no_such_weight_is_kept(tmp_path):
    """A pull of a hundred times the weights at each step makes them grow without bound."""
    folder, state = train(
        tmp_path, {"optimizer": {"learning_rate": 100.0, "weight_decay": 1.0}, "stages": [{"epochs": 9}]}
    )
    reason = folder.status()["reason"]
    assert state == "failed" and "became" in reason and "Lower the learning rate" in reason
    sums = series.read(folder.series, "loss") + series.read(folder.series, "gradient_norm")
    first = int(np.flatnonzero(~np.isfinite(sums))[0])
    assert f"at iteration {first + 1};" in reason and rows(folder) < 9 * STEPS
    for saved in folder.checkpoint_list():
        assert all(value.isfinite().all() for value in checkpoint.load_weights(saved).values())
