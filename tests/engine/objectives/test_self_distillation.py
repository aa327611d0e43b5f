"""Self-distillation against a second derivation that is written out image by image."""

import math

import pytest
import torch

from engine.objectives import self_distillation
from tests.engine.objectives.toy import BATCH, CLASSES, IMAGES, Toy, pictures, soft, view

pytestmark = pytest.mark.usefixtures("in_double")


def test_self_distillation_equals_its_second_derivation_and_its_copy_stays():
    model = Toy()
    objective = self_distillation.build(self_distillation.Options(temperature=3.0, softened=0.6), CLASSES, {})
    objective.begin(model, IMAGES, lambda name: iter(()))
    weak, strong = pictures(5, seed=10), pictures(5, seed=11)
    wanted = model(weak).detach()
    with torch.no_grad():
        model.tower.weight += 0.3
        answers = model(strong)
    losses = objective.losses(model, view(weak, BATCH), view(strong, BATCH))
    divergence = cross_entropy = 0.0
    for w, a in zip(wanted.tolist(), answers.tolist(), strict=True):
        p, q = soft([x / 3 for x in w]), soft([x / 3 for x in a])
        divergence += sum(p[k] * math.log(p[k] / q[k]) for k in range(CLASSES)) / 5
        cross_entropy -= math.log(soft(a)[w.index(max(w))]) / 5
    assert losses.components["distill"].item() == pytest.approx(0.6 * 9 * divergence, rel=1e-9)
    assert losses.components["pseudo_label"].item() == pytest.approx(0.4 * cross_entropy, rel=1e-9)
    assert losses.total.item() == pytest.approx(0.6 * 9 * divergence + 0.4 * cross_entropy, rel=1e-9)


def test_an_unchanged_network_has_nothing_to_learn_from_its_softened_self():
    model = Toy()
    objective = self_distillation.build(self_distillation.Options(softened=1.0), CLASSES, {})
    objective.begin(model, IMAGES, lambda name: iter(()))
    same = view(pictures(5, seed=10), BATCH)
    losses = objective.losses(model, same, same)
    assert list(losses.components) == ["distill"]
    assert losses.total.item() == pytest.approx(0, abs=1e-12)
