"""What goes wrong in the middle of a training: each fault has its sentence, nothing is lost, and it goes on later."""

import random
import shutil
import signal

import psutil
import pytest
import torch
from PIL import Image

from engine.config.yaml_files import read_mapping
from engine.process import run_process
from engine.process.run_process import train_run
from engine.runs import files, series
from engine.runs.reporter import Reporter
from engine.training import checkpoint
from engine.training.batches import order
from tests.training import TINY, new_run, rows, weights

TIMES = ("seconds", "data_seconds", "images_per_second")
PLAN = {"stages": [{"epochs": 2}, {"epochs": 1, "train": ["head"]}], "checkpoint_minutes": 60}


class Killed(BaseException):
    """Stands in for kill -9: nobody catches it, and nothing is said or saved."""


@pytest.fixture
def between_steps(monkeypatch):
    """Do things after certain iterations: {iteration: function of the reporter}, each once."""
    torch.set_num_threads(1)

    def let(moments):
        waiting, listen = dict(moments), Reporter.listen

        def hear(reporter):
            iteration = reporter.status.get("iteration", 0)
            if reporter.orders and iteration in waiting:
                waiting.pop(iteration)(reporter)
            listen(reporter)

        monkeypatch.setattr(Reporter, "listen", hear)

    yield let


def kill(reporter):
    raise Killed


def order_of(command, **arguments):
    return lambda reporter: reporter.orders[command](arguments)


EDITS = {
    "rates of both stages": {
        2: order_of("set", field="stages.0.learning_rate", value=0.01),
        13: order_of("set", field="stages.1.learning_rate", value={"head": 0.02}),
    },
    "fewer epochs": {4: order_of("set", field="stages.0.epochs", value=1)},
    "the end of a stage": {6: order_of("next_stage")},
}


@pytest.mark.parametrize("edits", EDITS)
@pytest.mark.parametrize("killed_at", [8, 14])
def test_an_edit_made_live_survives_a_kill(between_steps, monkeypatch, tmp_path, edits, killed_at):
    """What was changed while a run trained is still changed after kill -9, from the same iteration on: the resumed run
    ends as one that was edited and never killed."""
    whole, folder = (new_run(tmp_path / name, TINY | PLAN) for name in ("whole", "killed"))
    between_steps(EDITS[edits])
    assert train_run(whole, tmp_path) == "finished"
    monkeypatch.undo()
    between_steps(EDITS[edits] | {killed_at: kill})
    with pytest.raises(Killed):
        train_run(folder, tmp_path)
    monkeypatch.undo()
    between_steps({iteration: edit for iteration, edit in EDITS[edits].items() if iteration > killed_at})
    assert train_run(folder, tmp_path, resume=True) == "finished"
    assert read_mapping(folder.edits_file) == read_mapping(whole.edits_file)
    assert weights(folder) == weights(whole)
    for name in set(series.names(whole.series)) - set(TIMES):
        assert series.read(whole.series, name).tobytes() == series.read(folder.series, name).tobytes(), name


def test_a_checkpoint_of_before_edits_were_counted_holds_those_that_were_made_before_it(between_steps, tmp_path):
    """An older Thaw did not count: what was changed before its checkpoint is in it and is not made twice."""
    folder = new_run(tmp_path, TINY | {"stages": [{"epochs": 3}]})
    between_steps({4: order_of("set", field="stages.0.learning_rate", value=0.003), 14: kill})
    with pytest.raises(Killed):
        train_run(folder, tmp_path)
    saved = folder.find_checkpoint("last")
    training = checkpoint.load_training(saved)
    assert training.pop("edits") == 1
    torch.save(training, saved.training_file)
    sums = saved.about()["sha256"] | {saved.training_file.name: checkpoint._sha256(saved.training_file)}
    files.replace_json(saved.about_file, saved.about() | {"sha256": sums})
    assert train_run(folder, tmp_path, resume=True) == "finished"
    assert len(read_mapping(folder.edits_file)["edits"]) == 1
    assert [event["kind"] for event in folder.events()].count("edit") == 1


# --- data


@pytest.fixture
def pictures(tmp_path):
    """A folder of photographs in two classes, read from their files in each epoch by a process of its own."""
    dice = random.Random(1)
    for name in ("cats & <b>", "=狗"):
        for number in range(24):
            path = tmp_path / "my pictures" / name / f"{number:02}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.effect_noise((40, 40), dice.uniform(10, 90)).save(path)
    return tmp_path / "my pictures"


def from_files(pictures, epochs=3, **more):
    data = {"name": "image_folder", "path": str(pictures), "image_size": 16, "storage": "files"}
    return TINY | {"data": data, "batch_size": 8, "stages": [{"epochs": epochs}]} | more


def test_an_image_that_breaks_in_the_middle_stops_the_run_and_is_named(between_steps, tmp_path, pictures):
    """An image is damaged while the run trains: it ends with the file's name and what to do, and no process hangs."""
    path = pictures / "=狗" / "07.jpg"
    folder = new_run(tmp_path / "runs", from_files(pictures))
    before = set(psutil.Process().children())
    between_steps({5: lambda _: [p.write_bytes(p.read_bytes()[:300]) for p in pictures.rglob("*.jpg") if p == path]})
    assert train_run(folder, tmp_path) == "failed"
    reason = folder.status()["reason"]
    assert (
        str(path) in reason
        and "replace it under the same name, or remove it and start a new run" in reason
        and "\n" not in reason
    )
    assert folder.checkpoint_list() and set(psutil.Process().children()) <= before


