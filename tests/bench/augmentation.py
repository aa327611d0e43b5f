"""Images per second through the default pipeline of hysts (crop, flip, normalise, cutout): batches against one by one.

python -m tests.bench.augmentation [--rounds 5] [--images 12800]

Both run in turn on the same made images of 32x32: Thaw's pipeline on whole batches with all cores, and torchvision's
transforms on PIL images in a DataLoader with two workers.
"""

import argparse
import statistics
import time

import torch
from PIL import Image
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from torchvision.transforms import v2

from engine.config.differences import resolve
from engine.datasets._dataset import Dataset, MemorySplit
from engine.device.allocator import keep_freed_memory
from engine.training.augmented_views import Pipeline
from tests.bench.figures import machine

BATCH, WORKERS = 128, 2
MEAN, STD = [0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]
AUGMENTATIONS = [{"name": "random_crop"}, {"name": "horizontal_flip"}, {"name": "cutout", "size": 16}]


class Cutout:
    """The square of hysts' code, on one normalised image (C, H, W)."""

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        top, left = (int(place) - 8 for place in torch.randint(33, (2,)))
        image[:, max(0, top) : top + 16, max(0, left) : left + 16] = 0
        return image


class OneByOne(TorchDataset):
    def __init__(self, images: torch.Tensor):
        self.images = [Image.fromarray(image.permute(1, 2, 0).numpy()) for image in images]
        self.transform = v2.Compose(
            [v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip(), v2.ToImage(),
             v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD), Cutout()]
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(self.images[index]), index % 10


def in_batches(images: torch.Tensor) -> float:
    split = MemorySplit(images, torch.arange(len(images)) % 10)
    dataset = Dataset(split, split, [str(number) for number in range(10)], MEAN, STD, 32, 3)
    augment = Pipeline(resolve({"augmentations": AUGMENTATIONS}), dataset, torch.device("cpu"))
    began = time.perf_counter()
    for step, numbers in enumerate(torch.randperm(len(images)).split(BATCH)):
        augment.seed(0, step)
        augment(numbers, split.images(numbers), split.targets[numbers], 1)
    return len(images) / (time.perf_counter() - began)


def one_by_one(loader: DataLoader) -> float:
    for _ in loader:  # the workers start, and stay
        pass
    began = time.perf_counter()
    for _ in loader:
        pass
    return len(loader.dataset) / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=12_800)
    options = parser.parse_args()
    keep_freed_memory()  # as in a training
    images = torch.randint(256, (options.images, 3, 32, 32), dtype=torch.uint8)
    loader = DataLoader(OneByOne(images), batch_size=BATCH, shuffle=True, num_workers=WORKERS, persistent_workers=True)
    in_batches(images)
    rounds = [(in_batches(images), one_by_one(loader)) for _ in range(options.rounds)]
    print(f"{machine()}, {torch.get_num_threads()} threads, {options.rounds} rounds")
    for name, values in zip(("batches", "one by one"), zip(*rounds, strict=True), strict=True):
        print(f"{name:10} {statistics.median(values):>8,.0f} images/s ({min(values):,.0f} to {max(values):,.0f})")
    print(f"ratio      {statistics.median(a / b for a, b in rounds):>8.1f} (median of the rounds)")


if __name__ == "__main__":
    main()
