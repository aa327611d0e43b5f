"""Probe images are one of each class in turn."""

import torch

from engine.maps.probes import probe_indices


def test_one_of_each_class_in_turn_until_there_are_enough():
    targets = torch.tensor([2, 0, 0, 1, 2, 0])
    assert probe_indices(targets, 2).tolist() == [1, 3]
    assert probe_indices(targets, 5).tolist() == [1, 3, 0, 2, 4]
    assert probe_indices(targets, 99).tolist() == [1, 3, 0, 2, 4, 5]


def test_none_are_chosen_where_none_are_asked_for_or_there():
    for chosen in (probe_indices(torch.tensor([2, 0]), 0), probe_indices(torch.tensor([], dtype=torch.long), 5)):
        assert chosen.tolist() == [] and chosen.dtype == torch.long
