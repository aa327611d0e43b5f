"""Images become what the network trains on, and all chance follows from seed and iteration."""

import torch

from engine.config.differences import resolve
from engine.datasets._dataset import Dataset, MemorySplit
from engine.training.augmented_views import Pipeline

PIXELS = torch.randint(256, (8, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
SPLIT = MemorySplit(PIXELS, torch.arange(8) % 2)
DATASET = Dataset(SPLIT, SPLIT, ["a", "b"], [0.5], [0.25], 8, 1)


def view(seed: int, iteration: int, name: str = "train", **differences: object) -> tuple[torch.Tensor, ...]:
    pipeline = Pipeline(resolve(differences), DATASET, torch.device("cpu"))
    pipeline.seed(seed, iteration)
    return pipeline(torch.arange(8), PIXELS, SPLIT.targets, epoch=1, view=name)


def test_without_augmentations_images_are_only_normalised_and_labels_one_hot():
    images, targets, indices = view(0, 0)
    torch.testing.assert_close(images, (PIXELS / 255 - 0.5) / 0.25)
    assert targets.tolist() == [[1, 0], [0, 1]] * 4 and indices.tolist() == list(range(8))


def test_seed_and_iteration_decide_and_the_weak_view_is_not_augmented():
    mixed = {"augmentations": [{"name": "random_crop"}, {"name": "mixup"}]}
    first, same, later, other = (view(*where, **mixed)[0] for where in ((3, 5), (3, 5), (3, 6), (4, 5)))
    assert torch.equal(first, same) and not torch.equal(first, later) and not torch.equal(first, other)
    assert torch.equal(view(3, 5, "weak", **mixed)[0], view(0, 0)[0])


def test_pieces_are_the_batch_in_order():
    whole = Pipeline(resolve({}), DATASET, torch.device("cpu"))(torch.arange(8), PIXELS, SPLIT.targets, epoch=1)
    pieces = whole.pieces(4)
    assert [len(piece.images) for piece in pieces] == [2] * 4
    assert torch.equal(torch.cat([piece.images for piece in pieces]), whole.images)
