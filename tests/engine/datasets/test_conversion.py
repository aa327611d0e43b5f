"""Every kind of pixel arrives as what it shows: a ramp from black to white stays one, in training as in an upload."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.datasets import _files
from engine.datasets._conversion import NoRule, converted
from engine.datasets._dataset import decode
from engine.messages.coded_error import CodedError
from engine.worker import picture_files

SIDE = 16
RAMP = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)  # 0 to 255
WIDE = (RAMP * 257).astype(">u2")  # 0 to 65,535


def png(pixels: np.ndarray, colour: int, more: bytes = b"") -> bytes:
    """A PNG with 16 bits a channel. colour: 0 grey, 2 RGB, 4 grey with alpha, 6 RGB with alpha."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 16, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


def tiff(pixels: bytes, bits: int, photometric: int = 1, kind: int = 1, channels: int = 1, order: str = "<") -> bytes:
    """An uncompressed TIFF of one strip. kind: 1 unsigned, 2 signed, 3 floating point."""
    tags = {256: SIDE, 257: SIDE, 258: bits, 259: 1, 262: photometric, 273: 8, 277: channels, 278: SIDE,
            279: len(pixels), 339: kind}  # fmt: skip
    counts = dict.fromkeys(tags, 1)
    directory = 8 + len(pixels)
    extra = directory + 2 + 12 * len(tags) + 4
    body = struct.pack(f"{order}H", len(tags))
    tail = b""
    for tag, value in tags.items():
        if tag in (258, 339) and channels > 1:
            body += struct.pack(f"{order}HHII", tag, 3, channels, extra + len(tail))
            tail += struct.pack(f"{order}{channels}H", *[value] * channels)
        else:
            body += struct.pack(f"{order}HHII", tag, 4, counts[tag], value)
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, directory)
    return head + pixels + body + struct.pack(f"{order}I", 0) + tail


