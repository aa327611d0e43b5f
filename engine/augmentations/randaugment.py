"""RandAugment: two random colour or shape operations per image. Cubuk et al. 2019, https://arxiv.org/abs/1909.13719

The changes are timm's own, so a policy such as rand-m9-mstd0.5-inc1 means here what it means there. Pictures are
changed one at a time on the CPU: slower than the other augmentations.
"""

import re
from collections.abc import Callable
from typing import Literal

from PIL import Image
from pydantic import Field, field_validator
from timm.data.auto_augment import rand_augment_transform

from engine.augmentations._batch import Batch, Context
from engine.augmentations._single_pictures import each_picture
from engine.options import PartOptions

AFTER_NORMALIZATION = False
SECTION = r"m\d+|n\d+|p(0|1|0\.\d+)|mstd\d+(\.\d+)?|mmax\d+|inc[01]|t(weights|3aw|3a)"
WEIGHTED = {"tweights": 15, "t3aw": 14}  # how many changes these sets have; each image gets any of them once at most


class Options(PartOptions):
    policy: str = Field(
        "rand-m9-mstd0.5-inc1",
        description="timm's policy string: rand, then m magnitude (0 to 10), n operations per image (2), p probability "
        "of each (0.5), mstd standard deviation of the magnitude, mmax its maximum, inc1 if larger always "
        "distorts more, t a set of operations (weights, 3a or 3aw). A larger m distorts more.",
    )
    interpolation: Literal["random", "bilinear", "bicubic"] = Field(
        "random", description="Interpolation of rotated and shifted images; random picks one of the two each time."
    )

    @field_validator("policy")
    @classmethod
    def is_understood(cls, policy: str) -> str:
        head, *sections = policy.split("-")
        if head != "rand":
            raise ValueError(f"{policy!r} must begin with rand, such as rand-m9-mstd0.5-inc1")
        for section in sections:
            if not re.fullmatch(SECTION, section):
                raise ValueError(
                    f"{section!r} in {policy!r} is not understood; after rand stand m9, n2, p0.5, mstd0.5, mmax10 "
                    "or inc1, with numbers of your own and dashes between them, and tweights, t3a or t3aw"
                )
        most = min((WEIGHTED[section] for section in sections if section in WEIGHTED), default=None)
        wanted = max((int(section[1:]) for section in sections if re.fullmatch(r"n\d+", section)), default=2)
        if most is not None and wanted > most:
            raise ValueError(f"n{wanted} in {policy!r} is more than the {most} changes of its set")
        return policy


def build(options: Options) -> Callable[[Batch, Context], Batch]:
    """Draws of its own for each image. What comes in at the border has the mean colour of the data set."""

    def randaugment(batch: Batch, context: Context) -> Batch:
        images = batch.images
        mean = [round(255 * part) for part in context.mean]
        hints = {
            "translate_const": int(0.45 * min(images.shape[2:])),
            "img_mean": tuple(mean * 3 if len(mean) == 1 else mean),
        }
        if options.interpolation != "random":
            hints["interpolation"] = Image.Resampling[options.interpolation.upper()]
        transform = rand_augment_transform(options.policy, hints)
        return Batch(each_picture(images, context.generator, transform), batch.targets)

    return randaugment
