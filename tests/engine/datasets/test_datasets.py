"""Data sets have the sizes they claim, can be reduced evenly, and show every picture upright, centred and whole."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch
from filelock import FileLock
from PIL import Image

from engine.datasets import _torchvision, clothing, digits, fashion_mnist, mnist
from engine.datasets._dataset import Dataset, FileSplit, MemorySplit, ranks, select
from engine.datasets._idx import read_idx
from engine.datasets._prepare import prepare
from engine.options import DatasetOptions

NOWHERE = Path("no such folder")
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def silent(line: str) -> None:
    """A listener that keeps nothing."""


def quadrants(mode: str = "RGB", width: int = 40, height: int = 40) -> Image.Image:
    """A picture whose top left quarter is red, top right green, and lower half blue."""
    image = Image.new("RGB", (width, height), BLUE)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    return image.convert(mode)


def corners(pixels: torch.Tensor) -> list[tuple[int, ...]]:
    """The colours of the four corners: top left, top right, bottom left, bottom right."""
    return [tuple(pixels[:, y, x].tolist()) for y in (0, -1) for x in (0, -1)]


@pytest.mark.parametrize(
    ("part", "size", "train", "test"), [(digits, 16, 1437, [36] * 10), (clothing, 28, 5000, [100] * 10)]
)
def test_data_sets_inside_the_house_have_the_size_and_balance_they_claim(part, size, train, test) -> None:
    dataset = part.load(part.Options(), NOWHERE, silent)
    assert (len(dataset.train), dataset.image_size, dataset.channels) == (train, size, 1)
    assert dataset.test.targets.bincount().tolist() == test
    assert dataset.train.targets.bincount().min() >= 0.09 * train
    images = dataset.train.images(torch.arange(len(dataset.train)))
    assert images.dtype == torch.uint8 and images.shape == (train, 1, size, size)
    assert (images.min(), images.max()) == (0, 255)
    pixels = images / 255
    assert pixels.mean().item() == pytest.approx(dataset.mean[0], abs=0.002)
    assert pixels.std().item() == pytest.approx(dataset.std[0], abs=0.002)
    assert len(dataset.classes) == 10 and not NOWHERE.exists()


@pytest.mark.parametrize("part", [digits, clothing])
def test_no_test_image_is_a_training_image(part) -> None:
    dataset = part.load(part.Options(), NOWHERE, silent)
    train = {image.numpy().tobytes() for image in dataset.train.images(torch.arange(len(dataset.train)))}
    test = {image.numpy().tobytes() for image in dataset.test.images(torch.arange(len(dataset.test)))}
    assert not train & test and len(test) > 350


debian = pytest.mark.skipif(
    not Path(fashion_mnist.DEBIAN_FOLDER).is_dir(), reason="dataset-fashion-mnist is not installed"
)


@debian
def test_clothing_is_the_seeded_choice_from_fashion_mnist_that_its_readme_tells() -> None:
    everything = fashion_mnist.load(fashion_mnist.Options(), NOWHERE, silent)
    few = clothing.load(clothing.Options(), NOWHERE, silent)
    assert few.classes == everything.classes
    random = np.random.default_rng(2017)
    for own, source, count in ((few.train, everything.train, 500), (few.test, everything.test, 100)):
        labels = source.targets.numpy()
        chosen = [np.sort(random.choice(np.flatnonzero(labels == k), count, replace=False)) for k in range(10)]
        indices = torch.from_numpy(np.concatenate(chosen))
        assert torch.equal(own.targets, source.targets[indices])
        assert torch.equal(own.images(torch.arange(len(own))), source.images(indices))


@debian
def test_fashion_mnist_is_read_where_debian_put_it() -> None:
    dataset = fashion_mnist.load(fashion_mnist.Options(), NOWHERE, silent)
    assert dataset.train.targets.bincount().tolist() == [6000] * 10
    assert dataset.test.targets.bincount().tolist() == [1000] * 10


def tiny() -> Dataset:
    """Class k of a, b, c has 2, 6, 10 training and 2 test images, whose pixels are the number of the image."""
    targets = torch.tensor([0] * 2 + [1] * 6 + [2] * 10)[torch.randperm(18, generator=torch.Generator().manual_seed(3))]
    pixels = torch.arange(18, dtype=torch.uint8)[:, None, None, None]
    test = MemorySplit(torch.zeros(6, 1, 1, 1, dtype=torch.uint8), torch.tensor([0, 0, 1, 1, 2, 2]))
    return Dataset(MemorySplit(pixels, targets), test, ["a", "b", "c"], [0.0], [1.0], 1, 1)


def test_without_wishes_a_data_set_stays_as_it_is() -> None:
    dataset = tiny()
    assert select(dataset, DatasetOptions()) is dataset
    assert select(dataset, DatasetOptions(limit=18)).train is dataset.train


def test_chosen_classes_are_numbered_in_the_order_of_the_choice() -> None:
    before, after = tiny(), select(tiny(), DatasetOptions(classes=["c", "a"]))
    assert after.classes == ["c", "a"]
    assert after.train.targets.bincount().tolist() == [10, 2] and after.test.targets.bincount().tolist() == [2, 2]
    for number, target in zip(after.train.images(torch.arange(12)).flatten(), after.train.targets, strict=True):
        assert after.classes[target] == before.classes[before.train.targets[number.long()]]


@pytest.mark.parametrize(("limit", "expected"), [(3, [1, 1, 1]), (6, [2, 2, 2]), (8, [2, 3, 3]), (15, [2, 6, 7])])
def test_a_limit_draws_evenly_until_a_class_is_used_up(limit: int, expected: list[int]) -> None:
    reduced = select(tiny(), DatasetOptions(limit=limit))
    assert reduced.train.targets.bincount().tolist() == expected
    assert len(reduced.test) == 6


def test_a_limit_draws_the_same_images_every_time_and_a_larger_one_keeps_them() -> None:
    drawn = [
        set(select(tiny(), DatasetOptions(limit=limit)).train.images(torch.arange(limit)).flatten().tolist())
        for limit in (6, 6, 9)
    ]
    assert drawn[0] == drawn[1] < drawn[2]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"classes": ["a", "bb"]}, "classes: 'bb' is unknown; did you mean 'b'? known: a, b, c"),
        ({"classes": ["a", "b", "a"]}, "'a' stands there twice"),
        ({"classes": ["a"]}, "choose at least two"),
        ({"limit": 2}, "limit 2 is too small: at least one image for each of the 3 classes"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(options: dict, words: str) -> None:
    with pytest.raises(ValueError) as error:
        select(tiny(), DatasetOptions(**options))
    assert words in str(error.value)


def test_ranks_number_each_class_on_its_own() -> None:
    targets = tiny().train.targets
    for k, count in enumerate((2, 6, 10)):
        assert sorted(ranks(targets)[targets == k].tolist()) == list(range(count))


def test_a_picture_is_cut_to_its_centre_and_the_box_says_where() -> None:
    for width, height, box in ((40, 40, (0, 0, 40, 40)), (60, 40, (10, 0, 50, 40)), (41, 60, (0, 9, 41, 50))):
        pixels, kept = prepare(quadrants(width=width, height=height), 8, 3)
        assert kept == box and pixels.shape == (3, 8, 8) and pixels.dtype == torch.uint8
        assert corners(pixels) == [RED, GREEN, BLUE, BLUE]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_shown_upright_whatever_its_orientation(orientation: int, tmp_path: Path) -> None:
    """The stored picture is the upright one turned or mirrored back; the box counts in upright pixels."""
    back = {
        1: [], 2: [Image.Transpose.FLIP_LEFT_RIGHT], 3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM], 5: [Image.Transpose.TRANSPOSE], 6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE], 8: [Image.Transpose.ROTATE_270],
    }  # fmt: skip
    stored = quadrants(width=60, height=40)
    for step in back[orientation]:
        stored = stored.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "photo.png", exif=exif)
    with Image.open(tmp_path / "photo.png") as image:
        pixels, box = prepare(image, 8, 3)
    assert corners(pixels) == [RED, GREEN, BLUE, BLUE] and box == (10, 0, 50, 40)


def test_grey_pictures_become_rgb_and_colours_become_grey() -> None:
    grey = Image.new("L", (10, 10), 77)
    assert prepare(grey, 4, 3)[0].unique().tolist() == [77] and prepare(grey, 4, 3)[0].shape == (3, 4, 4)
    assert prepare(Image.new("RGB", (10, 10), (90, 90, 90)), 4, 1)[0].tolist() == [[[90] * 4] * 4]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_pixels_lie_on_white(mode: str) -> None:
    if mode == "P":
        image = Image.new("P", (4, 4), 0)
        image.putpalette([0, 0, 0] * 256)
        image.info["transparency"] = 0
    else:
        image = Image.new(mode, (4, 4), 0)
    assert prepare(image, 4, 3)[0].unique().tolist() == [255]
    assert prepare(image, 4, 1)[0].unique().tolist() == [255]


def test_sixteen_bit_greys_keep_their_shades() -> None:
    image = Image.fromarray(np.array([[0, 0x4000], [0x8000, 0xFFFF]], dtype=np.uint16))
    assert prepare(image, 2, 1)[0].flatten().tolist() == [0, 0x40, 0x80, 0xFF]


def test_a_data_set_prepares_pictures_for_its_networks() -> None:
    dataset = digits.load(digits.Options(), NOWHERE, silent)
    pixels, box = dataset.prepare(quadrants(width=60))
    assert pixels.shape == (1, 16, 16) and box == (10, 0, 50, 40)


def test_files_and_memory_give_the_same_images(tmp_path: Path) -> None:
    paths = [tmp_path / f"图 {number}.png" for number in range(4)]
    for number, path in enumerate(paths):
        quadrants(width=30 + number).save(path)
    split = FileSplit(paths, torch.arange(4), 8, 3)
    indices = torch.tensor([3, 1])
    expected = torch.stack([prepare(quadrants(width=33), 8, 3)[0], prepare(quadrants(width=31), 8, 3)[0]])
    assert torch.equal(split.images(indices), expected) and not split.in_memory
    assert torch.equal(split.subset(indices).images(torch.arange(2)), expected)
    assert split.subset(indices).targets.tolist() == [3, 1]


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()


@pytest.mark.parametrize("compress", [gzip.compress, bytes])
def test_idx_files_are_read_whole_or_refused(compress, tmp_path: Path) -> None:
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    path = tmp_path / ("a.gz" if compress is gzip.compress else "a")
    path.write_bytes(compress(idx(array)))
    assert read_idx(path).tolist() == array.tolist()
    for broken in (
        compress(idx(array)[:-1]),
        compress(b""),
        compress(b"\0\0\x0d\1" + bytes(4)),
        path.read_bytes()[:20],
    ):
        path.write_bytes(broken)
        with pytest.raises(ValueError, match="fetch it again"):
            read_idx(path)


class Tiny(_torchvision.MNIST):
    """A data set of torchvision in miniature, whose address the tests choose."""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands in for the web, with the four files of the tiny data set."""
    folder = tmp_path / "web site"
    folder.mkdir()
    resources = []
    for prefix, count in (("train", 20), ("t10k", 10)):
        images, labels = np.full((count, 28, 28), 9, np.uint8), np.arange(count, dtype=np.uint8) % 10
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            path = folder / f"{prefix}-{kind}-ubyte.gz"
            path.write_bytes(gzip.compress(idx(array)))
            resources.append((path.name, _torchvision.hashlib.md5(path.read_bytes()).hexdigest()))
    monkeypatch.setattr(Tiny, "resources", resources)
    monkeypatch.setattr(Tiny, "mirrors", ["file:///nowhere/", folder.as_uri() + "/"])
    return folder


