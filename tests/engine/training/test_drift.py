"""How far the parts have moved, and how steep their gradients are."""

import math

import numpy as np
import torch

from engine.config.differences import resolve
from engine.runs import series
from engine.stages import model_parts
from engine.training import checkpoint
from engine.training.build_model import build_model
from engine.training.drift import Drift
from tests.engine.planned import PLAN
from tests.training import TINY


def test_drift_is_zero_until_a_part_thaws_and_relative_to_where_it_began(uninterrupted):
    start = build_model(resolve(TINY | PLAN), 1, 10, 16)
    end = build_model(resolve(TINY | PLAN), 1, 10, 16)
    end.load_state_dict(checkpoint.load_weights(uninterrupted.find_checkpoint("last")))
    for part in ("stem", "layer3", "head"):
        drift = series.read(uninterrupted.series, f"drift.{part}")
        names = [name for name, _ in start.named_parameters() if model_parts.owner(name, start.parts) == part]
        before = torch.cat([start.get_parameter(name).flatten() for name in names])
        after = torch.cat([end.get_parameter(name).flatten() for name in names])
        assert math.isclose(drift[-1], 100 * ((after - before).norm() / before.norm()).item(), rel_tol=1e-4), part
    assert not series.read(uninterrupted.series, "drift.stem")[:20].any()
    assert not series.read(uninterrupted.series, "drift.layer3")[:10].any()
    assert series.read(uninterrupted.series, "drift.layer3")[10:].all()


def test_the_squares_of_the_parts_gradients_sum_to_that_of_the_whole(uninterrupted):
    parts = [name for name in series.names(uninterrupted.series) if name.startswith("gradient_norm.")]
    table = np.array([series.read(uninterrupted.series, name) for name in parts])
    whole = series.read(uninterrupted.series, "gradient_norm")
    assert np.allclose(np.sqrt(np.nansum(table**2, axis=0)), whole, rtol=1e-4)
    assert np.isnan(table[parts.index("gradient_norm.stem")][:20]).all()


def test_a_part_that_begins_at_zero_has_a_finite_drift():
    model = torch.nn.Linear(2, 2)
    model.parts = {"head": ["weight", "bias"]}
    torch.nn.init.zeros_(model.weight), torch.nn.init.zeros_(model.bias)
    drift = Drift(model)
    torch.nn.init.ones_(model.weight)
    assert drift.by_part([{"part": "head"}])["drift.head"].isfinite()
