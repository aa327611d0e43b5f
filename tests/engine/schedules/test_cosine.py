"""Half a cosine, as torch has it."""

import pytest
import torch

from engine.schedules import cosine


@pytest.mark.parametrize("final", [0.0, 0.001, 0.5, 1.0])
def test_cosine_runs_from_one_over_the_middle_to_its_end(final: float) -> None:
    factor = cosine.build(cosine.Options(final_factor=final))
    assert [factor(0), factor(0.5), factor(1)] == pytest.approx([1, (1 + final) / 2, final])


def test_cosine_equals_torchs() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    reference = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50, eta_min=0.1)
    factor = cosine.build(cosine.Options(final_factor=0.1))
    for step in range(51):
        assert factor(step / 50) == pytest.approx(reference.get_last_lr()[0])
        optimizer.step()
        reference.step()
