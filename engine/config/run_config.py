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

    label: str = Field("", max_length=200, description="Name of this run; you can change it at any time.")
    data: dict[str, Any]
    validation: Annotated[float | Literal["test"], BeforeValidator(checks.validation)] = Field(
        0.1,
        description="Share of the training set held out to choose the best epoch (the test set is then evaluated once, "
        "at the end), or `test` to evaluate the test set every epoch, as many papers do.",
    )
    model: dict[str, Any]
    attention: dict[str, Any]
    weights: str = Field(
        "",
        max_length=1000,
        description="Starting weights: id of a saved run, a .safetensors or .pth file, or a name known to the model's "
        "library, such as pretrained. Empty: random initialisation.",
    )
    augmentations: list[dict[str, Any]] = []
    objective: dict[str, Any]
    optimizer: dict[str, Any]
    schedule: dict[str, Any]
    warmup: Literal["linear", "exponential"] = Field(
        "linear",
        description="How the learning rate rises during warmup: linear, or exponential (slowly at first, the "
        "fourth power of a line).",
    )
    warmup_epochs: float = Field(
        0.0, ge=0, le=1000, description="Length of the learning-rate warmup. Longer is more stable.",
        json_schema_extra={"unit": "epochs"},
    )  # fmt: skip
    schedule_over: Literal["stage", "plan"] = Field(
        "stage", description="Whether the schedule restarts in each stage or runs once over the whole plan."
    )
    stages: list[Stage] = Field([Stage()], min_length=1, max_length=100)
    edits: list[Edit] = Field(
        [],
        max_length=1000,
        description="Changes made by hand while a run trained, repeated at the same iterations. Every edit has an "
        "iteration, a field (stages.N.learning_rate, stages.N.epochs or stages.N.end) and a value.",
    )
    rehearsal: Literal["auto", "always", "never"] = Field(
        "auto",
        description="Dry-run each stage before training, so failures show up in the first minute. auto: for plans of "
        "several stages, unless an objective must see all images first.",
    )
    allow_random_frozen: bool = Field(
        False, description="Allow a stage to freeze parts that are still random: neither loaded nor trained."
    )
    batch_size: int = Field(
        128, ge=1, le=65536,
        description="Images per step. Larger is smoother and needs more memory; raise the learning rate with it.",
        json_schema_extra={"unit": "images"},
    )  # fmt: skip
    accumulate: int = Field(
        1,
        ge=1,
        le=1024,
        description="Gradient accumulation: batches per weight update, in the memory of one. Raise the learning rate "
        "with it.",
        json_schema_extra={"unit": "batches"},
    )
    subdivisions: int = Field(
        1,
        ge=1,
        le=1024,
        description="Micro-batches per batch: BatchNorm sees smaller batches (ghost BatchNorm), and less memory is "
        "needed. Gradients are averaged over them.",
    )
    ghost_batch: int = Field(
        0,
        ge=0,
        le=65536,
        description="Ghost BatchNorm as a layer: images per BatchNorm group in training; everything else sees the "
        "whole micro-batch. Smaller is noisier; 0 uses all.",
        json_schema_extra={"unit": "images"},
    )
    reference: list[str] = Field(
        [],
        max_length=10,
        description="Published figures to draw beside this run, by their ids in engine/config/published_figures.yaml. "
        "Presets of published recipes set it.",
    )
    decay_on: Literal["all", "all_but_norm", "all_but_bias", "weights_only"] = Field(
        "all",
        description="Parameters with weight decay: all, all but those of norm layers, all but biases, or only matrices "
        "and kernels. Exempting the rest helps with large batches.",
    )
    gradient_clip: float = Field(
        0.0,
        ge=0,
        le=1e6,
        description="Largest gradient norm over all parameters; larger gradients are scaled down to it. 0 never clips.",
    )
    gradient_clip_value: float = Field(
        0.0,
        ge=0,
        le=1e6,
        description="Largest absolute gradient of a single weight; 0 never clips.",
    )
    ema_decay: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Exponential moving average of the weights (EMA), evaluated beside them; 0.999 averages over about "
        "a thousand steps, 0 keeps none.",
    )
    test_time: Literal["one_view", "flip", "flip_and_shift"] = Field(
        "one_view",
        description="Test-time augmentation: one view, also mirrored, or also shifted by a pixel both ways (six views, "
        "predictions averaged). More are more accurate and proportionally slower.",
    )
    seed: int = Field(
        0, ge=0, le=2**31 - 1, description="Random seed of initial weights, image order and augmentations."
    )
    seeds: list[int] = Field([], max_length=100, description="Starts one run per seed, kept together as a group.")
    device: Annotated[str, BeforeValidator(checks.device)] = Field(
        "auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        description="Device to train on; auto takes the GPU with most free memory.",
    )
    threads: int = Field(
        0,
        ge=0,
        le=1024,
        description="CPU threads; 0 leaves one core free. Another number changes the last bits of the result.",
    )
    precision: Literal["fp32", "bf16", "fp16", "pure_fp16"] = Field(
        "fp32",
        description="Number format of the forward pass. bf16 is faster on GPUs that support it, slower on most CPUs; "
        "fp16 is for older GPUs, with loss scaling. pure_fp16 stores the weights in fp16 too, without loss "
        "scaling, so large batches fail as in published tables.",
    )
    tf32: bool = Field(
        True, description="Use TF32 for fp32 products on newer NVIDIA GPUs: faster, the last digits differ."
    )
    channels_last: bool = Field(True, description="Channels-last memory layout: faster on most devices, same results.")
    deterministic: bool = Field(
        False, description="Use only algorithms that repeat bit for bit: slower on a GPU; CPUs repeat anyway."
    )
    compile: bool = Field(False, description="Use torch.compile: slow to start, then faster steps on a GPU.")
    checkpoint_epochs: int = Field(
        0, ge=0, le=100_000,
        description="Keep a checkpoint every N epochs, besides last, best and stage ends; 0 keeps none.",
        json_schema_extra={"unit": "epochs"},
    )  # fmt: skip
    checkpoint_minutes: float = Field(
        5.0, ge=0.01, le=1440, description="How often the last checkpoint is renewed; a power cut costs no more.",
        json_schema_extra={"unit": "minutes"},
    )  # fmt: skip
    probe_images: int = Field(
        8, ge=0, le=64, description="Number of validation images whose attention maps are saved every epoch; 0 saves "
            "none.",
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
