"""A data set is divided into images to train on and images to validate with, none of them in both."""

import torch

from engine.config.differences import resolve
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
