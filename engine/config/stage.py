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

    title: str = Field("", max_length=60, description="What to call this stage in charts and lists.")
    epochs: int = Field(
        10, ge=1, le=100_000, description="How long this stage lasts.", json_schema_extra={"unit": "epochs"}
    )
    train: Annotated[str | list[str], BeforeValidator(checks.parts)] = Field(
        "all", description="The parts that train; all others are frozen. `all` trains the whole model."
    )
    learning_rate: Annotated[
        float | dict[str, float] | None, BeforeValidator(lambda v: v if v is None else checks.rates(v))
    ] = Field(
        None, description="One rate, or one per part; empty takes the optimizer's. Lower it when pretrained parts thaw."
    )
    rate_factors: Annotated[dict[str, float], BeforeValidator(checks.factors)] = Field(
        {},
        description="Discriminative rates: how many times the stage's rate a part gets, such as stem: 0.1, layer1: "
        "0.3. Lower holds on to what a part knows; parts that are not named get the rate itself.",
    )
    frozen_batchnorm: Literal["frozen", "adapts", "affine_trains"] = Field(
        "frozen",
        description="BatchNorm in frozen parts. frozen: nothing moves. adapts: statistics follow the data, as PyTorch "
        "does when only gradients are switched off. affine_trains: statistics are fixed, scale and shift train, those "
        "of LayerNorm too.",
    )
    layer_decay: float = Field(
        1.0,
        gt=0,
        le=1,
        description="The rate of each part is this many times that of the next part towards the output. Lower holds "
        "on to what early parts know; BEiT's 0.65 is common for pretrained transformers, 1 treats all parts alike.",
    )
    optimizer_state: Literal["reset", "kept"] = Field(
        "reset", description="At the start of this stage, momentum of parts that already trained is forgotten or kept."
    )
    begins_from: Literal["last", "best"] = Field(
        "last",
        description="The weights that this stage takes over: those of the last step before it, or the best so far. "
        "Best undoes an overfitted end of the stage before.",
    )
    patience: int = Field(
        0,
        ge=0,
        le=100_000,
        description="The stage ends early once its accuracy has not risen for so many epochs; 0 always trains all of "
        "them. Lower ends sooner, perhaps too soon.",
        json_schema_extra={"unit": "epochs"},
    )
    until_accuracy: float | None = Field(
        None,
        gt=0,
        le=100,
        description="The stage ends early at the end of the epoch that reaches this accuracy; empty never does.",
        json_schema_extra={"unit": "%"},
    )
    images: Annotated[list[float], BeforeValidator(checks.shares)] = Field(
        [0.0, 1.0],
        description="Which training images this stage sees, from and to, as shares of a shuffled order: [0, 0.2] "
        "and [0.2, 1] have none in common. An epoch has as many steps as ever; few images come round more than once.",
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
