"""Several looks at an image: the right ones, weighted to one, and the same answer where the looks are alike."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.evaluation import test_time_augmentation


def images() -> Tensor:
    return torch.rand(3, 2, 6, 8, generator=torch.Generator().manual_seed(0))


def see() -> tuple[nn.Module, list[Tensor]]:
    """A model that remembers what it was shown and answers with the number of the look."""
    looks: list[Tensor] = []

    class Eye(nn.Module):
        def forward(self, shown: Tensor) -> Tensor:
            looks.append(shown)
            return torch.full((len(shown), 4), float(len(looks)))

    return Eye(), looks


def test_one_view_is_the_model_itself():
    model, looks = see()
    assert torch.equal(test_time_augmentation.logits(model, images(), "one_view"), torch.full((3, 4), 1.0))
    assert len(looks) == 1 and torch.equal(looks[0], images())


def test_flip_is_the_mean_of_the_image_and_its_mirror():
    model, looks = see()
    assert torch.equal(test_time_augmentation.logits(model, images(), "flip"), torch.full((3, 4), 1.5))
    assert torch.equal(looks[0], images()) and torch.equal(looks[1], images().flip(3))


def test_shifts_go_one_pixel_both_ways_and_count_half_together():
    model, looks = see()
    answer = test_time_augmentation.logits(model, images(), "flip_and_shift")
    assert torch.allclose(answer, torch.full((3, 4), 0.25 * (1 + 2) + 0.125 * (3 + 4 + 5 + 6)))
    padded = F.pad(images(), (1, 1, 1, 1), mode="reflect")
    wanted = [images(), padded[:, :, 0:6, 0:8], padded[:, :, 2:8, 2:10]]
    for number, look in enumerate(wanted):
        assert torch.equal(looks[2 * number], look) and torch.equal(looks[2 * number + 1], look.flip(3))


@pytest.mark.parametrize("looks", ["one_view", "flip", "flip_and_shift"])
def test_a_model_that_does_not_look_closely_answers_the_same(looks):
    plain = torch.full((3, 2, 6, 8), 0.5)
    model = nn.Sequential(nn.Flatten(), nn.Linear(96, 4))
    torch.testing.assert_close(test_time_augmentation.logits(model, plain, looks), model(plain))
