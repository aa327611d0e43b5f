"""Settings that are sound alone but not together are refused with their field, and what fits together is not."""

import pytest
import torch

from engine.config.differences import check
from tests.training import batch, new_trainer

MIXED = [{"name": "random_crop"}, {"name": "mixup"}]
DUAL = {"objective": {"dual_cutout_consistency": 0.1}}


@pytest.mark.parametrize(
    ("differences", "field", "says"),
    [
        (DUAL, "objective.dual_cutout_consistency", "add the augmentation cutout, or set this to 0"),
        ({"stages": [{"epochs": 1, **DUAL}]}, "stages.0.objective.dual_cutout_consistency", "add the augmentation"),
        ({"batch_size": 100, "subdivisions": 3}, "subdivisions", "3 pieces do not divide batches of 100 images evenly"),
        ({"batch_size": 96, "subdivisions": 2, "ghost_batch": 32}, "ghost_batch", "groups of 32 images do not divide"),
        ({"reference": ["hysts-0722"]}, "reference", "'hysts-0722' is unknown; did you mean 'hysts-072'?"),
        ({"objective": "dpa", "augmentations": MIXED}, "augmentations.1", "objective dpa needs one class per image"),
        (
            {"stages": [{"objective": "must"}], "augmentations": MIXED},
            "augmentations.1",
            "objective must needs one class",
        ),
        (
            {"objective": "self_distillation", "augmentations": MIXED},
            "augmentations.1",
            "self_distillation needs one class",
        ),
        (
            {"objective": "contrastive", "augmentations": MIXED},
            "augmentations.1",
            "objective contrastive needs one class",
        ),
        (
            {"schedule_over": "plan", "stages": [{"epochs": 1}, {"epochs": 1, "schedule": "constant"}]},
            "stages.1.schedule",
            "only with schedule_over: stage",
        ),
        ({"precision": "pure_fp16", "objective": "dpa"}, "precision", "objective dpa computes with features"),
        ({"precision": "pure_fp16", "objective": "must"}, "precision", "objective must computes with features"),
        (
            {"precision": "pure_fp16", "stages": [{"objective": "contrastive"}]},
            "precision",
            "objective contrastive computes with features",
        ),
        ({"objective": "distillation"}, "objective.teacher", "name the teacher network"),
    ],
)
def test_what_does_not_fit_together_is_refused(differences, field, says):
    if isinstance(differences.get("objective"), str):
        differences = differences | {"objective": {"name": differences["objective"]}}
    config, faults = check(differences)
    assert config is None
    assert [fault.field for fault in faults] == [field] and says in faults[0].message


@pytest.mark.parametrize(
    "differences",
    [
        DUAL | {"augmentations": [{"name": "cutout"}]},
        DUAL | {"augmentations": [{"name": "cutout"}, {"name": "mixup"}, {"name": "cutmix"}, {"name": "ricap"}]},
        {"batch_size": 96, "subdivisions": 3, "accumulate": 5},
        {"objective": {"label_smoothing": 0.1}, "augmentations": [{"name": "mixup"}]},
        {"objective": {"name": "dpa"}, "stages": [{"objective": "supervised"}], "augmentations": MIXED},
        {"objective": {"name": "dpa"}, "precision": "bf16"},
        {"objective": {"name": "self_distillation"}, "precision": "pure_fp16"},
    ],
)
def test_what_fits_together_is_taken(differences):
    assert check(differences)[1] == []


@pytest.mark.parametrize("mixture", ["mixup", "cutmix", "ricap"])
def test_every_augmentation_that_mixes_images_says_so(mixture):
    """Else an objective without labels would train on half an image under the label of the other half."""
    faults = check({"objective": "must", "augmentations": [{"name": mixture}]})[1]
    assert [fault.field for fault in faults] == ["augmentations.0"]


def test_every_mixture_trains_with_label_smoothing_and_two_views(tmp_path):
    """The originals stop here, or leave the smoothing out in silence."""
    mixed = [{"name": "cutout", "size": 6}, {"name": "mixup"}, {"name": "cutmix"}, {"name": "ricap"}]
    objective = {"label_smoothing": 0.1, "dual_cutout_consistency": 0.1}
    trainer = new_trainer(tmp_path, {"augmentations": mixed, "objective": objective})
    row = trainer.step(batch(trainer, 32))
    assert row["loss"].isfinite() and row["loss.dual_cutout_consistency"] > 0
    shares = [value for name, value in row.items() if name.startswith("share.")]
    assert len(shares) == 3 and sum(shares).item() == pytest.approx(100, rel=1e-5)


def test_two_views_of_a_batch_are_alike_but_for_their_squares(tmp_path):
    augmentations = [{"name": "random_crop", "padding": 2}, {"name": "cutout", "size": 4, "inside": True}]
    trainer = new_trainer(tmp_path, DUAL | {"augmentations": augmentations})
    first, twin = (
        trainer.stepper.view(name, trainer.position, batch(trainer, 64)) for name in trainer.setup.objective.views
    )
    assert torch.equal(first.targets, twin.targets)
    differs = first.images != twin.images
    assert (first.images[differs] * twin.images[differs] == 0).all()  # where they differ, one of them is hidden
    assert 0 < differs.flatten(1).sum(1).max() <= 2 * 4 * 4
