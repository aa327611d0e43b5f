"""No update is made of a gradient that is not finite, whatever the optimizer; clipping and fp16 scaling are exact."""

import copy
import math
from typing import Any

import pytest
import torch
from torch import nn

from engine import catalog
from engine.config.differences import resolve
from engine.optimizers import timm
from engine.training.update import Updater
from tests.training import batch, new_trainer

CPU = torch.device("cpu")


@pytest.mark.parametrize("name", catalog.names("optimizers"))
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_an_update_with_a_gradient_that_is_not_finite_changes_no_weight_and_no_momentum(tmp_path, name, precision):
    trainer = new_trainer(tmp_path, {"optimizer": name, "precision": precision, "model": {"depth": 8}})
    trainer.step(batch(trainer, 32))
    before = [parameter.clone() for parameter in trainer.model.parameters()]
    state = copy.deepcopy(trainer.setup.optimizer.state_dict()["state"])
    trainer.model.head.fc.bias.register_hook(lambda gradient: gradient * math.nan)
    row = trainer.step(batch(trainer, 32))
    assert not row["gradient_norm"].isfinite()
    assert all(torch.equal(new, old) for new, old in zip(trainer.model.parameters(), before, strict=True))
    torch.testing.assert_close(trainer.setup.optimizer.state_dict()["state"], state, rtol=0, atol=0)


OPTIMIZERS = [(name, {}) for name in catalog.names("optimizers") if name != "timm"] + [
    ("timm", {"algorithm": algorithm}) for algorithm in timm.NAMES.split()
] + [
    ("sgd", {"momentum": 0.0, "nesterov": False}), ("adam", {"amsgrad": True}), ("adamw", {"amsgrad": True}),
    ("lars", {"rule": "timm"}),
]  # fmt: skip


class Toy:
    """A matrix and a bias under an optimizer of the catalogue, updated as a training updates its weights."""

    def __init__(self, name: str, options: dict, precision: str):
        torch.manual_seed(0)
        self.layer = nn.Linear(4, 3).to(torch.float16 if precision == "pure_fp16" else torch.float32)
        part = catalog.options("optimizers", name)(**options)
        groups = [{"params": list(self.layer.parameters()), "part": "head"}]
        self.optimizer = catalog.load("optimizers", name).build(part, groups)
        self.updater = Updater(resolve({"precision": precision}), CPU)

    def step(self, spoil: float = 1.0) -> None:
        gradients = torch.Generator().manual_seed(1)
        for weight in self.layer.parameters():
            gradient = torch.randn(weight.shape, generator=gradients).to(weight.dtype)
            weight.grad = gradient * self.updater.scaled(torch.ones(())).to(torch.float32).to(weight.dtype) * spoil
        self.updater.step(self.optimizer, torch.tensor(1.0))

    def state(self) -> dict:
        return as_numbers({"weights": self.layer.state_dict(), "optimizer": self.optimizer.state_dict()})


