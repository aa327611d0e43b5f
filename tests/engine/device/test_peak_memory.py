"""The most memory in use is what was held meanwhile, also where it is free again at the end."""

import time

import torch

from engine.device.peak_memory import OFTEN, peak_memory


def test_what_was_held_for_a_moment_counts():
    size = 300_000_000
    with peak_memory(torch.device("cpu")) as without:
        pass
    with peak_memory(torch.device("cpu")) as most:
        held = torch.ones(size, dtype=torch.uint8)
        time.sleep(20 * OFTEN)
        del held
    assert most[0] > without[0] + 0.9 * size
