"""A folder of one's own pictures is a data set, and all that is wrong with it is told at once."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image

from engine.__main__ import main
from engine.config.data_faults import data_faults
from engine.config.differences import resolve
from engine.datasets import _class_folders, _folder_links, _walk, image_folder
from engine.datasets._dataset import Dataset


def silent(line: str) -> None:
    """A listener that keeps nothing."""


def paint(folder: Path, count: int, shade: int = 100, suffix: str = ".png") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        Image.new("RGB", (20 + number, 30), (shade, number, 0)).save(folder / f"{number}{suffix}")


def load(root: Path, **options: object) -> Dataset:
    return image_folder.load(image_folder.Options(path=str(root), **{"image_size": 8} | options), root.parent, silent)


def fault(root: Path, **options: object) -> str:
    with pytest.raises(ValueError) as error:
        load(root, **options)
    return str(error.value)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two classes of ten and five pictures."""
    root = tmp_path / "my pictures 图片"
    paint(root / "cats", 10, shade=10)
    paint(root / "狗 & 'dogs'", 5, shade=200)
    return root


def shades(split) -> list[int]:
    return split.images(torch.arange(len(split)))[:, 0, 0, 0].tolist()


def test_classes_are_the_folders_and_a_fraction_of_each_is_the_test_set(pictures: Path) -> None:
    dataset = load(pictures)
    assert dataset.classes == ["cats", "狗 & 'dogs'"]
    assert dataset.train.targets.tolist() == [0] * 8 + [1] * 4 and dataset.test.targets.tolist() == [0] * 2 + [1]
    assert shades(dataset.train) == [10] * 8 + [200] * 4 and shades(dataset.test) == [10] * 2 + [200]
    greens = [
        split.images(torch.arange(len(split)))[split.targets == 0, 1, 0, 0] for split in (dataset.train, dataset.test)
    ]
    assert sorted(torch.cat(greens).tolist()) == list(range(10))  # no picture twice, none lost


def test_memory_and_files_hold_the_same_images(pictures: Path) -> None:
    memory, files = load(pictures, storage="memory"), load(pictures, storage="files")
    assert memory.train.in_memory and not files.train.in_memory
    for one, other in ((memory.train, files.train), (memory.test, files.test)):
        everything = torch.arange(len(one))
        assert torch.equal(one.images(everything), other.images(everything))
        assert torch.equal(one.targets, other.targets)


def test_grey_images_have_one_channel(pictures: Path) -> None:
    dataset = load(pictures, channels=1)
    assert dataset.train.images(torch.arange(2)).shape == (2, 1, 8, 8)
    assert len(dataset.mean) == len(dataset.std) == dataset.channels == 1


@pytest.mark.parametrize("name", ["test", "val"])
def test_folders_for_training_and_test_are_used_as_they_are(name: str, pictures: Path) -> None:
    for class_name, count in (("cats", 3), ("狗 & 'dogs'", 1)):
        paint(pictures.parent / "split" / name / class_name, count)
    pictures.rename(pictures.parent / "split" / "train")
    dataset = load(pictures.parent / "split")
    assert dataset.train.targets.bincount().tolist() == [10, 5] and dataset.test.targets.bincount().tolist() == [3, 1]


def test_a_training_folder_alone_is_divided(pictures: Path) -> None:
    pictures.rename(pictures.parent / "train")
    image_folder.load(image_folder.Options(path=".", image_size=8), pictures.parent, silent)
    assert len(load(pictures.parent).train) == 12


def test_a_relative_path_starts_at_the_data_folder(pictures: Path) -> None:
    options = image_folder.Options(path=pictures.name, image_size=8)
    assert len(image_folder.load(options, pictures.parent, silent).train) == 12


