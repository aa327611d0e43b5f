"""Any image classifier of timm, by name: https://huggingface.co/docs/timm

Its trained weights are there under `weights`: pretrained, or a tag such as a1_in1k.
"""

from pydantic import Field

from engine.models._model import Model
from engine.models._timm import make_timm
from engine.options import PartOptions

EXAMPLES = [
    {"architecture": "test_resnet"},
    {"architecture": "test_efficientnet"},
    {"architecture": "test_vit3"},
]


class Options(PartOptions):
    architecture: str = Field(
        "resnet18",
        min_length=1,
        max_length=100,
        description="Name of the network in timm. Larger ones are more accurate and slower; most are designed for 224 "
        "pixels and are coarse on small images.",
    )


def build(options: Options, channels: int, classes: int, image_size: int) -> Model:
    """A network of timm for images (B, channels, image_size, image_size)."""
    return make_timm(options.architecture, channels, classes, image_size)
