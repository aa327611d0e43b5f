"""RandAugment is timm's, change by change."""

import numpy as np
import pytest
import torch
from timm.data import auto_augment, create_transform

from engine.augmentations import randaugment
from engine.augmentations._single_pictures import each_picture
from tests.engine.augmentations.as_pictures import MEAN, augmented, one_by_one, pictures


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