def test_hidden_files_are_left_out_and_other_files_are_told(pictures: Path) -> None:
    (pictures / "cats" / ".hidden.png").write_bytes(b"no image")
    (pictures / ".cache" / "more").mkdir(parents=True)
    (pictures / "cats" / "notes.txt").write_text("no image", encoding="utf-8")
    paint(pictures / "cats" / "more of them", 2, suffix=".JPG")
    options = image_folder.Options(path=str(pictures), image_size=8)
    dataset = image_folder.load(options, pictures, silent)
    assert dataset.classes == ["cats", "狗 & 'dogs'"]
    assert len(dataset.train) + len(dataset.test) == 17
    told = [remark.message for remark in options.remarks(pictures)]
    assert "17 images, of which 20 % of each class become the test set" in told[0]
    assert told[1:] == ["files that are not images are left out: 1 .txt"]


def test_no_path_and_a_wrong_path_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="name a folder that contains one folder of images per class"):
        image_folder.load(image_folder.Options(), tmp_path, silent)
    assert f"folder {tmp_path / 'absent'} does not exist" in fault(tmp_path / "absent")


def test_a_folder_without_classes_is_refused(tmp_path: Path) -> None:
    paint(tmp_path, 3)
    assert "images, but no class folders; each class needs its own folder" in fault(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("no image", encoding="utf-8")
    assert "no class folders found; each class needs its own folder" in fault(tmp_path / "empty")


def test_one_class_is_refused(tmp_path: Path) -> None:
    paint(tmp_path / "cats", 3)
    assert "only one class, 'cats', was found" in fault(tmp_path)


def unusable(place: Path) -> dict[str, tuple[str, str]]:
    """Paths that are no data set, by the code of their first fault, and what else is to be said."""
    paint(place / "one" / "cats", 3)
    paint(place / "single" / "cats", 3)
    paint(place / "single" / "dogs", 1)
    (place / "hollow" / "cats").mkdir(parents=True)
    (place / "hollow" / "dogs" / "deeper").mkdir(parents=True)
    (place / "hollow" / "dogs" / "notes.txt").write_text("no image", encoding="utf-8")
    for side, names in (("train", "ab"), ("val", "ac")):
        for name in names:
            paint(place / "sides" / side / name, 2)
    return {"folder_unnamed": ("", "name a folder"), "folder_absent": ("absent", str(place / "absent")),
            "folder_one_class": ("one", "'cats'"), "folder_one_image": ("single", "'dogs' has 1 image"),
            "folder_no_image": ("hollow", "'dogs' has no images"),
            "folder_only_train": ("sides", "'c' is only in val/")}  # fmt: skip


def test_what_cannot_be_used_is_a_fault_before_the_start(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """The check lists every cause beside the field that is to be changed, and is not content with such a folder."""
    for code, (path, words) in unusable(tmp_path).items():
        config = resolve({"data": {"name": "image_folder", "path": path}})
        faults = data_faults(config, tmp_path)
        assert faults[0].code == code and {fault.field for fault in faults} == {"data.path"}
        checked = ["check", "digits_quick", "data=image_folder", f"data.path={path}", "--data", str(tmp_path)]
        assert main(checked) == (0 if code == "folder_absent" else 2)  # a preset's folder may come before the start
        told = capsys.readouterr().out
        assert words in told and all(f"digits_quick: data.path: {fault.message}" in told for fault in faults)


def test_a_folder_that_can_be_used_has_no_faults(pictures: Path) -> None:
    config = resolve({"data": {"name": "image_folder", "path": str(pictures)}})
    assert data_faults(config, pictures) == []


def test_only_the_first_ten_causes_are_listed_and_the_rest_counted(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"class {number}").mkdir()
    faults = _class_folders.faults(str(tmp_path), tmp_path, 0.2)
    assert len(faults) == 11 and faults[-1].message == "and 20 more"


def test_counting_stops_where_enough_is_known(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of a million pictures is not walked through to learn that it has more than one."""
    looked = []
    split = _walk.os.path.splitext
    monkeypatch.setattr(_walk.os.path, "splitext", lambda name: looked.append(name) or split(name))
    assert _class_folders.count_images(pictures / "cats", pictures / "cats", 2) == 2 and len(looked) == 2


def test_a_folder_without_an_end_is_left_after_many_files(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole disk, or links from each of many folders to all the others: nobody waits for the last way through it."""
    monkeypatch.setattr(_class_folders, "MOST_LOOKED_AT", 100)
    monkeypatch.setattr(_folder_links, "MOST_LOOKED_AT", 100)
    farm = [pictures / f"farm {number}" for number in range(20)]
    for folder in farm:
        folder.mkdir()
        for other in farm:
            (folder / f"to {other.name}").symlink_to(other)
    faults = _class_folders.faults(str(pictures), pictures, 0.2)
    assert [fault.code for fault in faults] == ["folder_boundless"]
    assert "'farm 0' does not have 2 images among its first 100 files and folders" in faults[0].message


def test_links_are_told_of_so_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[os.DirEntry[str]] = []
    for number in range(20):
        (tmp_path / f"{number}.txt").touch()
    visible = list(_folder_links.visible_in(tmp_path))

    def look(root: Path) -> Iterator[os.DirEntry[str]]:
        for entry in visible:
            looked.append(entry)
            yield entry

    monkeypatch.setattr(_folder_links, "visible_in", look)
    monkeypatch.setattr(_folder_links, "MOST_LOOKED_AT", 5)
    assert list(_folder_links.not_followed(tmp_path)) == [] and len(looked) == 5


def test_all_classes_with_too_few_images_are_listed_together(pictures: Path) -> None:
    (pictures / "birds").mkdir()
    paint(pictures / "fish", 1)
    told = fault(pictures)
    assert "class 'birds' has no images; at least 2 are required" in told
    assert "class 'fish' has 1 image; at least 2 are required" in told
    assert "cats" not in told


def test_classes_of_training_and_test_must_be_the_same(tmp_path: Path) -> None:
    for folder, names in (("train", ["a", "b", "c"]), ("test", ["a", "b", "d"])):
        for name in names:
            paint(tmp_path / folder / name, 2)
    told = fault(tmp_path)
    assert "class 'c' is only in train/" in told and "class 'd' is only in test/" in told


@pytest.mark.parametrize("storage", ["memory", "files"])
def test_damaged_images_are_listed_and_more_than_ten_are_counted(storage: str, pictures: Path) -> None:
    for number in range(12):
        (pictures / "cats" / f"bad {number:02}.png").write_bytes(b"no image")
    told = fault(pictures, storage=storage)
    assert "damaged images: 12" in told and "and 2 more" in told
    assert told.count("cannot be read as an image") == 10


def test_an_image_that_ends_too_early_is_found_before_the_training_or_named_when_it_is_used(pictures: Path) -> None:
    path = pictures / "cats" / "cut off.jpg"
    Image.effect_noise((64, 64), 50).save(path)
    path.write_bytes(path.read_bytes()[:1000])
    assert str(path) in fault(pictures, storage="memory")
    dataset = load(pictures, storage="files", test_fraction=0.01)
    with pytest.raises(ValueError, match=r"cut off\.jpg"):
        for split in (dataset.train, dataset.test):
            split.images(torch.arange(len(split)))


def test_no_class_loses_all_its_images_to_either_side(pictures: Path) -> None:
    for fraction in (0.01, 0.99):
        dataset = load(pictures, test_fraction=fraction)
        assert dataset.train.targets.unique().tolist() == dataset.test.targets.unique().tolist() == [0, 1]


@pytest.mark.parametrize(
    "options",
    [{}, {"channels": 1}, {"classes": ["狗 & 'dogs'", "cats"]}, {"channel_mean": [0.5] * 3, "channel_std": [0.5] * 3}],
)
def test_what_is_told_without_opening_an_image_is_what_is_loaded(pictures: Path, options: dict) -> None:
    made = image_folder.Options(path=str(pictures), image_size=8, **options)
    dataset = image_folder.load(made, pictures.parent, silent)
    told = image_folder.about(made, pictures.parent)
    assert told == {name: getattr(dataset, name) for name in told} and len(told) == 4
