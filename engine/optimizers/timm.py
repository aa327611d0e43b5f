"""timm: any optimizer of timm, by name. https://github.com/huggingface/pytorch-image-models

Algorithms that need other packages, second derivatives, or random numbers that no checkpoint stores are left out.
"""

from typing import Annotated, Any

import torch
from pydantic import Field, field_validator
from timm.optim import create_optimizer_v2, get_optimizer_info, list_optimizers

from engine.messages.suggestion import near
from engine.optimizers._options import LearningRate
from engine.options import PartOptions

NAMES = """
adabelief adadelta adafactor adafactorbv adafactorbvc adagrad adam adamax adamc adamp adamuon adamw adamwlegacy adan
adanw adopt adoptc adoptw cadafactor cadafactorbv cadafactorbvc cadamc cadamp cadamw cadan cadanw cadopt cadoptc cadoptw
clamb clambw claprop clion clionc cmars cnadamc cnadamw crmsproptf csgdc csgdp csgdw lamb lambc lambcd lambcw lambw
laprop lapropc larc lars lion lionc madgrad madgradw mars momentum muon nadam nadamc nadamlegacy nadamuon nadamw
nesterov nesterovw nlarc nlars nmuon novograd novogradc novogradw radabelief radam radamlegacy radamw rmsprop rmsproptf
rmsproptfc rmsproptfw sgd sgdc sgdp sgdw
"""


class Options(PartOptions):
    algorithm: str = Field(
        "lamb", description="Name of the optimizer in timm, such as lamb, lion, adan, nadamw, madgrad or muon."
    )
    learning_rate: LearningRate = 0.001
    weight_decay: float = Field(
        0.0,
        ge=0,
        le=10,
        description="Pull of all weights towards zero. Higher fits the training images less closely.",
    )
    momentum: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="Share of the last step carried into the next, for algorithms with momentum; empty uses 0.9.",
    )
    betas: list[Annotated[float, Field(ge=0, lt=1)]] | None = Field(
        None,
        description="Decay rates of the running means, for algorithms that have them; empty uses their defaults.",
    )
    eps: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Added to the denominator of each step, for algorithms that have it; empty uses their default.",
    )

    @field_validator("algorithm")
    @classmethod
    def is_known(cls, algorithm: str) -> str:
        known = NAMES.split()
        if algorithm not in known:
            raise ValueError(
                f"{algorithm!r} is unknown or not supported{near(algorithm, known)}; known: {', '.join(known)}"
            )
        return algorithm


def build(options: Options, parameter_groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """The optimizer over groups that bring their own params, lr and weight_decay.

    Raises ValueError if the installed timm lacks it, or if it has no use for a setting that was made.
    """
    name = options.algorithm
    if name not in list_optimizers():
        raise ValueError(f"algorithm {name!r} is not in the installed timm; update timm or choose another one")
    about = get_optimizer_info(name)
    settings = {"momentum": options.momentum, "betas": options.betas, "eps": options.eps}
    made: dict[str, Any] = {key: value for key, value in settings.items() if value is not None}
    for key in made:
        if not getattr(about, f"has_{key}"):
            raise ValueError(f"{key} {made[key]} is not used by algorithm {name!r}; leave it empty")
    if options.betas and len(options.betas) != about.num_betas:
        raise ValueError(f"betas {options.betas}: algorithm {name!r} takes {about.num_betas} values")
    return create_optimizer_v2(
        parameter_groups, opt=name, lr=options.learning_rate, weight_decay=options.weight_decay, **made
    )
