"""A picture that was not copied whole is refused, though decoders make grey or noise of what is missing."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.datasets import _overwritten
from engine.datasets._dataset import decode
from engine.datasets._files import check_head
from engine.worker import picture_files

NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)).resize((400, 300))
WHITE = Image.new("RGB", (800, 800), "white")
KINDS = {
    "baseline": {"format": "JPEG"},
    "progressive": {"format": "JPEG", "progressive": True},
    "optimised": {"format": "JPEG", "optimize": True},
    "full colour": {"format": "JPEG", "subsampling": 0},
    "WebP": {"format": "WEBP", "quality": 95},
    "PNG": {"format": "PNG"},
    "GIF": {"format": "GIF"},
}


def saved(image: Image.Image, **how: object) -> bytes:
    content = io.BytesIO()
    image.save(content, **how)
    return content.getvalue()


@pytest.fixture
def picture(tmp_path: Path):
    """Write bytes to a file, and say whether a training, the check before it, and an upload take it."""

    def takes(raw: bytes) -> list[bool]:
        path = tmp_path / "cat.jpg"
        path.write_bytes(raw)
        is_sound = check_head(path) is None
        return [is_sound and succeeds(decode, path, 8, 3), is_sound, succeeds(picture_files.read, path)]

    return takes


def succeeds(read, *arguments: object) -> bool:
    try:
        read(*arguments)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_file_that_ends_in_zeros_or_too_early_is_refused(kind: str, share: float, picture) -> None:
    raw = saved(NOISE, **KINDS[kind])
    cut = raw[: int(share * len(raw))]
    for damaged in (cut, cut + bytes(len(raw) - len(cut))):
        training, _, upload = picture(damaged)
        assert not training and not upload, (kind, share, len(damaged))
    if KINDS[kind]["format"] == "JPEG":
        assert not picture(cut + bytes(len(raw) - len(cut)))[1]  # before the start, too


@pytest.mark.parametrize("kind", ["baseline", "full colour"])
def test_zeros_in_the_middle_are_refused(kind: str, picture) -> None:
    raw = saved(NOISE, **KINDS[kind])
    training, _, upload = picture(raw[:6000] + bytes(1024) + raw[7024:])
    assert not training and not upload


@pytest.mark.parametrize("image", [NOISE, WHITE, WHITE.convert("L"), Image.new("RGB", (800, 800))])
@pytest.mark.parametrize("kind", KINDS)
def test_whole_files_are_taken_also_with_something_after_their_end(kind: str, image: Image.Image, picture) -> None:
    """Optimised white is nothing but zeros; phones append a film, some programs fill a block with zeros."""
    raw = saved(image, **KINDS[kind])
    assert picture(raw) == [True] * 3, kind
    if KINDS[kind]["format"] == "JPEG":
        assert picture(raw + bytes(5000)) == picture(raw + b"film" * 900) == [True] * 3


@pytest.mark.parametrize("kind", ["baseline", "progressive", "full colour"])
def test_the_markers_of_a_file_are_walked_only_where_zeros_are_in_it(kind: str, picture, monkeypatch) -> None:
    """Every image of every epoch is looked at, so it must cost far less than decoding."""
    monkeypatch.setattr(_overwritten, "MARKER", None)
    raw = saved(NOISE, **KINDS[kind])
    assert picture(raw) == [True] * 3
    with pytest.raises(AttributeError):
        picture(raw[:6000] + bytes(1024) + raw[7024:])


def test_a_preview_within_a_photograph_does_not_end_it(picture) -> None:
    small = saved(NOISE.resize((40, 30)), format="JPEG")
    raw = saved(NOISE, format="JPEG", exif=b"Exif\0\0" + small)
    assert picture(raw) == [True] * 3 and picture(raw[:20_000] + bytes(len(raw) - 20_000)) == [False] * 3
