"""Ghost BatchNorm inside a layer trains as pieces of that size do."""

import copy

import pytest
import torch
from torch import nn

from engine.training import ghost_batchnorm
from tests.training import batch, new_trainer


@pytest.mark.parametrize("more", [{}, {"ema_decay": 0.9, "attention": {"name": "cbam"}}])
def test_ghost_batchnorm_as_a_layer_trains_as_pieces_of_that_size(tmp_path, more):
    """A network sees each image alone but for BatchNorm, so groups inside the layer and pieces of the batch agree."""
    pieces = new_trainer(tmp_path, more | {"batch_size": 32, "subdivisions": 4})
    layers = new_trainer(tmp_path, more | {"batch_size": 32, "ghost_batch": 8})
    for step in range(2):
        wanted, row = (trainer.step(batch(trainer, 32, 32 * step)) for trainer in (pieces, layers))
        torch.testing.assert_close(row["loss"], wanted["loss"], rtol=1e-4, atol=1e-5)
    ours, theirs = layers.model.state_dict(), pieces.model.state_dict()
    assert list(ours) == list(theirs)
    for name, value in ours.items():
        torch.testing.assert_close(value, theirs[name], rtol=1e-3, atol=1e-4, msg=name)
    whole = new_trainer(tmp_path, more | {"batch_size": 32})
    whole.step(batch(whole, 32))
    one = {name: value for name, value in whole.model.state_dict().items() if name.endswith("running_mean")}
    assert not any(torch.allclose(ours[name], value) for name, value in one.items())


def test_ghost_batchnorm_is_plain_where_nothing_trains_and_for_a_few_images():
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3))
    same = copy.deepcopy(model)
    ghost_batchnorm.use_ghost_batches(model, 8)
    few, many = torch.randn(8, 1, 5, 5), torch.randn(24, 1, 5, 5)
    assert torch.equal(model(few), same(few))
    assert not torch.allclose(model(many), same(many))
    same.load_state_dict(model.state_dict())
    assert torch.equal(model.eval()(many), same.eval()(many))
    assert isinstance(copy.deepcopy(model)[1], nn.BatchNorm2d)