def twelve_bits() -> bytes:
    """Two values in three bytes."""
    values = (RAMP * 4095 // 255).astype(np.uint16).reshape(-1, 2)
    high, low = values[:, 0], values[:, 1]
    return np.stack([high >> 4, (high & 15) << 4 | low >> 8, low & 255], axis=1).astype(np.uint8).tobytes()


def pnm(kind: str, most: int, pixels: bytes) -> bytes:
    return f"{kind}\n{SIDE} {SIDE}\n{most}\n".encode() + pixels


def pillow(image: Image.Image, **more: object) -> bytes:
    content = io.BytesIO()
    image.save(content, **more)
    return content.getvalue()


NONE = Image.new("L", (SIDE, SIDE))
GREY = Image.fromarray(RAMP.astype(np.uint8))
THREE = np.repeat(WIDE[:, :, None], 3, axis=2)
ALPHA = np.full((SIDE, SIDE, 1), 65535, ">u2")
FLOATS = (RAMP / 255).astype("<f4")
RAMPS = {  # files that show the ramp
    "PNG, 8 bits": pillow(GREY, format="PNG"),
    "PNG, 16 bits": png(WIDE, 0),
    "PNG, 16 bits, RGB": png(THREE, 2),
    "PNG, 16 bits, grey with alpha": png(np.concatenate([WIDE[:, :, None], ALPHA], axis=2), 4),
    "PNG, 16 bits, RGB with alpha": png(np.concatenate([THREE, ALPHA], axis=2), 6),
    "PNG, palette": pillow(GREY.convert("P"), format="PNG"),
    "BMP": pillow(GREY, format="BMP"),
    "GIF": pillow(GREY, format="GIF"),
    "WebP": pillow(GREY.convert("RGB"), format="WEBP", lossless=True),
    "PGM, 8 bits": pnm("P5", 255, RAMP.astype(np.uint8).tobytes()),
    "PGM, 16 bits": pnm("P5", 65535, WIDE.tobytes()),
    "PGM, 12 of 16 bits": pnm("P5", 4095, (RAMP * 4095 / 255).round().astype(">u2").tobytes()),
    "PGM, 16 bits in words": pnm("P2", 65535, " ".join(map(str, WIDE.ravel())).encode()),
    "PPM, 8 bits": pnm("P6", 255, np.repeat(RAMP.astype(np.uint8).ravel(), 3).tobytes()),
    "PPM, 16 bits": pnm("P6", 65535, THREE.tobytes()),
    "PFM": f"Pf\n{SIDE} {SIDE}\n-1.0\n".encode() + FLOATS[::-1].tobytes(),
    "TIFF, 8 bits": tiff(RAMP.astype(np.uint8).tobytes(), 8),
    "TIFF, 8 bits, white is zero": tiff((255 - RAMP).astype(np.uint8).tobytes(), 8, photometric=0),
    "TIFF, 12 bits": tiff(twelve_bits(), 12),
    "TIFF, 16 bits": tiff(WIDE.astype("<u2").tobytes(), 16),
    "TIFF, 16 bits, Motorola": tiff(WIDE.tobytes(), 16, order=">"),
    "TIFF, 16 bits, white is zero": tiff((65535 - WIDE.astype("<u2")).tobytes(), 16, photometric=0),
    "TIFF, 16 bits, RGB": tiff(THREE.astype("<u2").tobytes(), 16, photometric=2, channels=3),
    "TIFF, floating point": tiff(FLOATS.tobytes(), 32, kind=3),
    "TIFF, floating point, white is zero": tiff((1 - FLOATS).tobytes(), 32, photometric=0, kind=3),
    "TIFF, CMYK": pillow(Image.merge("CMYK", [NONE, NONE, NONE, GREY.point(lambda v: 255 - v)]), format="TIFF"),
}  # fmt: skip
REFUSED = {
    "TIFF, 16 bits with a sign": tiff(WIDE.astype("<i2").tobytes(), 16, kind=2),
    "TIFF, 32 bits": tiff(RAMP.astype("<u4").tobytes(), 32),
    "TIFF, 32 bits with a sign": tiff(RAMP.astype("<i4").tobytes(), 32, kind=2),
    "TIFF, floating point beyond 1": tiff((FLOATS * 300).tobytes(), 32, kind=3),
    "TIFF, floating point below 0": tiff((FLOATS - 0.5).tobytes(), 32, kind=3),
    "TIFF, not a number": tiff(np.where(FLOATS > 0.5, np.nan, FLOATS).astype("<f4").tobytes(), 32, kind=3),
    "PFM beyond 1": f"Pf\n{SIDE} {SIDE}\n-1.0\n".encode() + (FLOATS * 255).tobytes(),
}


@pytest.mark.parametrize("name", RAMPS)
def test_a_ramp_stays_a_ramp(name: str, tmp_path: Path) -> None:
    path = tmp_path / "ramp"
    path.write_bytes(RAMPS[name])
    grey, colours = decode(path, SIDE, 1), decode(path, SIDE, 3)
    assert np.abs(grey[0].numpy().astype(int) - RAMP).max() <= 1, name
    assert torch.equal(colours, colours[:1].expand(3, -1, -1)) and torch.equal(colours[0], grey[0])
    assert _files.check_head(path) is None
    picture = picture_files.read(path)
    assert np.array_equal(np.asarray(picture.image)[:, :, 0], grey[0].numpy())
    assert ("sixteen_bit" in picture.notes) == ("16 bits" in name and "PPM" not in name)


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_known_range_is_refused_before_and_while_it_is_used(name: str, tmp_path: Path) -> None:
    path = tmp_path / "numbers.tif"
    path.write_bytes(REFUSED[name])
    with pytest.raises(ValueError) as refused:
        decode(path, SIDE, 3)
    for told in (str(refused.value), _files.check_head(path)):
        assert "numbers.tif has " in told and "save it with 8 or 16 bits a channel under the same name, or" in told, (
            told
        )


def test_every_mode_that_pillow_knows_is_converted_or_refused() -> None:
    """Whether a file can bring it or not: white stays white, in grey as in colours."""
    white = {"HSV": (0, 0, 255), "LAB": (255, 128, 128), "YCbCr": (255, 128, 128), "CMYK": (0, 0, 0, 0), "F": 1.0,
             "1": 1, "I;16": 65535, "I;16B": 65535, "I;16L": 65535, "I;16N": 65535, "LA": (255, 255),
             "La": (255, 255)}  # fmt: skip
    for mode in ("1", "L", "RGB", "RGBA", "RGBX", "RGBa", "LA", "La", "CMYK", "YCbCr", "LAB", "HSV", "F",
                 "I;16", "I;16B", "I;16L", "I;16N"):  # fmt: skip
        image = Image.new(mode, (4, 4), white.get(mode, (255,) * len(mode)))
        pictures = [image, image.convert("P"), image.convert("PA")] if mode in ("RGB", "RGBA") else [image]
        for channels in (1, 3):
            for picture in pictures:
                pixels = np.asarray(converted(picture, channels))
                assert pixels.dtype == np.uint8 and pixels.min() >= 254, (picture.mode, channels)
    with pytest.raises(NoRule):
        converted(Image.new("I", (4, 4), 255), 3)


def test_the_transparent_grey_of_sixteen_bits_lies_on_white(tmp_path: Path) -> None:
    key = struct.pack(">I", 2) + b"tRNS" + WIDE[0, 3].tobytes()
    path = tmp_path / "clear.png"
    path.write_bytes(png(WIDE, 0, key + struct.pack(">I", zlib.crc32(key[4:]))))
    grey = decode(path, SIDE, 1)[0]
    assert grey[0, :5].tolist() == [0, 1, 2, 255, 4]


def test_an_upload_without_a_known_range_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "upload").write_bytes(REFUSED["TIFF, 32 bits"])
    with pytest.raises(CodedError, match=r"the image has whole numbers .* save it with 8 or 16 bits"):
        picture_files.read(tmp_path / "upload")


@pytest.mark.parametrize("mode", ["I;16", "L"])
def test_a_photograph_of_sixteen_bits_is_turned_upright_too(mode: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    image = Image.fromarray(WIDE.astype("<u2")) if mode == "I;16" else GREY
    image.save(tmp_path / "turned.png", exif=exif)
    image.save(tmp_path / "turned.tif", exif=exif)
    for path in tmp_path.iterdir():
        assert np.array_equal(decode(path, SIDE, 1)[0].numpy(), RAMP[::-1, ::-1]), path
