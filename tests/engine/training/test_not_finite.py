"""The advice for a loss that is not finite names the cause that is there."""

import numpy as np
import pytest
import torch

from engine.messages.coded_error import NotFinite
from engine.training import not_finite
from tests.training import batch, new_trainer

LOSS, GRADIENT = "the loss became nan at iteration 3", "the gradient norm became inf at iteration 3"


def cause(trainer, said, learned=True, enlarge=1.0):
    """The code for a training whose first layer gives so many times what it gave."""
    with torch.no_grad():
        next(trainer.model.parameters()).mul_(enlarge)
    trainer.newest_batch = batch(trainer, 32)
    trainer.telemetry.writer.append({"gradient_norm": np.array([1.0 if learned else np.nan])})
    return not_finite.with_cause(trainer, FloatingPointError(said))


@pytest.mark.parametrize(
    ("settings", "said", "learned", "code"),
    [
        ({}, LOSS, True, "not_finite"),
        ({"gradient_clip": 5.0}, LOSS, True, "not_finite"),
        ({"gradient_clip": 1.0}, GRADIENT, True, "not_finite.clipped"),
        ({}, LOSS, False, "not_finite.first"),
        ({"precision": "fp16"}, LOSS, True, "not_finite"),
        ({"precision": "fp16"}, GRADIENT, True, "not_finite.fp16_gradient"),
        ({"precision": "pure_fp16"}, LOSS, True, "not_finite.pure_fp16"),
    ],
)
def test_the_cause_follows_from_settings_and_history(tmp_path, settings, said, learned, code):
    found = cause(new_trainer(tmp_path, settings), said, learned)
    assert (found.code, str(found)) == (code, said)


def test_a_layer_that_overflows_only_in_fp16_is_named(tmp_path):
    found = cause(new_trainer(tmp_path, {"precision": "fp16"}), LOSS, enlarge=1e6)
    assert (found.code, found.values) == ("not_finite.fp16", {"layer": "stem.conv"})


def test_where_fp32_overflows_as_well_the_number_format_is_not_blamed(tmp_path):
    assert cause(new_trainer(tmp_path, {"precision": "fp16"}), LOSS, enlarge=1e39).code == "not_finite"


def test_a_cause_that_is_known_stays(tmp_path):
    known = NotFinite("head.fc.bias is not finite", "not_finite.weight")
    assert not_finite.with_cause(new_trainer(tmp_path), known) is known
