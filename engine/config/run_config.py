"""RunConfig: the one schema of form, YAML and command line.

Sections (data, model, ...) name a part, whose own Options say what else may stand there.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from engine import catalog
from engine.config import checks
from engine.config.stage import Edit, Stage
from engine.options import PartOptions

SECTIONS = {
    "data": "datasets",
    "model": "models",
    "attention": "attention",
    "objective": "objectives",
    "optimizer": "optimizers",
    "schedule": "schedules",
}
STAGE_SECTIONS = {"objective": "objectives", "schedule": "schedules"}  # what a stage may choose for itself
DEFAULT_PARTS = {
    "data": "clothing",
    "model": "resnet",
    "attention": "none",
    "objective": "supervised",
    "optimizer": "sgd",
    "schedule": "cosine",
}


class RunConfig(BaseModel):
    """Everything that decides a training."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)

    label: str = Field("", max_length=200, description="What you call this run; it can be changed at any time.")
    data: dict[str, Any]
    validation: Annotated[float | Literal["test"], BeforeValidator(checks.validation)] = Field(
        0.1,
        description="The share of the training set held out to choose the best epoch by (the test set is then scored "
        "once, at the end), or `test` to score the test set every epoch as many papers do.",
    )
    model: dict[str, Any]
    attention: dict[str, Any]
    weights: str = Field(
        "",
        max_length=1000,
        description="Starting weights: the id of a saved run, a .safetensors or .pth file, or a name that the model's "
        "library knows, such as pretrained. Empty starts from random weights.",
    )
    augmentations: list[dict[str, Any]] = []
    objective: dict[str, Any]
    optimizer: dict[str, Any]
    schedule: dict[str, Any]
    warmup: Literal["linear", "exponential"] = Field(
        "linear", description="How the rate rises at the start: evenly, or slowly first (the fourth power of a line)."
    )
    warmup_epochs: float = Field(
        0.0, ge=0, le=1000, description="The rate rises over this long at the start. Longer is steadier.",
        json_schema_extra={"unit": "epochs"},
    )  # fmt: skip
    schedule_over: Literal["stage", "plan"] = Field(
        "stage", description="Whether the schedule runs anew in each stage or once over the whole plan."
    )
    stages: list[Stage] = Field([Stage()], min_length=1, max_length=100)
    edits: list[Edit] = Field(
        [],
        max_length=1000,
        description="What was changed by hand while a run trained: it is done again at the same iterations. Every edit "
        "has an iteration, a field (stages.N.learning_rate, stages.N.epochs or stages.N.end) and a value.",
    )
    rehearsal: Literal["auto", "always", "never"] = Field(
        "auto",
        description="Before the first iteration every stage takes a step or two for real, and all is put back: what "
        "would fail at night fails in the first minute. auto: where there are several stages, unless an objective has "
        "to see all images before it can begin.",
    )
    allow_random_frozen: bool = Field(
        False, description="Allow a stage to freeze parts that are random: never loaded and never trained."
    )
    batch_size: int = Field(
        128, ge=1, le=65536,
        description="Images per step. Larger is smoother and uses more memory; raise the rate with it.",
        json_schema_extra={"unit": "images"},
    )  # fmt: skip
    accumulate: int = Field(
        1,
        ge=1,
        le=1024,
        description="Batches per step of the weights: as if batches were that many times larger, in the memory of one. "
        "Raise the rate with it.",
        json_schema_extra={"unit": "batches"},
    )
    subdivisions: int = Field(
        1,
        ge=1,
        le=1024,
        description="Pieces in which each batch passes through the network, one after the other: BatchNorm then sees "
        "smaller batches (ghost BatchNorm), and less memory is needed. Gradients are the mean over the pieces.",
    )
    ghost_batch: int = Field(
        0,
        ge=0,
        le=65536,
        description="Ghost BatchNorm as a layer: in training BatchNorm looks at so many images at a time, while "
        "everything else sees the whole piece. Smaller is noisier; 0 looks at all of them.",
        json_schema_extra={"unit": "images"},
    )
    reference: list[str] = Field(
        [],
        max_length=10,
        description="Published figures to draw beside this run, by their ids in engine/config/published_figures.yaml. "
        "A preset of a published recipe brings its own.",
    )
    decay_on: Literal["all", "all_but_norm", "all_but_bias", "weights_only"] = Field(
        "all",
        description="What weight decay acts on: all parameters, all but those of BatchNorm and its like, all but "
        "biases, or only matrices and kernels. Sparing the rest helps with large batches.",
    )
    gradient_clip: float = Field(
        0.0,
        ge=0,
        le=1e6,
        description="Longest gradient (norm over all parameters) that is used unshortened; 0 never shortens.",
    )
    gradient_clip_value: float = Field(
        0.0,
        ge=0,
        le=1e6,
        description="Farthest from zero that the gradient of a single weight may lie; 0 never clips.",
    )
    ema_decay: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Keep a running average of the weights, of which this much stays at each step, and score it beside "
        "the weights; 0.999 averages over about a thousand steps, 0 keeps none.",
    )
    test_time: Literal["one_view", "flip", "flip_and_shift"] = Field(
        "one_view",
        description="How images are looked at when the model is scored: once, also mirrored, or also shifted by a "
        "pixel both ways (six views, answers averaged). More are more accurate and take as many times longer.",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Decides initial weights, order of images and augmentations.")
    seeds: list[int] = Field(
        [], max_length=100, description="Several seeds start one run each, kept together as one group."
    )
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        description="Where to train; auto takes the GPU with most free memory.",
    )
    threads: int = Field(
        0,
        ge=0,
        le=1024,
        description="CPU threads; 0 leaves one core free. Another number changes the last bits of a result.",
    )
    precision: Literal["fp32", "bf16", "fp16", "pure_fp16"] = Field(
        "fp32",
        description="Number format of the forward pass. bf16 is faster on GPUs that have it, slower on most CPUs; fp16 "
        "is for older GPUs, its loss is scaled so that small gradients survive. pure_fp16 shortens the weights too and "
        "scales nothing, so that large batches fail as they did in published tables.",
    )
    tf32: bool = Field(
        True, description="Let newer NVIDIA GPUs shorten fp32 numbers inside products: faster, the last digits differ."
    )
    channels_last: bool = Field(
        True, description="Keep the channels of each pixel together in memory: faster on most devices, same results."
    )
    deterministic: bool = Field(
        False, description="Only algorithms that repeat bit for bit: slower on a GPU; a CPU repeats anyway."
    )
    compile: bool = Field(False, description="torch.compile the model: a slow start, then faster steps on a GPU.")
    checkpoint_epochs: int = Field(
        0, ge=0, le=100_000,
        description="Keep a checkpoint every so many epochs, besides last, best and stage ends; 0 keeps none.",
        json_schema_extra={"unit": "epochs"},
    )  # fmt: skip
    checkpoint_minutes: float = Field(
        5.0, ge=0.01, le=1440, description="Renew the last checkpoint this often, so that a power cut costs no more.",
        json_schema_extra={"unit": "minutes"},
    )  # fmt: skip
    probe_images: int = Field(
        8, ge=0, le=64, description="Validation images whose attention maps are kept every epoch; 0 keeps none.",
        json_schema_extra={"unit": "images"},
    )  # fmt: skip
    group: str | None = Field(None, max_length=60, description="Runs of one group are drawn as one curve with a band.")

    def part(self, section: str) -> tuple[str, PartOptions]:
        """The name and Options of the part chosen in a section."""
        return part_of(getattr(self, section), SECTIONS[section])

    def augmentation_parts(self) -> list[tuple[str, PartOptions]]:
        return [part_of(section, "augmentations") for section in self.augmentations]

    def objectives(self) -> dict[str, dict[str, Any]]:
        """Every objective that is chosen somewhere, by the field where it is."""
        own = {f"stages.{index}.objective": stage.objective for index, stage in enumerate(self.stages)}
        return {"objective": self.objective} | {field: section for field, section in own.items() if section}

    @property
    def is_label_free(self) -> bool:
        """Whether a stage trains by an objective that must not know the labels."""
        used = [stage.objective or self.objective for stage in self.stages]
        return any(catalog.targets_of(section["name"]) == "none" for section in used)

    @property
    def images_per_step(self) -> int:
        return self.batch_size * self.accumulate

    @property
    def epochs(self) -> int:
        return sum(stage.epochs for stage in self.stages)


def part_of(section: dict[str, Any], kind: str) -> tuple[str, PartOptions]:
    """The name and Options in a resolved section."""
    rest = {key: value for key, value in section.items() if key != "name"}
    return section["name"], catalog.options(kind, section["name"]).model_validate(rest)
