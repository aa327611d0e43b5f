"""A data set is divided into images to train on and images to validate with, none of them in both."""

import pytest
import torch

from engine.config.differences import resolve
from engine.messages.coded_error import CodedError
from engine.training import data_split


def pixels(split) -> set[bytes]:
    return {image.numpy().tobytes() for image in split.images(torch.arange(len(split)))}


def divided(tmp_path, **settings):
    return data_split.load_data(resolve({"data": {"name": "digits", "limit": 400}} | settings), tmp_path)


def test_a_fraction_is_held_out_of_every_class_and_the_test_set_is_left_alone(tmp_path):
    data = divided(tmp_path, validation=0.25)
    assert (len(data.train), len(data.validation)) == (300, 100)
    assert data.validation.targets.bincount().tolist() == [10] * 10
    assert not pixels(data.train) & pixels(data.validation)
    assert pixels(data.validation) <= pixels(data.dataset.train)


def test_the_test_set_validates_where_that_is_asked_for(tmp_path):
    data = divided(tmp_path, validation="test")
    assert data.validation is data.dataset.test and len(data.train) == 400


@pytest.mark.parametrize("counts", [(160, 5, 2), (2, 2, 2), (30, 2, 9)])
@pytest.mark.parametrize("fraction", [0.01, 0.1, 0.5])
def test_every_class_is_in_both_parts_however_few_images_it_has(counts, fraction):
    targets = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    kept, held_out = data_split.stratified(targets, fraction, seed=3)
    assert sorted([*kept.tolist(), *held_out.tolist()]) == list(range(sum(counts)))
    for part in (kept, held_out):
        assert targets[part].bincount(minlength=len(counts)).min() >= 1
    old = data_split.stratified(targets, fraction, 3, fewest=0)  # a run of before goes on with what it had
    assert len(old[1]) == sum(round(count * fraction) for count in counts)


def test_where_nothing_was_rounded_away_the_same_images_are_held_out_as_ever():
    targets = torch.arange(4).repeat_interleave(50)
    now, before = (data_split.stratified(targets, 0.1, 7, fewest) for fewest in (1, 0))
    assert torch.equal(now[0], before[0]) and torch.equal(now[1], before[1])


def test_a_class_of_one_image_cannot_be_divided_and_that_is_said(tmp_path):
    with pytest.raises(CodedError, match=r"class '0' has too few training images .1. for one .* set validation: test"):
        divided(tmp_path, data={"name": "digits", "limit": 10})
    assert len(divided(tmp_path, data={"name": "digits", "limit": 10}, validation="test").train) == 10


def test_a_part_that_lacks_a_class_is_told(tmp_path):
    """A stage's share of the images, and what is held out without a look at labels, may lack one."""
    stages = [{"epochs": 1, "images": [0.0, 0.1]}, {"epochs": 1}]
    settings = {"data": {"name": "digits", "limit": 40}, "validation": 0.25, "stages": stages}
    told = [*data_split.unseen_classes(resolve(settings), divided(tmp_path, **settings))]
    assert len(told) == 1 and told[0].startswith("stage 1: no image of ") and "of 10 classes)" in told[0]
