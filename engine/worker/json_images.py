"""Pictures and arrays as text, so that they fit into one line of JSON."""

import base64
import io
import math
from typing import Any

from PIL import Image
from torch import Tensor

from engine.maps.gates import map_kind


def png(image: Image.Image) -> str:
    """The picture as a PNG in base64."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def picture(pixels: Tensor) -> Image.Image:
    """uint8 (C, H, W), grey or RGB, as a picture."""
    array = pixels.permute(1, 2, 0).numpy()
    return Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array)


def packed(array: Tensor) -> str:
    """Little-endian float32 in base64: a browser reads it as it is."""
    return base64.b64encode(array.contiguous().numpy().astype("<f4").tobytes()).decode("ascii")


def about(gate: Tensor, scale: float = 1.0) -> dict[str, Any]:
    """min, max, mean (null where they are no numbers) and the word for it: varies, flat or non_finite."""
    figures = {"min": gate.min().item(), "max": gate.max().item(), "mean": gate.mean().item()}
    return {key: value if math.isfinite(value) else None for key, value in figures.items()} | {
        "word": map_kind(gate, scale)
    }


def grid(gate: Tensor, scale: float = 1.0) -> dict[str, Any]:
    """A map (h, w) in its own resolution, and what can be said of it; no data where it is not finite."""
    said = about(gate, scale)
    return {"shape": list(gate.shape), "data": None if said["word"] == "non_finite" else packed(gate)} | said
