"""A run keeps what its data were; whoever goes on with it later is told what differs, and refused where it matters."""

import hashlib
import shutil
import tracemalloc
from contextlib import suppress

import numpy as np
import pytest
import torch
from PIL import Image

from engine.config.differences import changes, resolve
from engine.datasets import image_folder
from engine.datasets._dataset import MemorySplit
from engine.messages.coded_error import CodedError
from engine.process import training_session
from engine.process.training_session import Session
from engine.runs import all_runs, files
from engine.runs.reporter import Reporter, Stopped
from engine.training import data_record, data_split
from engine.worker.cache import Cache
from engine.worker.predictions import evaluate_run
from tests.made_runs import ask

CLASSES = ("bear", "cat", "dog")


class StopAtTwo(Reporter):
    """Is told to stop after two steps of its first life."""

    def listen(self):
        if self.status.get("iteration") == 2 and not self.status["life"]:
            raise Stopped("stopped_by_you")
        super().listen()


def paint(folder, count=6, shade=40):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        Image.new("L", (9, 9), shade + number).save(folder / f"{number}.png")


def live(folder, resume=False):
    """One life of a run in this process, up to its second step or its end."""
    reporter = StopAtTwo(folder, int(resume))
    with suppress(Stopped):
        Session(resolve(folder.config()), folder.path.parent, "cpu", reporter).run(resume)
    return [event["text"] for event in folder.events() if event["kind"] == "warning"]


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A run that was stopped after two steps, and its pictures beside it."""
    place = tmp_path_factory.mktemp("begun")
    for number, name in enumerate(CLASSES):
        paint(place / "pictures" / "train" / name, shade=40 * number)
        paint(place / "pictures" / "test" / name, 2, shade=40 * number + 20)
    config = resolve({
        "data": {"name": "image_folder", "path": "pictures", "image_size": 8, "channels": 1}, "validation": 0.2,
        "model": {"depth": 8, "initial_channels": 8}, "batch_size": 4, "probe_images": 0, "threads": 1,
    })  # fmt: skip
    folder = all_runs.create(place, config.model_dump(), changes(config))
    live(folder)
    assert len(folder.checkpoint_list()) == 1
    return folder


@pytest.fixture
def run(begun, tmp_path):
    """A copy of that run, and of its pictures."""
    shutil.copytree(begun.path.parent, tmp_path, dirs_exist_ok=True)
    return all_runs.find(tmp_path, begun.id)


def rename_class(pictures):
    for side in ("train", "test"):
        (pictures / side / "bear").rename(pictures / side / "zebra")


def add_one(pictures):
    paint(pictures / "train" / "dog", 7)


def replace_one(pictures):
    (pictures / "train" / "dog" / "0.png").rename(pictures / "train" / "dog" / "another.png")


def paint_over(pictures):
    Image.new("RGB", (90, 90), "red").save(pictures / "train" / "dog" / "0.png")


def add_test_images(pictures):
    paint(pictures / "test" / "dog", 5)


def read(folder):
    return data_split.load_data(resolve(folder.config()), folder.path.parent)


def test_a_run_keeps_classes_counts_and_digests_and_the_same_data_elsewhere_are_the_same(run, begun):
    kept = files.read_json(run.data_file)
    assert kept["classes"] == list(CLASSES) and kept["counts"] == {"train": 15, "validation": 3, "test": 6}
    assert kept["train"]["count"] == 18 and len(kept["train"]["files"]) == len(kept["test"]["sizes"]) == 32
    assert data_record.of_data(read(run)) == kept == data_record.of_data(read(begun))
    assert data_record.check_resume(run, read(run)) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [(rename_class, "classes_changed"), (add_one, "not_resumed.count"), (replace_one, "not_resumed.others")],
)
def test_a_resume_with_other_classes_or_other_images_to_train_on_is_refused(run, change, code):
    """Labels would shift, and images that were trained on would validate; nothing of the run is touched."""
    change(run.path.parent / "pictures")
    before = sorted(path.stat().st_mtime_ns for path in run.series.iterdir())
    with pytest.raises(CodedError) as refused:
        live(run, resume=True)
    assert refused.value.code == code
    assert sorted(path.stat().st_mtime_ns for path in run.series.iterdir()) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (paint_over, "some train images have the same names but other sizes"),
        (add_test_images, "the run began with 6 test images, and there are now 9"),
    ],
)
def test_a_resume_goes_on_where_the_same_images_train_and_says_what_differs(run, change, said):
    change(run.path.parent / "pictures")
    warnings = live(run, resume=True)
    assert any(said in text for text in warnings), warnings


@pytest.mark.parametrize("damage", ["[[", '{"classes": 5}'])
def test_a_resume_says_that_the_record_is_damaged_and_divides_as_the_run_did(run, damage):
    run.data_file.write_text(damage, encoding="utf-8")
    assert data_record.fewest_held_out(run) == 1 and data_record.reading(run) == 1
    assert any("data.json of the run is damaged" in text for text in live(run, resume=True))


def test_a_damaged_image_is_replaced_or_needs_a_new_run_as_its_error_says(run):
    damaged = run.path.parent / "pictures" / "train" / "dog" / "0.png"
    damaged.write_bytes(b"")
    with pytest.raises(ValueError, match="replace it under the same name, or remove it and start a new run"):
        live(run, resume=True)
    damaged.unlink()
    with pytest.raises(CodedError, match="Restore the data and press Resume, or start a new run"):
        live(run, resume=True)
    paint_over(run.path.parent / "pictures")
    assert any("same names but other sizes" in text for text in live(run, resume=True))


def test_a_run_that_never_came_to_a_checkpoint_begins_again_with_the_data_there_are(run):
    shutil.rmtree(run.checkpoints)
    rename_class(run.path.parent / "pictures")
    live(run, resume=True)
    for kept in (files.read_json(run.data_file), run.environment()["data"]):
        assert kept["classes"] == ["cat", "dog", "zebra"]


def test_a_run_of_before_there_was_a_record_is_compared_by_what_its_environment_tells(run):
    run.data_file.unlink()
    assert data_record.check_resume(run, read(run)) == [] and data_record.fewest_held_out(run) == 0
    add_one(run.path.parent / "pictures")
    with pytest.raises(CodedError, match="began with 15 train images, and there are now 16"):
        data_record.check_resume(run, read(run))
    rename_class(run.path.parent / "pictures")
    with pytest.raises(CodedError, match="number 1 was 'bear' and is now 'cat'"):
        data_record.check_resume(run, read(run))


@pytest.mark.parametrize("sides", [("train", "test"), ("train", "val"), (".",)])
def test_a_run_of_before_is_read_by_the_rule_that_it_began_with(run, sides):
    """Files and folders that count only since then change neither its images nor their division."""
    pictures = run.path.parent / "pictures"
    if sides == ("train", "val"):
        (pictures / "test").rename(pictures / "val")
    elif sides == (".",):
        shutil.rmtree(pictures / "test")
        for name in CLASSES:
            (pictures / "train" / name).rename(pictures / name)
        (pictures / "train").rmdir()
    config = resolve(run.config() | {"validation": "test"})
    then = data_split.load_data(config, pictures.parent)
    environment = files.read_json(run.environment_file)
    files.replace_json(run.environment_file, environment | {"data": then.about()})
    run.data_file.unlink()
    for side, name in [(side, name) for side in sides for name in CLASSES]:
        Image.new("L", (9, 9), 200).save(pictures / side / name / "00.jfif", "JPEG")
    if sides[0] == "train":
        shutil.copytree(pictures / "train", pictures / "Training_1")
        shutil.copytree(pictures / "train", pictures / "train_2")
    now = data_split.load_data(config, pictures.parent, reading=data_record.reading(run))
    assert data_record.of_dataset(now.dataset) == data_record.of_dataset(then.dataset)
    assert data_record.check_resume(run, now) == []
    assert evaluate_run(run, "last", pictures.parent)[0].startswith("last weights")
    cache = Cache(pictures.parent, pictures.parent)
    assert ask(cache, "samples", run=str(run.path), count=3)["notes"] == []
    assert len(cache.dataset(config).train) == len(then.dataset.train) + 3  # a new run reads them


def test_a_resume_of_a_run_of_before_reads_by_its_rule(run):
    run.data_file.unlink()
    for side in ("train", "test"):
        Image.new("L", (9, 9), 200).save(run.path.parent / "pictures" / side / "cat" / "00.jpe", "JPEG")
    assert live(run, resume=True) == []


def test_an_evaluation_with_other_classes_is_refused_and_keeps_the_predictions(run):
    evaluate_run(run, "last", run.path.parent)
    kept = run.predictions_file.read_bytes()
    add_test_images(run.path.parent / "pictures")
    assert "began with 6 test images, and there are now 9" in evaluate_run(run, "last", run.path.parent)[0]
    run.predictions_file.write_bytes(kept)
    rename_class(run.path.parent / "pictures")
    with pytest.raises(CodedError, match="Restore the class folders"):
        evaluate_run(run, "last", run.path.parent)
    assert run.predictions_file.read_bytes() == kept


def test_a_run_goes_on_and_is_evaluated_with_the_mean_and_deviation_that_it_recorded(run, monkeypatch):
    """A later version may know better what a model was trained with; the run has trained with the old ones."""
    evaluate_run(run, "last", run.path.parent)
    as_trained = np.load(run.predictions_file)["logits"]
    environment = files.read_json(run.environment_file)
    monkeypatch.setattr(image_folder, "MEAN", {1: [0.1]})
    assert read(run).dataset.mean == [0.1] != environment["data"]["mean"]
    evaluate_run(run, "last", run.path.parent)
    assert np.array_equal(np.load(run.predictions_file)["logits"], as_trained)
    told = []

    def stop_at_once(config, data, *rest):
        told.append(data.dataset.mean)
        raise Stopped("stopped_by_you")

    monkeypatch.setattr(training_session, "Trainer", stop_at_once)
    live(run, resume=True)
    assert told == [environment["data"]["mean"]]


def test_images_without_files_are_known_by_their_pixels_and_labels(tmp_path):
    def record(**data):
        return data_record.of_data(data_split.load_data(resolve({"data": {"name": "digits"} | data}), tmp_path))

    kept = record()
    assert kept == record() and "files" not in kept["train"]
    assert record(limit=200)["train"]["pixels"] != kept["train"]["pixels"]
    assert record(classes=[*"1023456789"])["test"]["pixels"] != kept["test"]["pixels"]


def test_pixels_are_not_copied_to_be_known_and_looked_at_once(monkeypatch):
    pixels = torch.randint(256, (100, 3, 32, 32), dtype=torch.uint8)
    for held in (pixels, pixels.flip(0), pixels.transpose(2, 3)):
        split = MemorySplit(held, torch.arange(100) % 10)
        labels, content = split.targets.numpy().tobytes(), held.numpy().tobytes()
        expected = hashlib.blake2b(labels + b"\0" + content + b"\0", digest_size=16).hexdigest()
        assert data_record.of_split(split) == {"count": 100, "pixels": expected}
    split = MemorySplit(pixels, torch.arange(100))
    tracemalloc.start()
    try:
        kept = data_record.of_split(split)
        assert tracemalloc.get_traced_memory()[1] < pixels.nbytes / 10
    finally:
        tracemalloc.stop()
    monkeypatch.setattr(data_record, "hashlib", None)
    assert data_record.of_split(split) == kept


def test_test_images_are_not_offered_under_the_names_of_other_classes(run):
    cache = Cache(run.path.parent, run.path.parent)
    assert ask(cache, "samples", run=str(run.path), count=3)["notes"] == []
    assert ask(cache, "attention", run=str(run.path), sample=0)["notes"] == []
    add_test_images(run.path.parent / "pictures")
    cache = Cache(run.path.parent, run.path.parent)
    assert ask(cache, "samples", run=str(run.path), count=3)["notes"] == ["other_test_images"]
    assert ask(cache, "attention", run=str(run.path), sample=0)["notes"] == ["other_test_images"]
    rename_class(run.path.parent / "pictures")
    cache = Cache(run.path.parent, run.path.parent)
    for kind, more in (("samples", {"count": 3}), ("attention", {"sample": 0})):
        with pytest.raises(ValueError, match="number 1 was 'bear' and is now 'cat'"):
            ask(cache, kind, run=str(run.path), **more)


def test_how_the_data_were_understood_and_what_was_left_out_stands_among_the_events(run):
    shutil.rmtree(run.checkpoints)
    (run.path.parent / "pictures" / "train" / "cat" / "phone.heic").write_bytes(b"of another type")
    warnings = live(run, resume=True)
    told = [event["text"] for event in run.events() if event["kind"] == "data"]
    assert told[-1] == "Data: 3 classes (bear, cat, dog): 18 training images in train/, 6 test images in test/."
    assert any("cannot be read are left out: 1 .heic" in text for text in warnings), warnings
