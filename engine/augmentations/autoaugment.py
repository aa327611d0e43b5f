"""AutoAugment: one of 25 learned pairs of operations per image. Cubuk et al. 2018, https://arxiv.org/abs/1805.09501

The changes are torchvision's, one picture at a time on the CPU: slower than the other augmentations.
"""

from collections.abc import Callable
from typing import Literal

from pydantic import Field
from torchvision.transforms import v2

from engine.augmentations._batch import Batch, Context
from engine.augmentations._single_pictures import each_picture
from engine.options import PartOptions

AFTER_NORMALIZATION = False


class Options(PartOptions):
    policy: Literal["cifar10", "imagenet", "svhn"] = Field(
        "cifar10", description="Data set on which the policy was learned; choose the one most like yours."
    )


def build(options: Options) -> Callable[[Batch, Context], Batch]:
    """A pair of its own for each image."""
    transform = v2.AutoAugment(v2.AutoAugmentPolicy(options.policy))

    def autoaugment(batch: Batch, context: Context) -> Batch:
        return Batch(each_picture(batch.images, context.generator, transform), batch.targets)

    return autoaugment
