"""Links in a folder of pictures are followed inside it alone, never in a circle, and it is said."""

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from engine.config.data_faults import data_faults, data_remarks
from engine.config.differences import resolve
from engine.config.run_config import RunConfig
from engine.datasets import _folder_links, _folder_remarks, _folder_stamp, image_folder
from engine.datasets._walk import files_in, folders_in


def paint(place: Path, *names: str) -> None:
    """Four pictures in each of the folders."""
    for name in names:
        (place / name).mkdir(parents=True)
        for number in range(4):
            Image.new("RGB", (8, 8), (60 * number, len(name), 0)).save(place / name / f"{name}{number}.png")


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Two classes of four pictures; beside them pictures that are none of theirs."""
    paint(tmp_path / "pets", "cat", "dog")
    paint(tmp_path / "private", "album")
    return tmp_path / "pets"


def config(place: Path) -> RunConfig:
    return resolve({"data": {"name": "image_folder", "path": str(place), "image_size": 8}})


def said(place: Path) -> dict[str, dict]:
    found = config(place)
    return {told.code: told.values for told in data_faults(found, place) or data_remarks(found, place)}


def images(place: Path) -> int:
    dataset = image_folder.load(config(place).part("data")[1], place, lambda line: None)
    return len(dataset.train) + len(dataset.test)


def test_links_that_lead_out_of_the_folder_are_not_followed_and_named(pets):
    (pets / "album").symlink_to(pets.parent / "private" / "album")  # a class
    (pets / "cat" / "album").symlink_to(pets.parent / "private" / "album")  # a folder in a class
    (pets / "dog" / "x.png").symlink_to(next((pets.parent / "private" / "album").glob("*.png")))
    (pets / "dog" / "up.png").symlink_to("../../private/album/" + os.listdir(pets.parent / "private" / "album")[0])
    assert [path.name for path in folders_in(pets, pets)] == ["cat", "dog"] and images(pets) == 8
    assert said(pets)["folder_links_outside"] == {"count": 4, "name": "album"} and "folder_links" not in said(pets)


def test_links_inside_the_folder_are_followed_and_told(pets):
    (pets / "wolf").symlink_to(pets / "dog")
    (pets / "cat" / "more").symlink_to(pets / "dog")
    (pets / "cat" / "x.png").symlink_to(next((pets / "dog").glob("*.png")))
    assert images(pets) == 4 + 4 + 4 + 4 + 1
    assert said(pets)["folder_links"] == {"count": 3, "name": "cat/more"}


def test_a_link_to_the_folder_itself_is_its_owners_way_in(pets):
    (pets.parent / "link").symlink_to(pets)
    assert images(pets.parent / "link") == 8 and set(said(pets.parent / "link")) == {"folder_split_drawn"}


def test_links_in_a_circle_end(pets):
    (pets / "cat" / "loop").symlink_to(pets / "cat")
    (pets / "cat" / "root").symlink_to(pets)
    (pets / "cat" / "dogs").symlink_to(pets / "dog")
    (pets / "dog" / "cats").symlink_to(pets / "cat")
    (pets / "dog" / "nowhere.png").symlink_to(pets / "gone.png")
    names = [os.path.relpath(entry.path, pets) for entry in files_in(pets / "cat", pets) if entry.is_file()]
    assert len(names) == 8 and not any(place in name for name in names for place in ("loop", "root", "cats"))


def test_a_link_to_itself_is_passed_over(pets):
    for place in (pets, pets / "cat"):
        (place / "itself.png").symlink_to("itself.png")
    assert images(pets) == 8 and said(pets)["folder_left_out"]["count"] == 1


def spied(monkeypatch, *names):
    """How often files and folders are asked for in these ways."""
    calls = Counter()
    for name in names:
        real = getattr(os, name)

        def counted(*arguments, name=name, real=real, **more):
            calls[name] += 1
            return real(*arguments, **more)

        monkeypatch.setattr(os, name, counted)
    return calls


def test_what_is_said_of_a_folder_takes_few_walks_and_no_look_at_its_files(pets, monkeypatch):
    for number in range(300):
        shutil.copy(pets / "dog" / "dog1.png", pets / "cat" / f"{number}.png")
    calls = spied(monkeypatch, "stat", "lstat", "readlink", "scandir", "listdir")
    data_remarks(config(pets), pets)
    assert calls.pop("scandir") < 30 and calls.total() < 100, calls  # of over 300 files


def test_no_more_of_a_large_folder_is_looked_at_than_the_bounds_allow(pets, monkeypatch):
    """What is told is of the first files; beyond, names alone say whether the data are as they were."""
    monkeypatch.setattr(_folder_remarks, "MOST_LOOKED_AT", 5)
    monkeypatch.setattr(_folder_stamp, "MOST_LOOKED_AT", 5)
    monkeypatch.setattr(_folder_links, "MOST_LOOKED_AT", 0)
    (pets / "away.png").symlink_to(pets.parent / "private")
    assert said(pets)["folder_split_drawn"]["images"] == "5+" and not list(_folder_links.not_followed(pets))
    before = _folder_stamp.stamp(pets)
    assert before == _folder_stamp.stamp(pets)
    for change in (lambda path: path.rename(path.with_name("x.png")), Path.unlink):
        for name in ("cat", "dog"):
            change(sorted((pets / name).iterdir())[-1])
            assert before != (before := _folder_stamp.stamp(pets)), name


def test_a_class_with_nothing_but_links_out_of_the_folder_is_a_fault(pets):
    for path in (pets / "dog").iterdir():
        target = pets.parent / "private" / path.name
        path.rename(target)
        path.symlink_to(target)
    assert set(said(pets)) == {"folder_links_outside", "folder_no_image"}


def test_a_folder_with_the_start_of_the_roots_name_is_outside(tmp_path):
    paint(tmp_path / "pets", "cat", "dog")
    paint(tmp_path / "pets-private", "album")
    (tmp_path / "pets" / "album").symlink_to(tmp_path / "pets-private" / "album")
    assert [path.name for path in folders_in(tmp_path / "pets", tmp_path / "pets")] == ["cat", "dog"]
