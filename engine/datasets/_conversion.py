"""Every kind of pixel that a picture file can hold, as 8-bit grey or RGB, by one rule for training, uploads and all.

8 bits a channel stay as they are; black and white become 0 and 255; palettes, CMYK, YCbCr, HSV and LAB their colours in
RGB. Of 16 bits a channel (and of 12) the upper eight count. Floating point is black at 0 and white at 1. Transparent
places lie on white. What has no known range is refused: whole numbers with a sign or of 32 bits, and floating point
beyond 0 to 1.
"""

import numpy as np
from PIL import ExifTags, Image, ImageOps

BITS_PER_SAMPLE, PHOTOMETRIC = ExifTags.Base.BitsPerSample, ExifTags.Base.PhotometricInterpretation
WHITE_IS_ZERO = 0
ORIENTATION = ExifTags.Base.Orientation


class NoRule(ValueError):
    """Pixels that no rule makes 8-bit ones of; the text says what they are."""


def converted(image: Image.Image, channels: int) -> Image.Image:
    """The picture upright, in grey (1 channel) or RGB (3 channels). Raises NoRule where its range is not known."""
    assert channels in (1, 3), channels
    image = ImageOps.exif_transpose(_with_eight_bits(image))
    if image.mode in ("LAB", "HSV"):  # which have no way to grey of their own
        image = image.convert("RGB")
    if image.has_transparency_data:
        image = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("L" if channels == 1 else "RGB")


def _with_eight_bits(image: Image.Image) -> Image.Image:
    if image.mode == "F":
        grey = _from_floats(image)
    elif image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM"):
        grey = _upper_byte(image)  # Pillow spreads those of a PPM over 16 bits, too
    elif image.mode == "I":
        raise NoRule("whole numbers with a sign or of 32 bits, whose range is not known")
    else:
        return image
    if getattr(image, "tag_v2", {}).get(PHOTOMETRIC) == WHITE_IS_ZERO:  # which Pillow heeds up to 8 bits
        grey = 255 - grey
    result = Image.fromarray(grey)
    result.getexif()[ORIENTATION] = image.getexif().get(ORIENTATION, 1)
    return result


def _upper_byte(image: Image.Image) -> np.ndarray:
    bits = getattr(image, "tag_v2", {}).get(BITS_PER_SAMPLE, (16,))[0]
    values = np.asarray(image).astype(np.int64)
    grey = (values >> (bits - 8)).astype(np.uint8)
    if "transparency" in image.info:
        grey[values == image.info["transparency"]] = 255
    return grey


def _from_floats(image: Image.Image) -> np.ndarray:
    values = np.asarray(image)
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= 1):  # also where one is not a number
        raise NoRule(f"floating-point values from {low:g} to {high:g}, not within 0 to 1")
    return (values * 255).round().astype(np.uint8)
