"""Opening picture files: in which formats, how large at most, and what is raised where one is damaged."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

# Without a list Pillow tries every decoder it has: for EPS it would start Ghostscript, whatever the file is called.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "PPM", "TIFF")
MOST_PIXELS = 40_000_000
# What Pillow's decoders raise on damaged files.
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error)


class TooLarge(ValueError):
    """More pixels than are decoded; the text is their number."""


@contextmanager
def opened(path: Path, formats: tuple[str, ...] = FORMATS) -> Iterator[Image.Image]:
    """The picture in a file, not decoded yet. Raises TooLarge, known from the head alone, or one of DAMAGED."""
    try:
        image = Image.open(path, formats=formats)
    except Image.DecompressionBombError as error:  # Pillow's own limit, which is higher
        raise TooLarge(f"> {2 * (Image.MAX_IMAGE_PIXELS or 0):,}") from error
    with image:
        if image.width * image.height > MOST_PIXELS:
            raise TooLarge(f"{image.width} x {image.height}")
        yield image
