"""Whatever is wrong with an image file, it is refused with its name, and nothing but a picture decoder looks at it."""

import io
import random
import subprocess
import threading
import time

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image

from engine.datasets import _files
from engine.datasets._dataset import decode
from engine.datasets._files import check_head
from engine.datasets._open_pictures import FORMATS
from engine.runs import reporter
from tests.engine.worker.test_picture_files import png_of_size

CHANGES = 150  # damaged files of each format


def whole(kind: str) -> list[bytes]:
    """A few sound files of a format."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 30, 3), dtype=np.uint8))
    files = []
    for mode in ("RGB", "L", "1"):
        content = io.BytesIO()
        noise.convert(mode).save(content, format=kind)
        files.append(content.getvalue())
    return files + ([b"P3\n2 2\n255\n" + b"7 " * 12, b"P1\n2 2\n0 1 1 0"] if kind == "PPM" else [])


def damaged(content: bytes, kind: str, dice: random.Random) -> bytes:
    """Cut, or with some bytes changed, most of them in its head. TIFFs are only cut: libtiff has crashed at others."""
    if kind == "TIFF" or dice.random() < 0.3:
        return content[: dice.randrange(len(content))]
    changed = bytearray(content)
    for _ in range(dice.choice((1, 2, 8))):
        place = dice.randrange(dice.choice((16, 80, len(changed)))) % len(changed)
        changed[place] = dice.choice((0, 255, dice.randrange(256)))
    return bytes(changed)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of what it then reads nevertheless
@pytest.mark.parametrize("kind", FORMATS)
def test_a_damaged_file_is_read_nevertheless_or_refused_by_its_name(kind, tmp_path):
    """Nothing but ValueError comes out of a training's reader, and the sentence says which file it is."""
    dice, refused, path = random.Random(5), 0, tmp_path / "cat 猫.png"
    for content in whole(kind):
        path.write_bytes(content)
        assert decode(path, 8, 3).shape == (3, 8, 8) and check_head(path) is None
    for _ in range(CHANGES):
        path.write_bytes(damaged(dice.choice(whole(kind)), kind, dice))
        told = check_head(path)
        assert told is None or str(path) in told
        try:
            decode(path, 8, 3)
        except ValueError as error:
            assert str(path) in str(error)
            refused += 1
    assert refused > CHANGES // 10


def test_a_number_that_is_none_in_a_ppm_names_the_file(tmp_path):
    (tmp_path / "cat.ppm").write_bytes(b"P6\n5\0 4\n255\n" + bytes(60))
    with pytest.raises(ValueError, match=r"cat\.ppm cannot be read as an image"):
        decode(tmp_path / "cat.ppm", 8, 3)


def test_no_program_is_started_for_a_file_that_is_called_an_image(tmp_path, monkeypatch):
    """Pillow hands EPS to Ghostscript, whatever the file is called."""

    def start(*arguments, **more):
        pytest.fail(f"a program was started: {arguments}")

    monkeypatch.setattr(EpsImagePlugin, "gs_binary", "gs")
    monkeypatch.setattr(subprocess, "check_call", start)
    monkeypatch.setattr(subprocess, "Popen", start)
    path = tmp_path / "cat.png"
    Image.new("RGB", (8, 8)).save(path, format="EPS")
    with pytest.raises(ValueError, match=r"cat\.png cannot be read as an image"):
        decode(path, 8, 3)
    assert "cat.png cannot be read as an image" in check_head(path)


@pytest.mark.parametrize("size", [(8000, 5001), (50_000, 50_000)])
def test_too_many_pixels_are_refused_with_the_name_before_decoding(size, tmp_path):
    path = png_of_size(tmp_path / "large.png", *size)
    with pytest.raises(ValueError, match=r"large\.png has .* pixels, and at most 40 million are decoded"):
        decode(path, 8, 3)
    assert "large.png has" in check_head(path)


def test_what_is_stopped_while_it_decodes_leaves_the_rest_undone():
    done, told = [], threading.Event()

    def work(place):
        if place:
            told.wait(60)
            time.sleep(0.001)
        done.append(place)

    def progress(line):
        told.set()
        raise reporter.Stopped("stopped_by_system")

    with pytest.raises(reporter.Stopped):
        list(_files.with_progress(10_000, work, "decoding", progress))
    assert len(done) < 10_000
