"""Why a loss or a gradient became NaN or infinite, so that the advice names the cause that is there."""

import numpy as np
import torch

from engine.device.precision import DTYPES
from engine.evaluation.normalisation import normalised
from engine.maps.gates import non_finite_layers
from engine.messages.coded_error import NotFinite
from engine.runs import series
from engine.training.training_state import TrainingState


def with_cause(training: TrainingState, error: FloatingPointError) -> NotFinite:
    """The error with the code of its cause; one that has a code already stays as it is."""
    if isinstance(error, NotFinite):
        return error
    said, precision = str(error), training.config.precision
    if precision == "fp16" and (layer := overflowing_layer(training)):
        return NotFinite(said, "not_finite.fp16", layer=layer)
    if precision == "fp16" and "gradient" in said:
        return NotFinite(said, "not_finite.fp16_gradient")
    if precision == "pure_fp16":
        return NotFinite(said, "not_finite.pure_fp16")
    if not has_learned(training):
        return NotFinite(said, "not_finite.first")
    return NotFinite(said, "not_finite.clipped" if 0 < training.config.gradient_clip <= 1 else "not_finite")


def overflowing_layer(training: TrainingState) -> str | None:
    """The first layer that is not finite for the newest batch in the number format of the training, but is in fp32."""
    if training.newest_batch is None:
        return None
    images = normalised(training.newest_batch[1], training.data.dataset, training.device)
    with torch.autocast(training.device.type, DTYPES[training.config.precision]):
        short = non_finite_layers(training.model, images)
    return short[0] if short and not non_finite_layers(training.model, images) else None


def has_learned(training: TrainingState) -> bool:
    """Whether an iteration has changed the weights."""
    return bool(np.isfinite(series.read(training.folder.series, "gradient_norm")).any())
