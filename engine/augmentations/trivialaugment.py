"""TrivialAugment: one random operation of random strength per image. Müller & Hutter 2021,
https://arxiv.org/abs/2103.10158

The changes are torchvision's TrivialAugmentWide, one picture at a time on the CPU: slower than the other augmentations.
"""

from collections.abc import Callable

from pydantic import Field
from torchvision.transforms import v2

from engine.augmentations._batch import Batch, Context
from engine.augmentations._single_pictures import each_picture
from engine.options import PartOptions

AFTER_NORMALIZATION = False


class Options(PartOptions):
    strengths: int = Field(
        31, ge=2, le=1000, description="Number of strength levels, from none to the strongest. 31 is usual."
    )


def build(options: Options) -> Callable[[Batch, Context], Batch]:
    """A draw of its own for each image."""
    transform = v2.TrivialAugmentWide(num_magnitude_bins=options.strengths)

    def trivialaugment(batch: Batch, context: Context) -> Batch:
        return Batch(each_picture(batch.images, context.generator, transform), batch.targets)

    return trivialaugment
