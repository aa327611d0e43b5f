"""One stage of the freeze plan, and what was changed while a run trained. Imports no torch."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from engine.config import checks
from engine.options import PartOptions

AT_INPUT = "objective_at_input"  # what an objective trains beside the first part, such as the token of hidden patches
OUTERMOST = ("attention", "norm", "text", "head")  # parts from which layer-wise decay counts inwards


class Stage(PartOptions):
    """One stage of the freeze plan: how long, which parts train, how fast; everything else is frozen."""

    title: str = Field("", max_length=60, description="Name of this stage in charts and lists.")
    epochs: int = Field(10, ge=1, le=100_000, description="Length of this stage.", json_schema_extra={"unit": "epochs"})
    train: Annotated[str | list[str], BeforeValidator(checks.parts)] = Field(
        "all", description="Parts that train; all others are frozen. `all` trains the whole model."
    )
    learning_rate: Annotated[
        float | dict[str, float] | None, BeforeValidator(lambda v: v if v is None else checks.rates(v))
    ] = Field(
        None,
        description="One learning rate, or one per part; empty uses the optimizer's. Lower it when pretrained "
        "parts thaw.",
    )
    rate_factors: Annotated[dict[str, float], BeforeValidator(checks.factors)] = Field(
        {},
        description="Discriminative learning rates: factor of the stage's rate by part, such as stem: 0.1, layer1: "
        "0.3. Lower preserves what a part has learned; other parts get the rate itself.",
    )
    frozen_batchnorm: Literal["frozen", "adapts", "affine_trains"] = Field(
        "frozen",
        description="BatchNorm in frozen parts. frozen: nothing changes. adapts: statistics follow the data, as in "
        "PyTorch with only gradients off. affine_trains: statistics are fixed, scale and shift train, also "
        "those of all other norms.",
    )
    layer_decay: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Layer-wise learning-rate decay: each part's rate as a factor of the next part's towards the "
        "output. Lower preserves early parts; BEiT's 0.65 is common for pretrained transformers, 1 treats "
        "all parts alike.",
    )
    optimizer_state: Literal["reset", "kept"] = Field(
        "reset", description="Reset or keep the optimizer state of already trained parts at the start of this stage."
    )
    begins_from: Literal["last", "best"] = Field(
        "last",
        description="Weights this stage starts from: the last ones or the best so far. Best undoes overfitting at the "
        "end of the previous stage.",
    )
    patience: int = Field(
        0,
        ge=0,
        le=100_000,
        description="Early stopping: end the stage after this many epochs without improvement; 0 never does. Lower "
        "ends sooner, perhaps too soon.",
        json_schema_extra={"unit": "epochs"},
    )
    until_accuracy: float | None = Field(
        None,
        gt=0,
        le=100,
        description="End the stage after the epoch that reaches this accuracy; empty never does.",
        json_schema_extra={"unit": "%"},
    )
    images: Annotated[list[float], BeforeValidator(checks.shares)] = Field(
        [0.0, 1.0],
        description="Training images of this stage, from and to, as shares of a shuffled order: [0, 0.2] and [0.2, 1] "
        "have none in common. Steps per epoch stay the same; a small share is seen several times.",
    )
    objective: dict[str, Any] | None = Field(None, description="An objective for this stage alone.")
    schedule: dict[str, Any] | None = Field(None, description="A learning-rate schedule for this stage alone.")

    def rate(self, part: str, default: float, parts: Iterable[str]) -> float:
        """The learning rate from which a part starts. default: the optimizer's; parts: those of the model, in order."""
        chosen, parts = self.learning_rate, list(parts)
        part = parts[0] if part == AT_INPUT else part
        if isinstance(chosen, dict) and part in chosen:
            return chosen[part]
        base = default if chosen is None or isinstance(chosen, dict) else chosen
        base *= self.rate_factors.get(part, 1.0)
        depths = [name for name in parts if name not in OUTERMOST]
        return base * self.layer_decay ** (len(depths) - depths.index(part)) if part in depths else base


class Edit(PartOptions):
    """What was changed while a run trained; a run whose config has edits repeats them at the same iterations."""

    iteration: int = Field(ge=0, description="After how many iterations.", json_schema_extra={"unit": "iterations"})
    field: str = Field(
        pattern=r"^stages\.\d{1,3}\.(learning_rate|epochs|end)$",
        description="stages.N.learning_rate, stages.N.epochs, or stages.N.end, which ends that stage there; N from 0.",
    )
    value: Any = Field(None, description="What the field became; of no meaning for an end.")