def test_data_that_vanishes_stops_the_run_and_it_goes_on_when_they_are_back(between_steps, tmp_path, pictures):
    """The folder of images is unmounted: the run says that the data are gone, keeps its checkpoint, and resumes."""
    folder = new_run(tmp_path / "runs", from_files(pictures))
    away = pictures.with_name("away")
    between_steps({5: lambda _: pictures.rename(away)})
    assert train_run(folder, tmp_path) == "failed"
    assert "is gone: the data was moved, deleted or unmounted" in folder.status()["reason"]
    assert checkpoint.load_training(folder.find_checkpoint("last"))["position"]["iteration"] == 4
    away.rename(pictures)
    assert train_run(folder, tmp_path, resume=True) == "finished"
    assert rows(folder) == 12


def test_a_killed_reader_of_images_is_said_to_be_one(between_steps, tmp_path, pictures):
    """The system kills the process that reads images: that is said, and the run can be resumed."""
    folder = new_run(tmp_path / "runs", from_files(pictures, epochs=60))
    before = set(psutil.Process().children())

    def kill_readers(reporter):
        for child in set(psutil.Process().children()) - before:
            child.kill()

    between_steps(dict.fromkeys(range(2, 200), kill_readers))
    assert train_run(folder, tmp_path) == "failed"
    assert "A process that reads images was killed" in folder.status()["reason"]
    assert "press Resume" in folder.status()["reason"]


@pytest.mark.skipif(not hasattr(signal, "SIGCHLD"), reason="this system has no such signal")
def test_a_reader_that_dies_late_does_not_disturb_the_last_words():
    """torch answers the death of a reader by an error from a signal handler, wherever the program just is."""

    def raises(number, frame):
        raise RuntimeError("DataLoader worker is killed")

    before = signal.signal(signal.SIGCHLD, raises)
    try:
        with run_process._ignoring_children():
            signal.raise_signal(signal.SIGCHLD)
        assert signal.getsignal(signal.SIGCHLD) is raises
    finally:
        signal.signal(signal.SIGCHLD, before or signal.SIG_DFL)


def test_what_a_killed_writer_left_of_a_checkpoint_goes_although_no_other_is_saved(tmp_path):
    """Killed while the last checkpoint took the place of one before: going on has nothing more to save."""
    folder = new_run(tmp_path / "runs", TINY | {"stages": [{"epochs": 1}]})
    assert train_run(folder, tmp_path) == "finished"
    folder.write_status(folder.written_status() | {"state": "stopped"}, durable=True)
    left = folder.checkpoints / ".unfinished-iteration-00000005"
    left.mkdir()
    assert train_run(folder, tmp_path, resume=True) == "finished" and not left.exists()


def test_images_on_both_sides_are_counted_in_a_warning(tmp_path, pictures):
    """The same image for training and for test: the run says how many, as its accuracy is no test then."""
    for number in range(5):
        for name in ("cats & <b>", "=狗"):
            for side in ("train", "test"):
                target = pictures.with_name("both") / side / name
                target.mkdir(parents=True, exist_ok=True)
                shutil.copy(pictures / name / f"{number + 3 * (side == 'test'):02}.jpg", target / f"{number}.jpg")
    for storage in ("files", "memory"):
        plan = from_files(pictures.with_name("both"), epochs=1)
        folder = new_run(tmp_path / "runs", plan | {"data": plan["data"] | {"storage": storage}})
        assert train_run(folder, tmp_path) == "finished", folder.log(0)[0]
        warnings = [event["text"] for event in folder.events() if event["kind"] == "warning"]
        assert [
            text
            for text in warnings
            if text.startswith("Warning: 4 of 10 test images are also among the training images")
        ]


def test_a_batch_larger_than_the_data_is_one_batch(tmp_path):
    """A set smaller than one batch trains on all of it at each step."""
    assert len(order(torch.arange(5), 1, 128, 0, 1)[0]) == 5
    folder = new_run(tmp_path / "runs", TINY | {"batch_size": 5000, "stages": [{"epochs": 2}]})
    assert train_run(folder, tmp_path) == "finished" and rows(folder) == 2


# --- devices and steps that go wrong


def test_a_card_that_is_not_there_is_said_in_one_line_and_the_processor_offered(tmp_path):
    """A run that wants a graphics card which is lost, or was never there, says so before it loads anything."""
    folder = new_run(tmp_path / "runs", TINY | {"device": "cuda:7"})
    assert train_run(folder, tmp_path) == "failed"
    reason = folder.status()["reason"]
    assert "cuda:7 cannot be used" in reason and "Set device to cpu" in reason and "\n" not in reason


def test_a_damaged_checkpoint_is_named_and_the_one_before_is_taken(between_steps, tmp_path):
    """Bits of the newest checkpoint turned over: the resume says so and goes on from the one before."""
    plan = TINY | {"stages": [{"epochs": 3}], "checkpoint_epochs": 1}
    whole, folder = (new_run(tmp_path / name, plan) for name in ("whole", "hurt"))
    assert train_run(whole, tmp_path) == "finished"
    between_steps({25: kill})
    with pytest.raises(Killed):
        train_run(folder, tmp_path)
    newest = folder.find_checkpoint("last")
    damaged = bytearray(newest.weights_file.read_bytes())
    damaged[-5] ^= 1
    newest.weights_file.write_bytes(damaged)
    assert train_run(folder, tmp_path, resume=True) == "finished"
    warnings = [event["text"] for event in folder.events() if event["kind"] == "warning"]
    assert any(newest.name in text and "trying the one before" in text for text in warnings)
    assert weights(folder) == weights(whole)
