"""Batches in pieces and several batches a step give the gradients of the whole."""

import copy

import pytest
import torch
from torch import Tensor, nn

from engine.evaluation import normalisation
from tests.training import AUGMENTED, batch, new_trainer


class Plain(nn.Sequential):
    """A small network without BatchNorm."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        super().__init__(nn.Conv2d(1, 6, 3), nn.Tanh(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(24, 10))
        self.parts = {"stem": ["0"], "head": ["4"]}


def gradients(model: nn.Module) -> list[Tensor]:
    return [parameter.grad for parameter in model.parameters()]


@pytest.mark.parametrize(
    "differences",
    [
        {"batch_size": 24, "accumulate": 4},
        {"batch_size": 96, "subdivisions": 4},
        {"batch_size": 48, "accumulate": 2, "subdivisions": 3},
    ],
)
def test_without_batchnorm_parts_of_a_batch_train_as_the_whole(tmp_path, differences):
    plain = {"attention": "none", "objective": {"label_smoothing": 0.1, "confidence_penalty": 0.2}}
    whole = new_trainer(tmp_path, plain | {"batch_size": 96}, Plain())
    parts = new_trainer(tmp_path, plain | differences, Plain())
    for step in range(3):
        wanted, row = whole.step(batch(whole, 96, 96 * step)), parts.step(batch(parts, 96, 96 * step))
        for name in ("loss", "accuracy", "loss.confidence_penalty", "share.cross_entropy", "gradient_norm"):
            torch.testing.assert_close(row[name], wanted[name], rtol=1e-5, atol=1e-6)
    for ours, theirs in zip(parts.model.parameters(), whole.model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)


def test_pieces_give_the_mean_gradient_and_batchnorm_sees_one_after_the_other(tmp_path):
    trainer = new_trainer(tmp_path, {"batch_size": 32, "subdivisions": 4})
    model = copy.deepcopy(trainer.model)
    numbers, images, targets = batch(trainer, 32)
    losses, _ = trainer.stepper.backward(trainer.setup, trainer.position, (numbers, images, targets))
    wanted = []
    for piece, labels in zip(images.chunk(4), targets.chunk(4), strict=True):
        seen = normalisation.normalised(piece, trainer.data.dataset, trainer.device)
        loss = nn.functional.cross_entropy(model(seen), labels)
        (loss / 4).backward()
        wanted.append(loss.item())
    torch.testing.assert_close(gradients(trainer.model), gradients(model), rtol=1e-4, atol=1e-6)
    for (name, ours), theirs in zip(trainer.model.named_buffers(), model.buffers(), strict=True):
        torch.testing.assert_close(ours, theirs, msg=name)
    counts = {int(value) for name, value in trainer.model.named_buffers() if name.endswith("num_batches_tracked")}
    assert counts == {4}
    assert losses.total.item() == pytest.approx(sum(wanted) / 4, rel=1e-5)
    assert losses.logits.shape == (32, 10) and not losses.total.requires_grad


def test_each_accumulated_batch_is_augmented_by_random_numbers_of_its_own(tmp_path):
    trainer = new_trainer(tmp_path, {"batch_size": 16, "accumulate": 2, "augmentations": AUGMENTED})
    one = batch(trainer, 16)
    first, second, again = (trainer.stepper.view("train", trainer.position, one, number) for number in (0, 1, 0))
    assert torch.equal(first.images, again.images) and not torch.equal(first.images, second.images)
    trainer.position.iteration = 1
    later = [trainer.stepper.view("train", trainer.position, one, number).images for number in (0, 1)]
    assert not any(torch.equal(seen, new) for seen in (first.images, second.images) for new in later)


def test_channels_last_off_lays_out_images_and_weights_plainly_with_the_same_result(tmp_path):
    last, first = new_trainer(tmp_path), new_trainer(tmp_path, {"channels_last": False})
    image = first.stepper.view("train", first.position, batch(first, 8)).images
    assert image.is_contiguous() and first.model.layer1[0].conv1.weight.is_contiguous()
    assert last.stepper.view("train", last.position, batch(last, 8)).images.is_contiguous(
        memory_format=torch.channels_last
    )
    losses = [trainer.step(batch(trainer, 32))["loss"] for trainer in (last, first)]
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-5, atol=1e-6)
