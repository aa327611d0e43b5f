"""Images become floats with the mean and deviation of their data taken off."""

import torch

from engine.datasets._dataset import Dataset, MemorySplit
from engine.evaluation import normalisation


def test_each_channel_has_its_own_mean_and_deviation():
    pixels = torch.tensor([[0, 255], [51, 102]], dtype=torch.uint8).view(2, 2, 1, 1)
    split = MemorySplit(pixels, torch.tensor([0, 1]))
    dataset = Dataset(split, split, ["a", "b"], [0.0, 0.5], [1.0, 0.25], 1, 2)
    seen = normalisation.normalised(pixels, dataset, torch.device("cpu"))
    torch.testing.assert_close(seen.flatten(1), torch.tensor([[0.0, 2.0], [0.2, -0.4]]))
    assert seen.is_contiguous(memory_format=torch.channels_last) and pixels[0, 1] == 255
