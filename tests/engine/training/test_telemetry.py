"""Telemetry keeps the rows, and ends a run whose numbers are not finite."""

import math

import numpy as np
import pytest

from engine.runs import series
from engine.training.telemetry import Telemetry
from tests.training import new_run


def test_a_skipped_update_does_not_end_the_run_and_a_real_one_does(tmp_path):
    telemetry = Telemetry(new_run(tmp_path))
    telemetry.record({"loss": 1.0, "gradient_norm": math.inf, "update_skipped": 1.0})
    telemetry.record({"loss": 1.0, "gradient_norm": 2.0, "update_skipped": 0.0})
    telemetry.flush()
    telemetry.record({"loss": 1.0, "gradient_norm": math.inf, "update_skipped": 0.0})
    with pytest.raises(FloatingPointError, match="gradient norm became inf at iteration 3"):
        telemetry.flush()
    assert np.array_equal(series.read(telemetry.writer.folder, "update_skipped"), [1, 0, 0])