def test_a_download_tells_its_progress_and_happens_once(site: Path, tmp_path: Path) -> None:
    data, lines = tmp_path / "数据 data", []
    train, test, _ = _torchvision.load_splits(Tiny, data, lines.append, "1 kB")
    assert train.images(torch.arange(20)).shape == (20, 1, 28, 28)
    assert test.targets.tolist() == list(range(10))
    assert any(site.as_uri() in line for line in lines) and any("100 %" in line for line in lines)
    for path in site.iterdir():
        path.unlink()
    lines.clear()
    assert len(_torchvision.load_splits(Tiny, data, lines.append, "1 kB")[0]) == 20 and not lines


def test_files_fetched_by_hand_are_used(site: Path, tmp_path: Path) -> None:
    raw, lines = tmp_path / "data" / "Tiny" / "raw", []
    raw.mkdir(parents=True)
    for path in site.iterdir():
        path.rename(raw / path.name)
    assert len(_torchvision.load_splits(Tiny, tmp_path / "data", lines.append, "1 kB")[0]) == 20 and not lines


@pytest.mark.parametrize("fault", ["missing", "damaged"])
def test_a_failed_download_says_what_to_do_by_hand_and_leaves_nothing_half_done(
    fault: str, site: Path, tmp_path: Path
) -> None:
    labels = site / "t10k-labels-idx1-ubyte.gz"
    labels.unlink() if fault == "missing" else labels.write_bytes(b"half")
    with pytest.raises(ValueError) as error:
        _torchvision.load_splits(Tiny, tmp_path / "data", silent, "1 kB")
    told = str(error.value)
    assert "Tiny (1 kB) could not be downloaded into" in told and "by hand" in told
    assert labels.as_uri() in told and str(tmp_path / "data" / "Tiny" / "raw" / labels.name) in told
    assert not (tmp_path / "data" / "Tiny" / "raw" / labels.name).exists()


def test_a_second_download_waits_for_the_first(site: Path, tmp_path: Path) -> None:
    lock, lines = FileLock(tmp_path / "Tiny.lock", thread_local=False), []
    lock.acquire()

    def progress(line: str) -> None:
        lines.append(line)
        if "waiting" in line:
            lock.release()

    assert len(_torchvision.load_splits(Tiny, tmp_path, progress, "1 kB")[0]) == 20
    assert "waiting for another download" in lines[0]


def test_mnist_names_its_classes_by_their_digit(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist.datasets, "MNIST", Tiny)
    assert mnist.load(mnist.Options(), tmp_path, silent).classes == list("0123456789")
