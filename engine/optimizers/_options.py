"""Options that several optimizers share. Read without torch."""

from typing import Annotated

from pydantic import Field

LearningRate = Annotated[
    float,
    Field(
        gt=0,
        le=100,
        description="Step size. Higher learns faster until training becomes unstable; lower is slower and safer. "
        "Stages may override it.",
    ),
]
GradientDecay = Annotated[
    float,
    Field(
        ge=0,
        le=1,
        description="Pull of all weights towards zero, added to the gradient. Higher fits the training images less "
        "closely.",
    ),
]
ScaledDecay = Annotated[
    float,
    Field(
        ge=0,
        le=10,
        description="Pull of all weights towards zero, added to the gradient and scaled with it. Higher fits the "
        "training images less closely.",
    ),
]
Momentum = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        description="Share of the last step carried into the next. Higher is smoother, and faster along steady slopes.",
    ),
]
Betas = Annotated[
    list[Annotated[float, Field(ge=0, lt=1)]],
    Field(
        min_length=2,
        max_length=2,
        description="Decay rates of the running means of the gradient and of its square. Closer to 1 is smoother and "
        "slower to react.",
    ),
]
Epsilon = Annotated[
    float,
    Field(
        gt=0,
        le=1,
        description="Added to the denominator of each step. Higher damps weights whose gradients are tiny.",
    ),
]
AmsGrad = Annotated[
    bool,
    Field(description="Use the AMSGrad variant: divide by the largest mean square so far (Reddi et al. 2018)."),
]
FinalRate = Annotated[
    float,
    Field(
        gt=0,
        le=100,
        description="Learning rate that all steps converge to, as in SGD. It follows the schedule.",
    ),
]
Gamma = Annotated[
    float,
    Field(
        gt=0,
        lt=1,
        description="How fast the bounds close around the final rate. Higher turns into SGD sooner.",
    ),
]
