"""RandAugment is timm's, op for op; TrivialAugment and AutoAugment are torchvision's; all of them repeat."""

import random

import numpy as np
import pytest
import torch
from PIL import Image
from timm.data import auto_augment, create_transform
from torchvision.transforms import v2

from engine.augmentations import autoaugment, randaugment, trivialaugment
from engine.augmentations._batch import Batch, Context
from engine.augmentations._pictures import drawing_from, each_picture

MEAN = (0.4914, 0.4822, 0.4465)


def pictures(count: int = 24, channels: int = 3) -> torch.Tensor:
    """uint8 (B, C, 32, 32): smooth, so that every change shows."""
    generator = torch.Generator().manual_seed(5)
    small = torch.rand(count, channels, 4, 4, generator=generator)
    return (255 * torch.nn.functional.interpolate(small, size=(32, 32), mode="bilinear")).byte()


def augmented(part, images: torch.Tensor, seed: int = 0, **options: object) -> torch.Tensor:
    """uint8, as the network would see it."""
    batch = Batch(images.float() / 255, torch.ones(len(images), 1))
    context = Context(torch.arange(len(images)), 1, "train", torch.Generator().manual_seed(seed), MEAN)
    return part.build(part.Options(**options))(batch, context).images.mul(255).round().byte()


def one_by_one(images: torch.Tensor, transform, seed: int) -> torch.Tensor:
    """Each picture through a library's transform, the random numbers beginning where ours do."""
    number = int(torch.randint(2**31 - 1, (), generator=torch.Generator().manual_seed(seed)))
    random.seed(number)
    np.random.seed(number)
    torch.manual_seed(number)
    changed = [np.asarray(transform(Image.fromarray(image.permute(1, 2, 0).numpy()))) for image in images]
    return torch.from_numpy(np.stack(changed)).permute(0, 3, 1, 2)


@pytest.mark.parametrize("policy", ["rand-m9-mstd0.5-inc1", "rand-m9-mstd0.5", "rand-m7-n3-p0.8", "rand-m15-mmax20"])
@pytest.mark.parametrize("interpolation", ["random", "bicubic"])
def test_randaugment_is_the_one_in_timms_training_transform(policy: str, interpolation: str) -> None:
    whole = create_transform(32, is_training=True, auto_augment=policy, interpolation=interpolation, mean=MEAN)
    (theirs,) = (step for step in whole.transforms if isinstance(step, auto_augment.RandAugment))
    images = pictures()
    for seed in range(4):
        ours = augmented(randaugment, images, seed, policy=policy, interpolation=interpolation)
        assert torch.equal(ours, one_by_one(images, theirs, seed))
    assert not torch.equal(ours, images)


@pytest.mark.parametrize("name", auto_augment._RAND_INCREASING_TRANSFORMS)
@pytest.mark.parametrize("magnitude", [0, 4, 9])
def test_every_change_of_randaugment_equals_timms_on_the_same_picture(name: str, magnitude: int) -> None:
    hints = {"translate_const": 14, "img_mean": (125, 123, 114)}
    operation = auto_augment.AugmentOp(name, prob=1.0, magnitude=magnitude, hparams=hints)
    images = pictures(4)
    ours = each_picture(images.float() / 255, torch.Generator().manual_seed(1), operation)
    assert torch.equal(ours.mul(255).round().byte(), one_by_one(images, operation, seed=1))


def test_the_usual_policy_has_timms_fifteen_increasing_changes() -> None:
    changes = auto_augment.rand_augment_transform("rand-m9-mstd0.5-inc1").ops
    assert sorted(change.name for change in changes) == sorted(
        ["AutoContrast", "Equalize", "Invert", "Rotate", "PosterizeIncreasing", "SolarizeIncreasing", "SolarizeAdd",
         "ColorIncreasing", "ContrastIncreasing", "BrightnessIncreasing", "SharpnessIncreasing", "ShearX", "ShearY",
         "TranslateXRel", "TranslateYRel"]
    )  # fmt: skip
    assert {(change.prob, change.magnitude, change.magnitude_std) for change in changes} == {(0.5, 9, 0.5)}


@pytest.mark.parametrize("name", ["tweights", "t3aw", "t3a"])
def test_a_set_of_changes_is_timms_with_its_weights(name: str) -> None:
    policy = f"rand-m9-n3-{name}"
    theirs = auto_augment.rand_augment_transform(policy, {"translate_const": 14, "img_mean": (125, 123, 114)})
    images = pictures()
    assert torch.equal(augmented(randaugment, images, policy=policy), one_by_one(images, theirs, seed=0))
    known = auto_augment.rand_augment_choices(name[1:])
    assert [change.name for change in theirs.ops] == list(known)
    assert (theirs.choice_weights is not None) == (name in randaugment.WEIGHTED)
    if name in randaugment.WEIGHTED:
        assert len(known) == randaugment.WEIGHTED[name]
        np.testing.assert_allclose(theirs.choice_weights, np.array([*known.values()]) / sum(known.values()))


@pytest.mark.parametrize(("policy", "says"), [
    ("augmix-m3", "must begin with rand"), ("rand-x9", "'x9' in 'rand-x9' is not understood"),
    ("rand-m", "'m' in 'rand-m' is not understood"), ("rand-m9-inc", "'inc'"), ("rand-p1.5", "'p1.5'"),
    ("rand-m9-p.5", "'p.5' in 'rand-m9-p.5' is not understood"), ("rand-twieghts", "'twieghts'"), ("rand-t", "'t'"),
    ("rand-n16-tweights", "n16 in 'rand-n16-tweights' is more than the 15 changes of its set"),
])  # fmt: skip
def test_a_policy_that_means_nothing_is_refused(policy: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        randaugment.Options(policy=policy)


def test_trivialaugment_is_torchvisions() -> None:
    images = pictures()
    assert torch.equal(augmented(trivialaugment, images), one_by_one(images, v2.TrivialAugmentWide(), seed=0))


@pytest.mark.parametrize("policy", ["cifar10", "imagenet", "svhn"])
def test_autoaugment_is_torchvisions(policy: str) -> None:
    images, theirs = pictures(), v2.AutoAugment(v2.AutoAugmentPolicy(policy))
    assert torch.equal(augmented(autoaugment, images, policy=policy), one_by_one(images, theirs, seed=0))


@pytest.mark.parametrize("part", [randaugment, trivialaugment, autoaugment])
def test_grey_images_are_changed_as_the_first_channel_of_grey_pictures(part) -> None:
    grey = pictures(channels=1)
    ours = augmented(part, grey)
    assert ours.shape == grey.shape and not torch.equal(ours, grey)
    assert torch.equal(ours, augmented(part, grey.expand(-1, 3, -1, -1))[:, :1])


def test_the_common_random_generators_go_on_as_if_nothing_had_been_drawn() -> None:
    random.seed(1), np.random.seed(2), torch.manual_seed(3)
    wanted = random.random(), np.random.rand(), torch.rand(()).item()
    random.seed(1), np.random.seed(2), torch.manual_seed(3)
    with drawing_from(torch.Generator().manual_seed(0)):
        random.random(), np.random.rand(9), torch.rand(5)
    assert (random.random(), np.random.rand(), torch.rand(()).item()) == wanted
