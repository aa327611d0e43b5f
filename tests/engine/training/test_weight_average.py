"""The average follows its formula and changes nothing in the training."""

import torch
from torch import nn

from engine.training.weight_average import WeightAverage
from tests.training import batch, new_trainer


def test_the_average_follows_its_formula_and_copies_counters():
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    average = WeightAverage(model, decay=0.5)
    wanted = {name: value.clone() for name, value in model.state_dict().items()}
    for step in range(1, 30):
        with torch.no_grad():
            for value in model.state_dict().values():
                value.copy_(torch.randn(value.shape) if value.is_floating_point() else value + 1)
        average.follow()
        decay = min(0.5, (1 + step) / (10 + step))
        for name, value in model.state_dict().items():
            moved = decay * wanted[name] + (1 - decay) * value if value.is_floating_point() else value
            wanted[name] = moved.clone()
    torch.testing.assert_close(average.model.state_dict(), wanted)
    assert wanted["1.num_batches_tracked"] == 29


def test_averaging_changes_nothing_in_the_training_itself(tmp_path):
    plain, averaged = new_trainer(tmp_path), new_trainer(tmp_path, {"ema_decay": 0.9})
    for trainer in (plain, averaged):
        for step in range(3):
            trainer.step(batch(trainer, 32, 32 * step))
    for ours, theirs in zip(averaged.model.state_dict().values(), plain.model.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs)
    assert not any(p.requires_grad for p in averaged.average.model.parameters())
