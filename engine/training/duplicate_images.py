"""Images that stand on both sides: what a model was trained on is no test of it."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from engine.datasets._dataset import FileSplit, MemorySplit, Split
from engine.training.data_split import Data

MOST_FILES = 200_000  # beyond, looking at each file's size would take long


def warnings(data: Data, between: Callable[[], None] = lambda: None) -> Iterator[str]:
    """A sentence for each split of which images are also trained on, byte for byte, or of which that was not looked at.

    between: called after each image.
    """
    others = {data.evaluated_on: data.validation, "test": data.dataset.test}
    for name, split in others.items():
        if is_too_large(data.train, split):
            yield (
                f"Whether {name} images are also among the training images was not checked: more than {MOST_FILES:,} "
                "files would take long."
            )
        elif count := shared(data.train, split, between):
            yield (
                f"{count:,} of {len(split):,} {name} images are also among the training images, so the accuracy on "
                "them says less than it seems; keep each image on one side only."
            )


def is_too_large(train: Split, other: Split) -> bool:
    """Whether two splits of files are more than can be compared in a reasonable time."""
    return not (train.in_memory and other.in_memory) and len(train) + len(other) > MOST_FILES


def shared(train: Split, other: Split, between: Callable[[], None] = lambda: None) -> int:
    """How many images of `other` are in `train` too: pixel by pixel in memory, byte by byte in files."""
    if isinstance(train, MemorySplit) and isinstance(other, MemorySplit):
        return _in_both(_pixels(train), _pixels(other), between)
    if not (isinstance(train, FileSplit) and isinstance(other, FileSplit)):
        return 0
    sizes = [Counter(path.stat().st_size for path in split.paths) for split in (train, other)]
    return _in_both(_contents(train, sizes[1]), _contents(other, sizes[0]), between)


def _in_both(ours: Iterable[bytes], theirs: Iterable[bytes], between: Callable[[], None]) -> int:
    known = {_digest(image, between) for image in ours}
    return sum(_digest(image, between) in known for image in theirs)


def _digest(image: bytes, between: Callable[[], None]) -> bytes:
    between()
    return hashlib.blake2b(image, digest_size=16).digest()


def _pixels(split: MemorySplit) -> Iterator[bytes]:
    return (image.tobytes() for image in split.pixels.cpu().numpy())


def _contents(split: FileSplit, sizes: Counter) -> Iterator[bytes]:
    """What is in the files whose size the other side has too; only those can be the same."""
    return (path.read_bytes() for path in split.paths if path.stat().st_size in sizes)
