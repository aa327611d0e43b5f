"""Which folder is what: the usual names of splits in any case and number, and nothing guessed in silence."""

from pathlib import Path

import pytest
from PIL import Image

from engine.config.data_faults import data_faults, data_remarks
from engine.config.differences import resolve
from engine.datasets import image_folder
from engine.datasets._class_folders import fewest_images
from engine.datasets._layout import layout_of, likeliest, split_of
from engine.messages.faults import Fault
from engine.training import data_split


def paint(place: Path, *names: str, count: int = 4) -> None:
    """Pictures in each of the folders; a name with an ending is a file of its own."""
    for name in names:
        path = place / name
        (path.parent if path.suffix else path).mkdir(parents=True, exist_ok=True)
        if path.suffix:
            path.write_bytes(b"of another type")
        for number in range(0 if path.suffix else count):
            Image.new("L", (9, 9), number).save(path / f"{number}.png")


def config(place: Path, **more: object):
    return resolve({"data": {"name": "image_folder", "path": str(place), "image_size": 8}} | more)


def codes(place: Path, **more: object) -> list[str]:
    """Of the faults, or where there are none of the remarks."""
    found = config(place, **more)
    faults = data_faults(found, place)
    remarks = [] if faults else data_remarks(found, place)
    assert not any(isinstance(remark, Fault) for remark in remarks)
    return [said.code for said in [*faults, *remarks]]


def said(place: Path) -> list[str]:
    return [remark.message for remark in data_remarks(config(place), place)]


SPLITS = {
    "train": [
        "train",
        "Train",
        "TRAINING",
        "trains",
        "training_set",
        "train-data",
        "trainset",
        "train2017",
        "01_train",
    ],
    "test": ["test", "Tests", "Testing", "TEST_SET", "test-images", "test_2", "hold-out"],
    "val": ["val", "valid", "Validation", "VALID", "dev", "eval", "val2017", "validation set"],
}


def test_the_usual_names_of_splits_are_known_in_any_case_and_number():
    for kind, names in SPLITS.items():
        assert {split_of(name) for name in names} == {(kind, "")}, kind
    assert split_of("seg_train") == ("train", "seg") and split_of("seg_test") == ("test", "seg")
    for name in ("cat", "contest", "strain", "latest", "value", "devil", "trainer", "retrieval", "medieval"):
        assert split_of(name) is None, name


@pytest.mark.parametrize(
    ("train", "test"),
    [("Training", "Testing"), ("TRAIN", "Valid"), ("seg_train", "seg_test"), ("train_set", "dev_set")],
)
def test_folders_with_such_names_are_no_classes(train: str, test: str, tmp_path: Path) -> None:
    paint(tmp_path, f"{train}/cat", f"{train}/dog", f"{test}/cat", f"{test}/dog")
    dataset = image_folder.load(config(tmp_path).part("data")[1], tmp_path, lambda line: None)
    assert dataset.classes == ["cat", "dog"] and (len(dataset.train), len(dataset.test)) == (8, 8)
    assert said(tmp_path) == [f"2 classes (cat, dog): 8 training images in {train}/, 8 test images in {test}/"]


@pytest.mark.parametrize(
    ("folders", "test", "unused"),
    [
        ("train test test_images", "test", ["folder_unused"]),
        ("train test train2", "test", ["folder_unused"]),
        ("train Training test TEST_SET", "test", ["folder_unused"]),
        ("Train train_old Test tests", "Test", ["folder_unused"]),
        ("train test val validation", "test", ["folder_val_unused", "folder_unused"]),
        ("train test valid dev", "test", ["folder_val_unused", "folder_unused"]),
        ("train val dev", "val", ["folder_unused"]),
        ("train val validation_2", "val", ["folder_unused"]),
    ],
)
def test_the_plain_name_of_a_split_goes_before_similar_ones_which_are_told_as_unused(folders, test, unused, tmp_path):
    names = folders.split()
    paint(tmp_path, *(f"{name}/{kind}" for name in names for kind in ("cat", "dog")))
    assert codes(tmp_path) == ["folder_split_given", *unused]
    layout = layout_of(tmp_path)
    assert (layout.train.name, layout.test.name) == (names[0], test) and layout.test not in layout.unused
    told = [layout.train, layout.test, layout.val, *layout.unused]
    assert sorted(path.name for path in told if path) == sorted(names)


def test_runs_of_before_keep_the_folders_that_they_began_with(tmp_path):
    paint(tmp_path, *(f"{side}/{name}" for side in ("train", "validation", "Test") for name in ("cat", "dog")))
    assert layout_of(tmp_path).test == tmp_path / "Test"
    before = layout_of(tmp_path, reading=0)
    assert before.train == tmp_path / "train" and before.test is None and not before.faults


def test_a_split_in_the_usual_spelling_goes_before_other_spellings():
    one, other, third = Path("train"), Path("Train"), Path("TRAIN")
    assert likeliest("train", [third, other, one]) == [one]
    assert likeliest("train", [third, other, Path("train_2")]) == [third, other]  # which of them, nobody can say


