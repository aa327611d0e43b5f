"""Any image classifier of torchvision, by name: https://pytorch.org/vision/stable/models.html

Its trained weights are there under `weights`: pretrained, or a name such as IMAGENET1K_V1.
"""

import re
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torchvision import models

from engine.models._library import Source, adopt, check_fit, check_name, fitting, on_meta, wants_no_weights
from engine.models._model import Model
from engine.models._structure import find_structure
from engine.options import PartOptions

EXAMPLES = [
    {"architecture": "squeezenet1_1"},
    {"architecture": "shufflenet_v2_x0_5"},
    {"architecture": "mnasnet0_5"},
    {"architecture": "resnet18", "stem": "small"},
]
OWN_SIZE = 224
WITHOUT_SIDE_HEADS = {"aux_logits": False, "init_weights": True}
OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")
SETTINGS = {"googlenet": WITHOUT_SIDE_HEADS, "inception_v3": WITHOUT_SIDE_HEADS}


class Options(PartOptions):
    architecture: str = Field(
        "resnet18",
        min_length=1,
        max_length=100,
        description="Name of the network in torchvision. Larger ones are more accurate and slower; all are designed "
        "for 224 pixels and are coarse on small images.",
    )
    stem: Literal["own", "small", "small_centre"] = Field(
        "own",
        description="For ResNets, ResNeXts and wide ResNets. own: 7x7 convolution and max pooling, a quarter of the "
        "resolution. small: a new 3x3 convolution at full resolution, random whatever weights are loaded. "
        "small_centre: the same, initialised with the rescaled centre of the trained 7x7 kernels.",
    )


def build(options: Options, channels: int, classes: int, image_size: int) -> Model:
    """A network of torchvision for images (B, channels, image_size, image_size).

    Raises ValueError if there is no such network or it does not fit the images.
    """
    name = options.architecture
    check_name(name, models.list_models(module=models), "torchvision")
    make = partial(make_network, name, options.stem)
    own_size = on_meta(make)
    with torch.device("meta"):
        structure = find_structure(own_size, torch.zeros(1, 3, OWN_SIZE, OWN_SIZE))

    def make_fitting() -> nn.Module:
        return with_channels(make(num_classes=classes, **size_settings(name, image_size)), channels)

    network = check_fit(make_fitting, channels, image_size, name)
    first = first_convolution(network)
    filled = list({first, *fitting(network, own_size.state_dict())} - ({first} if options.stem == "small" else set()))
    sources = make_sources(name, partial(fit_weights, filled, first, channels))
    if not wants_no_weights():
        network = make_fitting()
    if isinstance(network, models.MNASNet):  # it wants files to tell a version, which those of saved runs do not
        network._load_from_state_dict = partial(nn.Module._load_from_state_dict, network)
    return adopt(network, structure, sources, filled, centred=[first] if options.stem == "small_centre" else [])


def make_network(name: str, stem: str, **settings: Any) -> nn.Module:
    """The network as torchvision builds it, with a stem for small images where that is asked for.

    Raises ValueError for a small stem where the stem is not that of a ResNet.
    """
    network: Any = models.get_model(name, weights=None, **SETTINGS.get(name, {}), **settings)
    if stem != "own":
        if not isinstance(network, models.ResNet):
            raise ValueError(f"stem {stem!r} is for ResNets; {name!r} has a stem of its own")
        network.conv1 = nn.Conv2d(3, network.conv1.out_channels, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")
        network.maxpool = nn.Identity()
    return network


def size_settings(name: str, image_size: int) -> dict[str, Any]:
    """What networks are told that are made for one size."""
    if name.startswith("vit_"):
        return {"image_size": image_size}
    return {"input_size": (image_size, image_size)} if name.startswith("maxvit") else {}


def first_convolution(network: nn.Module) -> str:
    """The name of the weight that meets the image."""
    return next(name for name, module in network.named_modules() if isinstance(module, nn.Conv2d)) + ".weight"


def with_channels(network: nn.Module, channels: int) -> nn.Module:
    """The network with a first convolution for so many channels."""
    path = first_convolution(network).removesuffix(".weight")
    old: Any = network.get_submodule(path)
    if channels != old.in_channels:
        bias = old.bias is not None
        new = nn.Conv2d(channels, old.out_channels, old.kernel_size, old.stride, old.padding, bias=bias)
        network.set_submodule(path, new)
    return network


def make_sources(architecture: str, fit: Any) -> dict[str, Source]:
    """What torchvision has trained: `pretrained`, its newest, and all by name."""

    def load(path: Path) -> dict[str, Tensor]:
        return fit(with_todays_names(torch.load(path, map_location="cpu", weights_only=True)))

    kinds = models.get_model_weights(architecture)
    sources = {
        weights.name: Source(
            weights.url, Path(weights.url).name, partial(download, weights.url), load, about_images(weights)
        )
        for weights in kinds
    }
    return {"pretrained": sources[kinds.DEFAULT.name]} | sources


def about_images(weights: Any) -> dict[str, Any]:
    """What torchvision tells of the images that weights were trained on."""
    prepare = weights.transforms()
    return {"mean": list(prepare.mean), "std": list(prepare.std), "image_size": prepare.crop_size[0]}


def download(url: str, path: Path) -> None:
    """Files of torchvision carry the start of their hash in their name: resnet18-f37072fd.pth."""
    torch.hub.download_url_to_file(url, str(path), hash_prefix=path.stem.rpartition("-")[2])


def with_todays_names(theirs: dict[str, Tensor]) -> dict[str, Tensor]:
    """DenseNet's files call denselayer1.norm1 still denselayer1.norm.1; torchvision renames them as it loads them."""
    return {OLD_DENSENET.sub(r"\1\2", name): value for name, value in theirs.items()}


def fit_weights(names: list[str], first: str, channels: int, theirs: dict[str, Tensor]) -> dict[str, Tensor]:
    """Those of torchvision's weights that fit, the first convolution for so many channels."""
    found = {name: theirs[name] for name in names if name in theirs}
    return found | ({first: for_channels(theirs[first], channels)} if first in names else {})


def for_channels(weight: Tensor, channels: int) -> Tensor:
    """A convolution of colours for other channels: grey takes the sum; more repeat them, scaled to the same size."""
    if channels == 1:
        return weight.sum(1, keepdim=True)
    repeated = weight.repeat(1, -(-channels // 3), 1, 1)[:, :channels]
    return repeated * (3 / channels)
