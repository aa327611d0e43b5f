"""An upload is a picture of a known kind and a bounded size, or it is refused with a sentence before decoding."""

import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from engine.datasets._open_pictures import FORMATS
from engine.datasets._prepare import prepare
from engine.worker import picture_files


def saved(path, image, **arguments):
    image.save(path, **arguments)
    return path


def png_of_size(path, width, height, rows=b""):
    """A PNG whose header claims a size; without rows there is nothing to decode."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    return path


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
def test_accepted_kinds_are_known_by_their_bytes_not_by_their_name(kind, tmp_path):
    path = saved(tmp_path / "ein Bild 图.eps", Image.new("RGB", (20, 10), "red"), format=kind)
    picture = picture_files.read(path)
    assert picture_files.kind_of(path) == kind
    assert picture.image.mode == "RGB" and picture.image.size == (20, 10)
    assert picture.notes == []


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize(
    "content",
    [
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        b"SIMPLE  =                    T / FITS",
        b"8BPS\x00\x01" + bytes(20),
        b"%PDF-1.7\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"only text",
    ],
    ids=["eps", "fits", "psd", "pdf", "svg", "text"],
)
def test_anything_else_called_png_is_not_accepted(content, tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="type not supported"):
        picture_files.read(path)


def test_an_empty_file_is_said_to_be_empty(tmp_path):
    (tmp_path / "cat.png").write_bytes(b"")
    with pytest.raises(ValueError, match="empty"):
        picture_files.read(tmp_path / "cat.png")


@pytest.mark.parametrize("size", [(8000, 5001), (50_000, 50_000)])
def test_too_many_pixels_are_refused_before_decoding(size, tmp_path):
    path = png_of_size(tmp_path / "large.png", *size)
    with pytest.raises(ValueError, match="at most 40 million pixels"):
        picture_files.read(path)


@pytest.mark.skipif(sys.platform == "win32", reason="peak memory is read with the module resource")
def test_a_bomb_costs_no_memory(tmp_path):
    """50,000 x 50,000 black-and-white pixels, 300 kB on disk, 2.5 GB decoded."""
    row = zlib.compress(bytes((50_000 // 8 + 1) * 50_000), 9)
    path = png_of_size(tmp_path / "bomb.png", 50_000, 50_000, row)
    script = (
        "import resource, sys; from pathlib import Path; from engine.worker import picture_files\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: picture_files.read(Path(sys.argv[1]))\n"
        "except ValueError as error: print(error, file=sys.stderr)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    assert "40 million" in done.stderr
    grown = int(done.stdout) * (1 if sys.platform == "darwin" else 1024)
    assert grown < 50_000_000


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
def test_a_cut_file_is_said_to_be_damaged(kind, tmp_path):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 60, 3), dtype=np.uint8))
    path = saved(tmp_path / "whole", noise, format=kind)
    for length in (30, 300):
        (tmp_path / "cut").write_bytes(path.read_bytes()[:length])
        with pytest.raises(ValueError, match=f"like {kind}.*damaged"):
            picture_files.read(tmp_path / "cut")


@pytest.mark.usefixtures("nothing_runs")
def test_a_damaged_file_is_not_offered_to_other_decoders(tmp_path, monkeypatch):
    """Pillow tries all it has, Ghostscript too, unless it is told which one the first bytes named."""
    tried = []
    monkeypatch.setitem(Image.OPEN, "TRAP", (lambda *arguments: tried.append(arguments), None))
    monkeypatch.setattr(Image, "ID", [*Image.ID, "TRAP"])
    (tmp_path / "cat.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    with pytest.raises(ValueError, match="damaged"):
        picture_files.read(tmp_path / "cat.png")
    assert not tried


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photograph_comes_out_upright(orientation, tmp_path):
    """A red corner that must be top left, stored turned in each of the eight ways a camera can."""
    upright = Image.new("RGB", (48, 32), "blue")
    upright.paste("red", (0, 0, 16, 16))
    undo = [None, None, 0, 3, 1, 5, 2, 6, 4][orientation]  # Pillow's transpositions that store it so
    stored = upright if undo is None else upright.transpose(Image.Transpose(undo))
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = picture_files.read(saved(tmp_path / "photo.jpg", stored, quality=95, exif=exif))
    assert picture.image.size == (48, 32)
    assert picture.image.getpixel((4, 4))[0] > 200 and picture.image.getpixel((40, 28))[2] > 200
    assert picture.notes == ([] if orientation == 1 else ["turned_upright"])


UNUSUAL = {
    "CMYK": (Image.new("CMYK", (24, 16), (0, 255, 255, 0)), "JPEG", (254, 0, 0), ["cmyk"]),
    "16-bit grey": (Image.fromarray(np.full((16, 24), 0x8012, np.uint16)), "PNG", (128, 128, 128), ["sixteen_bit"]),
    "LA": (Image.new("LA", (24, 16), (0, 0)), "PNG", (255, 255, 255), ["transparency_on_white"]),
    "RGBA": (Image.new("RGBA", (24, 16), (0, 0, 0, 128)), "PNG", (127, 127, 127), ["transparency_on_white"]),
    "1-bit": (Image.new("1", (24, 16), 1), "PNG", (255, 255, 255), []),
    "palette": (Image.new("RGB", (24, 16), (0, 255, 0)).quantize(4), "PNG", (0, 255, 0), []),
    "grey": (Image.new("L", (24, 16), 77), "PNG", (77, 77, 77), []),
}


@pytest.mark.parametrize("name", UNUSUAL)
@pytest.mark.parametrize("channels", [1, 3])
def test_unusual_modes_follow_the_rule_and_training_sees_the_same(name, channels, tmp_path):
    image, kind, colour, notes = UNUSUAL[name]
    path = saved(tmp_path / "picture", image, format=kind)
    picture = picture_files.read(path)
    assert np.abs(np.subtract(picture.image.getpixel((5, 5)), colour)).max() <= 1
    assert picture.notes == notes
    with Image.open(path) as original:
        trained_on = prepare(original, 8, channels)[0].int()
    assert (prepare(picture.image, 8, channels)[0].int() - trained_on).abs().max() <= (1 if name == "CMYK" else 0)


def test_a_transparent_palette_is_laid_on_white(tmp_path):
    image = Image.new("P", (24, 16), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    path = saved(tmp_path / "palette.png", image, transparency=0)
    picture = picture_files.read(path)
    assert picture.image.getpixel((0, 0)) == (255, 255, 255)
    assert picture.notes == ["transparency_on_white"]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_used_and_said(kind, tmp_path):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue")]
    path = tmp_path / "moving"
    frames[0].save(path, format=kind, save_all=True, append_images=frames[1:], duration=100, lossless=True)
    picture = picture_files.read(path)
    assert picture.image.getpixel((10, 10)) == (255, 0, 0)
    assert "first_frame" in picture.notes


def test_an_upload_may_be_what_a_data_set_may_hold():
    assert set(picture_files.MAGIC) == set(FORMATS)