def as_numbers(value: Any) -> Any:
    """A copy that can be compared, with lists for tensors."""
    if isinstance(value, torch.Tensor):
        return value.tolist()
    if isinstance(value, dict):
        return {key: as_numbers(item) for key, item in value.items()}
    return [as_numbers(item) for item in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize(("precision", "times"), [("fp32", 0), ("bf16", 0), ("pure_fp16", 0), ("fp16", 2)])
def test_the_scale_is_asked_only_where_there_is_one(precision, times, monkeypatch):
    """Each question is a kernel on the device, at every step."""
    toy, asked = Toy("sgd", {}, precision), []
    toy.step()
    scaled = toy.updater.scaled
    monkeypatch.setattr(toy.updater, "scaled", lambda loss: asked.append(loss) or scaled(loss))
    toy.updater.step(toy.optimizer, torch.tensor(1.0))
    assert len(asked) == times


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16", "pure_fp16"])
def test_a_skipped_update_leaves_no_trace_in_any_optimizer(precision):
    """Neither as the first update, where an optimizer has yet to make its state, nor as a later one."""
    for name, options in OPTIMIZERS:
        toy = Toy(name, options, precision)
        for _ in range(2):
            before = toy.state()
            toy.step(spoil=math.nan)
            toy.step(spoil=math.inf)
            assert toy.state() == before, (name, options)
            toy.step()
            assert toy.state() != before, (name, options)


def weights_with(gradients: list[list[float]]) -> nn.ParameterList:
    weights = nn.ParameterList([nn.Parameter(torch.zeros(len(values))) for values in gradients])
    for weight, values in zip(weights, gradients, strict=True):
        weight.grad = torch.tensor(values)
    return weights


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, [[3.0], [0.0, -4.0]]),
        ({"gradient_clip": 10.0}, [[3.0], [0.0, -4.0]]),
        ({"gradient_clip": 1.0}, [[0.6], [0.0, -0.8]]),
        ({"gradient_clip_value": 3.5}, [[3.0], [0.0, -3.5]]),
        ({"gradient_clip_value": 3.0, "gradient_clip": math.sqrt(18) / 2}, [[1.5], [0.0, -1.5]]),
    ],
)
def test_gradients_are_clipped_by_value_then_by_the_norm_of_all(settings, wanted):
    weights = weights_with([[3.0], [0.0, -4.0]])
    row = Updater(resolve(settings), CPU).step(torch.optim.SGD(weights, lr=1.0, fused=True), torch.tensor(1.0))
    assert row["gradient_norm"].item() == pytest.approx(5.0)  # of the gradients as they were
    for weight, values in zip(weights, wanted, strict=True):
        torch.testing.assert_close(-weight.detach(), torch.tensor(values), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("fused", [True, False])
def test_fp16_scales_the_loss_and_takes_the_scale_off_again(fused):
    weight = nn.Parameter(torch.tensor([2.0]))
    updater = Updater(resolve({"precision": "fp16"}), CPU)
    loss = (3 * weight).sum()
    scaled = updater.scaled(loss)
    assert scaled.item() == 65536 * loss.item()
    scaled.backward()
    row = updater.step(torch.optim.SGD([weight], lr=0.1, fused=fused), loss.detach())
    assert row["gradient_norm"].item() == 3 and row["update_skipped"].item() == 0
    assert weight.item() == pytest.approx(2 - 0.1 * 3)


@pytest.mark.parametrize("fused", [True, False])
def test_an_overflow_of_the_scale_is_skipped_and_the_scale_halved_until_it_is_no_longer_the_reason(fused):
    weight = nn.Parameter(torch.tensor([2.0]))
    updater = Updater(resolve({"precision": "fp16"}), CPU)
    optimizer = torch.optim.SGD([weight], lr=0.1, fused=fused)
    skipped, scales = [], []
    for _ in range(18):
        scales.append(updater.scaled(torch.ones(())).item())
        weight.grad = torch.tensor([math.inf])
        skipped.append(updater.step(optimizer, torch.tensor(1.0))["update_skipped"].item())
    assert weight.item() == 2.0
    assert scales == [65536 / 2**step for step in range(18)]
    assert skipped == [1] * 16 + [0] * 2  # from a scale of 1 on it is the gradient itself
    weight.grad = torch.tensor([1.0])
    assert updater.step(optimizer, torch.tensor(math.nan))["update_skipped"].item() == 0


def test_the_scale_is_saved_and_loaded():
    one, other = (Updater(resolve({"precision": "fp16"}), CPU) for _ in range(2))
    weight = nn.Parameter(torch.tensor([2.0]))
    one.scaled(weight.sum())
    weight.grad = torch.tensor([math.inf])
    one.step(torch.optim.SGD([weight], lr=0.1), torch.tensor(1.0))
    other.load_state_dict(one.state_dict())
    assert other.scaled(torch.ones(())).item() == one.scaled(torch.ones(())).item() == 32768


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_shorter_formats_train_nearly_as_fp32(tmp_path, precision):
    rows = []
    for wanted in ("fp32", precision):
        trainer = new_trainer(tmp_path, {"precision": wanted, "optimizer": {"learning_rate": 0.01}})
        rows.append([trainer.step(batch(trainer, 32, 32 * step))["loss"].item() for step in range(4)])
    assert rows[0] == pytest.approx(rows[1], rel=0.05) and rows[0] != rows[1]
