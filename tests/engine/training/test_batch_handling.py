"""Batches in pieces and several batches a step give the gradients of the whole, and averages follow exactly."""

import copy

import pytest
import torch
from torch import Tensor, nn

from engine.training import checkpoint, evaluate, ghost_batchnorm, normalisation, saved_state, scoring
from engine.training.weight_average import WeightAverage
from tests.training import batch, new_trainer

AUGMENTED = [{"name": "random_crop", "padding": 2}, {"name": "mixup"}]


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
    ghost_batchnorm.divide(model, 8)
    few, many = torch.randn(8, 1, 5, 5), torch.randn(24, 1, 5, 5)
    assert torch.equal(model(few), same(few))
    assert not torch.allclose(model(many), same(many))
    same.load_state_dict(model.state_dict())
    assert torch.equal(model.eval()(many), same.eval()(many))
    assert isinstance(copy.deepcopy(model)[1], nn.BatchNorm2d)


def test_each_accumulated_batch_is_augmented_by_random_numbers_of_its_own(tmp_path):
    trainer = new_trainer(tmp_path, {"batch_size": 16, "accumulate": 2, "augmentations": AUGMENTED})
    one = batch(trainer, 16)
    first, second, again = (trainer.stepper.view("train", trainer.position, one, number) for number in (0, 1, 0))
    assert torch.equal(first.images, again.images) and not torch.equal(first.images, second.images)
    trainer.position.iteration = 1
    later = [trainer.stepper.view("train", trainer.position, one, number).images for number in (0, 1)]
    assert not any(torch.equal(seen, new) for seen in (first.images, second.images) for new in later)


def test_an_epoch_has_as_many_steps_as_whole_accumulated_batches(tmp_path):
    trainer = new_trainer(tmp_path, {"batch_size": 32, "accumulate": 3})  # of 320 images
    assert trainer.plan.steps_per_epoch == 3 and trainer.plan.iterations == 6


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


@pytest.mark.parametrize(
    "more",
    [{}, {"precision": "fp16"}, {"optimizer": "adaboundw"}, {"optimizer": {"name": "timm", "algorithm": "adan"}}],
)
def test_a_saved_training_goes_on_with_the_same_bits_average_included(tmp_path, more):
    differences = more | {"ema_decay": 0.9, "accumulate": 2, "augmentations": AUGMENTED, "probe_images": 0}
    one = new_trainer(tmp_path, differences)

    def train(trainer, steps):
        for step in steps:
            trainer.position.iteration = step
            trainer.step(batch(trainer, 64, 16 * step))
            trainer.position.iteration = step + 1

    train(one, range(3))
    one.position.step = 3
    saved_state.save(one, ["last"])
    saved = one.folder.find_checkpoint("last")
    other = new_trainer(tmp_path, differences)
    saved_state.restore(other, checkpoint.load_weights(saved), checkpoint.load_training(saved))
    for trainer in (one, other):
        train(trainer, range(3, 6))
    assert other.average.steps == one.average.steps == 6
    for ours, theirs in ((other.model, one.model), (other.average.model, one.average.model)):
        for name, value in ours.state_dict().items():
            assert torch.equal(value, theirs.state_dict()[name]), name


def test_the_row_of_an_epoch_scores_the_average_beside_the_weights(tmp_path):
    adam = {"optimizer": {"name": "adam", "learning_rate": 0.005}, "stages": [{"epochs": 3}], "probe_images": 0}
    trainer = new_trainer(tmp_path, adam | {"ema_decay": 0.9})
    trainer.train()
    rows, split = trainer.folder.epochs(), trainer.data.validation
    average = evaluate.scores(scoring.logits_of(trainer, split, trainer.average.model), split.targets)["top1"]
    assert rows[-1]["val.ema_top1"] == average == trainer.folder.result()["ema_top1"]
    assert any(row["val.ema_top1"] != row["val.top1"] for row in rows)


def test_channels_last_off_lays_out_images_and_weights_plainly_with_the_same_result(tmp_path):
    last, first = new_trainer(tmp_path), new_trainer(tmp_path, {"channels_last": False})
    image = first.stepper.view("train", first.position, batch(first, 8)).images
    assert image.is_contiguous() and first.model.layer1[0].conv1.weight.is_contiguous()
    assert last.stepper.view("train", last.position, batch(last, 8)).images.is_contiguous(
        memory_format=torch.channels_last
    )
    losses = [trainer.step(batch(trainer, 32))["loss"] for trainer in (last, first)]
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-5, atol=1e-6)
