"""What every part's Options share: one strict schema, from which form, YAML check and command line come. No torch."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from engine.messages.faults import Fault, Remark


class PartOptions(BaseModel):
    """Options of one part. Unknown fields, text or `true` in the place of a number, and infinity are faults."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class DatasetOptions(PartOptions):
    """What can be asked of every data set."""

    classes: list[str] = Field(
        [],
        description="Classes to keep, in this order; empty keeps all. Fewer classes make an easier task.",
    )
    limit: int | None = Field(
        None,
        ge=1,
        description="Maximum number of training images, drawn evenly over the classes, always the same; empty uses "
        "all. Fewer train faster but reach a lower accuracy.",
        json_schema_extra={"unit": "images"},
    )

    channel_mean: list[float] = Field(
        [],
        max_length=16,
        description="Mean of each channel for normalisation, of pixels from 0 to 1; empty uses the data set's. "
        "Pretrained weights do best with the one that they were trained with.",
    )
    channel_std: list[float] = Field(
        [],
        max_length=16,
        description="Standard deviation of each channel for normalisation; empty uses the data set's.",
    )

    @field_validator("channel_std")
    @classmethod
    def _above_zero(cls, values: list[float]) -> list[float]:
        if bad := [value for value in values if value <= 0]:
            raise ValueError(f"a standard deviation must be above 0, not {bad[0]}")
        return values

    @model_validator(mode="after")
    def _of_the_same_channels(self) -> "DatasetOptions":
        if self.channel_mean and self.channel_std and len(self.channel_mean) != len(self.channel_std):
            raise ValueError(
                f"channel_mean and channel_std need one number for each channel, not "
                f"{len(self.channel_mean)} and {len(self.channel_std)}"
            )
        return self

    @field_validator("classes")
    @classmethod
    def _two_or_more(cls, names: list[str]) -> list[str]:
        if len(names) == 1:
            raise ValueError(f"{names[0]!r} alone is not a classification task; choose at least two classes")
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"{twice[0]!r} is listed twice")
        return names

    def faults(self, folder: Path, held_out: bool = False) -> list[Fault]:
        """What keeps the data in `folder` from being used, as far as it shows without opening them; [] if nothing.

        held_out: whether each class must also give images to validate with.
        """
        return []

    def read_by(self, rule: int) -> Self:
        """The same options, to read the data by an earlier rule than today's."""
        return self

    def stamp(self, folder: Path) -> str:
        """Differs as soon as the data in `folder` are others than they were, where that can happen."""
        return ""

    def remarks(self, folder: Path) -> list[Remark]:
        """How the data in `folder` are understood, and what of them is not used; only where there are no faults."""
        return []


class AttentionOptions(PartOptions):
    """What can be asked of every attention block."""

    where: Literal["layer", "block"] = Field(
        "layer",
        description="Where attention is placed: after each layer, or in every residual block before the addition (more "
        "parameters, slower).",
    )