LAYOUTS = {  # folders: the codes of what is said of them
    "classes alone": (["cat", "dog"], ["folder_split_drawn"]),
    "a train beside a ship": (["train", "ship"], ["folder_split_drawn"]),
    "train and test are vehicles and exams": (["train", "ship", "exam"], ["folder_split_drawn"]),
    "validation beside test": (
        [f"{side}/{name}" for side in ("train", "test", "Validation") for name in ("cat", "dog")],
        ["folder_split_given", "folder_val_unused"],
    ),
    "folders beside the splits": (
        ["train/cat", "train/dog", "test/cat", "test/dog", "meta"], ["folder_split_given", "folder_unused"],
    ),
    "two training folders": (["train_1/cat", "Training/cat", "test/cat"], ["folder_twice"]),
    "two test folders": (["train/cat", "test_1/cat", "tests/cat"], ["folder_twice"]),
    "two validation folders, to test with": (["train/cat", "dev/cat", "valid/cat"], ["folder_twice"]),
    "test beside the classes": (["cat", "dog", "test/cat", "test/dog"], ["folder_no_train"]),
    "test and validation without training": (["test/cat", "test/dog", "val/cat", "val/dog"], ["folder_no_train"] * 2),
    "one level too high, classes": (["pets/cat", "pets/dog"], ["folder_below"]),
    "one level too high, splits": (["pets/train/cat", "pets/test/cat", "backup/cat"], ["folder_inside"]),
    "one level too high, several sets": (
        ["pets/cat", "pets/dog", "cars/bus", "cars/van"], ["folder_split_drawn", "folder_deep"],
    ),
    "sessions within some classes": (["cat", "dog/monday", "dog/tuesday"], ["folder_split_drawn"]),
    "test images without classes": (["train/cat", "train/dog", "test"], ["folder_flat"]),
    "images beside the classes": (["cat", "dog", "."], ["folder_split_drawn", "folder_stray"]),
    "no class folder": (["."], ["folder_flat"]),
    "notes among the images": (["cat", "dog", "cat/notes.txt"], ["folder_split_drawn", "folder_left_out"]),
    "phone pictures among the images": (
        ["cat", "dog", "cat/1.heic", "cat/2.HEIC", "cat/a.txt"],
        ["folder_split_drawn", "folder_unread", "folder_left_out"],
    ),
    "phone pictures alone": (["cat", "dog/1.heic", "dog/2.heic"], ["folder_unread_images"]),
    "what systems leave behind": (["cat", "dog", "__MACOSX/cat", "@eaDir/x"], ["folder_split_drawn"]),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_is_understood_and_what_is_passed_over_is_said(name: str, tmp_path: Path) -> None:
    folders, expected = LAYOUTS[name]
    paint(tmp_path, *folders)
    assert codes(tmp_path) == expected, name


def test_a_training_folder_that_is_named_itself_tells_of_the_test_folder_beside_it(tmp_path: Path) -> None:
    paint(tmp_path, "Train/cat", "Train/dog", "Test/cat", "Test/dog", "cats")
    assert codes(tmp_path / "Train") == ["folder_split_drawn", "folder_beside"]
    assert said(tmp_path / "Train")[1] == f"Test/ beside this folder is not used; to test on it, enter {tmp_path}"


def test_a_class_with_too_few_images_to_validate_with_is_a_fault_before_the_start(tmp_path: Path) -> None:
    paint(tmp_path, "cat")
    paint(tmp_path, "dog", count=2)
    assert codes(tmp_path) == ["folder_few_images"] and codes(tmp_path, validation="test") == ["folder_split_drawn"]
    paint(tmp_path, "split/train/cat", "split/train/dog", "split/test/cat", "split/test/dog", count=2)
    assert codes(tmp_path / "split") == ["folder_split_given"]


@pytest.mark.parametrize("fraction", [0.01, 0.2, 0.5, 0.8, 0.9])
def test_the_check_asks_for_as_many_images_as_the_division_needs(fraction: float, tmp_path: Path) -> None:
    """A green check is never followed by a class that is left without an image to validate with."""
    paint(tmp_path, "cat", count=40)
    for count in (2, 3, 4, 5, 7, 8, 12, 14, 15, 16):
        paint(tmp_path, "dog", count=count)
        found = config(tmp_path)
        found = found.model_copy(update={"data": found.data | {"test_fraction": fraction}})
        faults = data_faults(found, tmp_path)
        try:
            data_split.load_data(found, tmp_path)
        except ValueError:
            assert faults, (fraction, count)
            assert count < 3 or f"test_fraction {fraction} takes" in faults[0].message
        else:
            assert not faults, (fraction, count)


def test_a_fraction_near_one_is_answered_at_once():
    assert [fewest_images(fraction) for fraction in (0.2, 0.8, 0.99)] == [3, 8, 150]
    assert fewest_images(1 - 2**-53) > 10**15


def test_a_file_is_told_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "pictures.zip").write_bytes(b"PK")
    assert codes(tmp_path / "pictures.zip") == ["folder_is_file"]
