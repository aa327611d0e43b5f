"""Images on both sides are looked for, Stop is heard meanwhile, and where nobody looked that is said."""

from pathlib import Path

import pytest
import torch

from engine.datasets._dataset import Dataset, FileSplit, MemorySplit
from engine.training import duplicate_images
from engine.training.data_split import Data


def data_of(split, other) -> Data:
    return Data(Dataset(split, other, ["a", "b"], [0.5], [0.5], 8, 1), split, other, "test")


@pytest.fixture
def files(tmp_path) -> FileSplit:
    paths = [tmp_path / f"{number}.png" for number in range(4)]
    for number, path in enumerate(paths):
        path.write_bytes(bytes([number % 3]) * 10)  # the last is the first again
    return FileSplit(paths, torch.zeros(4), 8, 1)


def test_images_that_are_also_trained_on_are_counted(files):
    train, test = files.subset(torch.tensor([0, 1])), files.subset(torch.tensor([2, 3]))
    (told,) = duplicate_images.warnings(data_of(train, test))
    assert told.startswith("1 of 2 test images are also among the training images")


def test_too_many_files_are_not_looked_at_and_that_is_said(files, monkeypatch):
    monkeypatch.setattr(duplicate_images, "MOST_FILES", 3)
    monkeypatch.setattr(Path, "stat", lambda path: pytest.fail("it looked"))
    train, test = files.subset(torch.tensor([0, 1])), files.subset(torch.tensor([2, 3]))
    (told,) = duplicate_images.warnings(data_of(train, test))
    assert told.startswith("Whether test images are also among the training images was not checked: more than 3 files")


def test_images_in_memory_are_compared_however_many_they_are(monkeypatch):
    monkeypatch.setattr(duplicate_images, "MOST_FILES", 1)
    split = MemorySplit(torch.zeros(3, 1, 2, 2, dtype=torch.uint8), torch.zeros(3))
    assert next(duplicate_images.warnings(data_of(split, split))).startswith("3 of 3 test images")


def test_somebody_is_heard_between_two_images(files):
    heard = []
    list(duplicate_images.warnings(data_of(files, files), lambda: heard.append(1)))
    assert len(heard) == 8
