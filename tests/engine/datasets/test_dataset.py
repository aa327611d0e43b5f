"""Data sets can be reduced evenly, and memory and files hold the same images."""

from pathlib import Path

import pytest
import torch

from engine.datasets import digits
from engine.datasets._dataset import Dataset, FileSplit, MemorySplit, ranks, select
from engine.datasets._prepare import prepare
from engine.options import DatasetOptions
from tests.engine.datasets.painted import NOWHERE, quadrants, silent


def tiny() -> Dataset:
    """Class k of a, b, c has 2, 6, 10 training and 2 test images, whose pixels are the number of the image."""
    targets = torch.tensor([0] * 2 + [1] * 6 + [2] * 10)[torch.randperm(18, generator=torch.Generator().manual_seed(3))]
    pixels = torch.arange(18, dtype=torch.uint8)[:, None, None, None]
    test = MemorySplit(torch.zeros(6, 1, 1, 1, dtype=torch.uint8), torch.tensor([0, 0, 1, 1, 2, 2]))
    return Dataset(MemorySplit(pixels, targets), test, ["a", "b", "c"], [0.0], [1.0], 1, 1)


def test_without_wishes_a_data_set_stays_as_it_is() -> None:
    dataset = tiny()
    assert select(dataset, DatasetOptions()) is dataset
    assert select(dataset, DatasetOptions(limit=18)).train is dataset.train


def test_chosen_classes_are_numbered_in_the_order_of_the_choice() -> None:
    before, after = tiny(), select(tiny(), DatasetOptions(classes=["c", "a"]))
    assert after.classes == ["c", "a"]
    assert after.train.targets.bincount().tolist() == [10, 2] and after.test.targets.bincount().tolist() == [2, 2]
    for number, target in zip(after.train.images(torch.arange(12)).flatten(), after.train.targets, strict=True):
        assert after.classes[target] == before.classes[before.train.targets[number.long()]]


@pytest.mark.parametrize(("limit", "expected"), [(3, [1, 1, 1]), (6, [2, 2, 2]), (8, [2, 3, 3]), (15, [2, 6, 7])])
def test_a_limit_draws_evenly_until_a_class_is_used_up(limit: int, expected: list[int]) -> None:
    reduced = select(tiny(), DatasetOptions(limit=limit))
    assert reduced.train.targets.bincount().tolist() == expected
    assert len(reduced.test) == 6


def test_a_limit_draws_the_same_images_every_time_and_a_larger_one_keeps_them() -> None:
    drawn = [
        set(select(tiny(), DatasetOptions(limit=limit)).train.images(torch.arange(limit)).flatten().tolist())
        for limit in (6, 6, 9)
    ]
    assert drawn[0] == drawn[1] < drawn[2]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"classes": ["a", "bb"]}, "classes: 'bb' is unknown; did you mean 'b'? known: a, b, c"),
        ({"classes": ["a", "b", "a"]}, "'a' is listed twice"),
        ({"classes": ["a"]}, "choose at least two"),
        ({"limit": 2}, "limit 2 is too small: at least one image for each of the 3 classes"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(options: dict, words: str) -> None:
    with pytest.raises(ValueError) as error:
        select(tiny(), DatasetOptions(**options))
    assert words in str(error.value)


def test_ranks_number_each_class_on_its_own() -> None:
    targets = tiny().train.targets
    for k, count in enumerate((2, 6, 10)):
        assert sorted(ranks(targets)[targets == k].tolist()) == list(range(count))


def test_a_data_set_prepares_pictures_for_its_networks() -> None:
    dataset = digits.load(digits.Options(), NOWHERE, silent)
    pixels, box = dataset.prepare(quadrants(width=60))
    assert pixels.shape == (1, 16, 16) and box == (10, 0, 50, 40)


def test_no_images_of_a_split_are_an_empty_batch_of_its_shape(tmp_path: Path) -> None:
    quadrants(width=30).save(tmp_path / "a.png")
    none = torch.arange(0)
    for split in (FileSplit([tmp_path / "a.png"], torch.zeros(1), 8, 3), tiny().train):
        everything = split.images(torch.arange(len(split)))
        assert split.images(none).shape == (0, *everything.shape[1:]) and split.images(none).dtype == torch.uint8
        assert len(split.subset(none)) == 0 and split.subset(none).images(none).shape == (0, *everything.shape[1:])


def test_files_and_memory_give_the_same_images(tmp_path: Path) -> None:
    paths = [tmp_path / f"图 {number}.png" for number in range(4)]
    for number, path in enumerate(paths):
        quadrants(width=30 + number).save(path)
    split = FileSplit(paths, torch.arange(4), 8, 3)
    indices = torch.tensor([3, 1])
    expected = torch.stack([prepare(quadrants(width=33), 8, 3)[0], prepare(quadrants(width=31), 8, 3)[0]])
    assert torch.equal(split.images(indices), expected) and not split.in_memory
    assert torch.equal(split.subset(indices).images(torch.arange(2)), expected)
    assert split.subset(indices).targets.tolist() == [3, 1]


def test_a_chosen_mean_and_deviation_replace_those_of_the_data_set() -> None:
    chosen = select(tiny(), DatasetOptions(channel_mean=[0.1], channel_std=[0.2]))
    assert (chosen.mean, chosen.std, chosen.normalisation_chosen) == ([0.1], [0.2], ([0.1], [0.2]))
    only_mean = select(tiny(), DatasetOptions(channel_mean=[0.1]))
    assert (only_mean.mean, only_mean.std) == ([0.1], tiny().std)
    with pytest.raises(ValueError, match=r"data\.channel_std: 3 numbers for images of 1 channels"):
        select(tiny(), DatasetOptions(channel_std=[0.2, 0.2, 0.2]))


@pytest.mark.parametrize("wrong", [{"channel_std": [0.0]}, {"channel_mean": [0.5], "channel_std": [0.2, 0.2]}])
def test_a_deviation_of_nothing_or_of_other_channels_than_the_mean_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"above 0|one number for each channel"):
        DatasetOptions(**wrong)
