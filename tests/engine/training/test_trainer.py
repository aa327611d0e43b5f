"""A real, tiny training: what it leaves on disk, and how it hears, stops and fails."""

import math
import signal

import numpy as np
import pytest
import torch

from engine.config.differences import resolve
from engine.process.run_process import live
from engine.runs import files, run_summary, series
from engine.training import checkpoint, load_weights
from engine.training.build_model import build_model
from tests.training import TINY, new_run, rows, start, wait

STEPS = 10  # an epoch of TINY: 320 images in batches of 32


def train(tmp_path, differences=None, **more):
    folder = new_run(tmp_path / "runs", differences, **more)
    state = live(folder, tmp_path / "data")
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


def test_starting_weights_are_loaded_by_name_and_the_head_only_for_the_same_classes(finished, tmp_path):
    source = {"data": {"name": "digits", "limit": 320}, "weights": finished.id}
    config = resolve(TINY | source)
    same = build_model(config, 1, 10, 16)
    weights, classes = load_weights.find_weights(finished.id, finished.path.parent)
    result = load_weights.load_starting_weights(same, weights, same_classes=True)
    assert result.parts == list(same.parts) and not result.unfit
    assert all(torch.equal(value, weights[name]) for name, value in same.state_dict().items())
    other = build_model(config, 1, 10, 16)
    before = other.head.fc.weight.clone()
    result = load_weights.load_starting_weights(other, weights, classes == ["a", "b"])
    assert "head" not in result.parts and torch.equal(other.head.fc.weight, before)
    with pytest.raises(ValueError, match="there is no run '20200101-000000-0000'"):
        load_weights.find_weights("20200101-000000-0000", finished.path.parent)
    with pytest.raises(ValueError, match="neither the id of a saved run nor a file"):
        load_weights.find_weights("nowhere.pth", finished.path.parent)


LONG = {"stages": [{"epochs": 2000}, {"epochs": 1, "train": ["head"]}]}


@pytest.fixture
def running(tmp_path):
    """A long training in a process of its own, killed at the end."""
    folder = new_run(tmp_path / "runs", LONG)
    process = start(folder)
    wait(lambda: rows(folder) > 3, process)
    yield folder, process
    process.kill()
    process.wait()


def done(folder, command):
    return [e["values"] for e in folder.events() if e["kind"] == "command" and e["values"]["command"] == command]


def test_no_row_comes_before_the_plan_that_explains_it(tmp_path):
    """A chart that saw rows before it knew the length of an epoch would draw them elsewhere a moment later."""
    folder = new_run(tmp_path / "runs", LONG)
    process = start(folder)
    try:
        wait(lambda: rows(folder), process)
        assert folder.status()["iterations_per_epoch"] == STEPS
    finally:
        process.kill()
        process.wait()


def test_pause_resume_checkpoint_inspect_next_stage(running):
    folder, process = running
    folder.send("pause")
    wait(lambda: folder.status()["state"] == "paused", process)
    still = rows(folder)
    folder.send("checkpoint")
    wait(lambda: folder.checkpoint(still).about().get("iteration") == still, process)  # an epoch may have left one too
    assert rows(folder) == still and folder.find_checkpoint("last").about()["iteration"] == still
    folder.send("inspect")
    kept = folder.map_file(still).with_suffix(".json")
    wait(lambda: (files.read_json(kept) or {}).get("why") == "inspect", process)
    folder.send("resume")
    wait(lambda: rows(folder) > still, process)
    folder.send("set", {"field": "stages.0.learning_rate", "value": 0.0123})
    wait(lambda: 0.0 < series.read(folder.series, "learning_rate.head")[-1] <= 0.0123, process)
    folder.send("next_stage")
    process.wait(60)
    status = folder.status()
    assert status["state"] == "finished" and status["stage"] == 1
    assert status["iterations"] == rows(folder) == status["stages"][0]["ends"] + STEPS
    fields = [event["values"]["field"] for event in folder.events() if event["kind"] == "edit"]
    assert fields == ["stages.0.learning_rate", "stages.0.end"]


def test_a_command_for_an_earlier_life_or_without_meaning_becomes_an_event_and_nothing_else(running):
    folder, process = running
    folder.send("resume")
    path = folder.commands / "000002.json"
    path.write_text('{"number": 2, "command": "stop", "arguments": {}, "life": 7}', encoding="utf-8")
    wait(lambda: done(folder, "stop"), process)
    assert done(folder, "resume")[0]["done"] is False and done(folder, "stop")[0]["done"] is False
    assert folder.status()["state"] == "running"


def test_sigterm_saves_and_stops(running):
    folder, process = running
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    status = folder.status()
    assert status["state"] == "stopped" and process.returncode == 0
    assert folder.find_checkpoint("stop").about()["iteration"] == status["iteration"] == rows(folder)


def test_one_run_has_one_trainer(running):
    folder, process = running
    second = start(folder)
    second.wait(60)
    assert second.returncode == 2 and process.poll() is None
    assert "already has a trainer" in folder.log(0)[0]
    assert folder.status()["pid"] == process.pid


def test_a_second_run_waits_for_the_device_and_starts_by_itself(running):
    folder, _ = running
    second = new_run(folder.path.parent, {"stages": [{"epochs": 1}]})
    waiting = start(second)
    wait(lambda: second.status()["state"] == "queued", waiting)
    assert second.status()["waiting_for"] == folder.id and rows(second) == 0
    folder.send("stop")
    waiting.wait(60)
    assert second.status()["state"] == "finished"
    assert run_summary.summary(second)["status"]["state"] == "finished"


def test_a_queued_run_starts_when_told_and_stops_when_told(running):
    folder, process = running
    eager, timid = (new_run(folder.path.parent, {"stages": [{"epochs": 1}]}) for _ in range(2))
    eager_process, timid_process = start(eager), start(timid)
    wait(lambda: eager.status()["state"] == timid.status()["state"] == "queued")
    timid.send("stop")
    timid_process.wait(30)
    assert timid.status()["state"] == "stopped"
    eager.send("start_now")
    eager_process.wait(60)
    assert eager.status()["state"] == "finished" and process.poll() is None
