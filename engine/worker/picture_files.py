"""Pictures that a person uploads: checked before anything is decoded, then turned into one plain upright image.

How unusual files are converted is said in the notes: the first frame of an animation; turned as the camera's EXIF
orientation says; pixels as datasets/_conversion.py has the rule, the same that images of a training set go through.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from PIL import ExifTags, Image

from engine.datasets import _overwritten
from engine.datasets._conversion import NoRule, converted
from engine.datasets._open_pictures import DAMAGED, TooLarge, opened
from engine.messages.coded_error import CodedError

# The formats of data sets, by their first bytes.
MAGIC: dict[str, Callable[[bytes], bool]] = {
    "PNG": lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
    "JPEG": lambda head: head.startswith(b"\xff\xd8\xff"),
    "WEBP": lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
    "BMP": lambda head: head.startswith(b"BM"),
    "GIF": lambda head: head.startswith((b"GIF87a", b"GIF89a")),
    "PPM": lambda head: head[:2] in (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf") and head[2:3].isspace(),
    "TIFF": lambda head: head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
}


class Picture(NamedTuple):
    """image: upright RGB. notes: what was done to the file (first_frame, turned_upright, transparency_on_white ...)."""

    image: Image.Image
    notes: list[str]


def read(path: Path) -> Picture:
    """The picture in an uploaded file.

    Raises CodedError, a sentence for a person, if the type is not accepted, the picture has more than 40 million
    pixels (known before it is decoded), or the file is damaged.
    """
    kind = kind_of(path)
    with _damage_said(kind), opened(path, (kind,)) as image:
        image.verify()
    with _damage_said(kind), opened(path, (kind,)) as image:
        _overwritten.refuse(path, image)
        has_sixteen_bits = ";16" in str(getattr(image, "tile", "")) or image.mode == "I"
        image.load()
        return Picture(converted(image, 3), list(_notes(image, has_sixteen_bits)))


def kind_of(path: Path) -> str:
    """The kind of a picture, by the first bytes; the name of the file decides nothing."""
    with open(path, "rb") as file:
        head = file.read(16)
    if not head:
        raise CodedError("upload_empty")
    for kind, begins in MAGIC.items():
        if begins(head):
            return kind
    raise CodedError("upload_type")


@contextmanager
def _damage_said(kind: str) -> Iterator[None]:
    try:
        yield
    except TooLarge as error:
        raise CodedError("upload_large", size=str(error)) from error
    except NoRule as error:
        raise CodedError("upload_range", said=str(error)) from error
    except DAMAGED as error:
        raise CodedError("upload_damaged", kind=kind) from error


def _notes(image: Image.Image, has_sixteen_bits: bool) -> Iterator[str]:
    if getattr(image, "is_animated", False):
        yield "first_frame"
    if image.getexif().get(ExifTags.Base.Orientation, 1) in range(2, 9):
        yield "turned_upright"
    if image.has_transparency_data:
        yield "transparency_on_white"
    if has_sixteen_bits:
        yield "sixteen_bit"
    if image.mode == "F":
        yield "floating_point"
    if image.mode == "CMYK":
        yield "cmyk"
