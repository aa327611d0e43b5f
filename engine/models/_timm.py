"""Networks of timm (https://github.com/huggingface/pytorch-image-models) by name."""

import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import timm
import torch
from huggingface_hub import hf_hub_download
from torch import Tensor, nn

from engine.models._library import Source, adopt, check_fit, check_name, fitting, on_meta, wants_no_weights
from engine.models._model import Model
from engine.models._structure import find_structure


def make_timm(
    architecture: str,
    channels: int,
    classes: int,
    image_size: int,
    change: Callable[[nn.Module], None] | None = None,
    **settings: Any,
) -> Model:
    """A network of timm as a model; `change` is made to it after it was built.

    Raises ValueError if timm has no such network or it does not fit the images.
    """
    check_name(architecture, [*timm.list_models(), *timm.list_pretrained()], "timm")
    create = partial(timm.create_model, num_classes=classes, **settings)
    own_size: Any = on_meta(partial(create, architecture))
    about = own_size.pretrained_cfg
    with torch.device("meta"):
        structure = find_structure(own_size, torch.zeros(1, *about["input_size"]))
    if "img_size" in inspect.signature(type(own_size)).parameters:
        create = partial(create, img_size=image_size)
    create = partial(create, in_chans=channels)

    def make() -> nn.Module:
        network = create(architecture)
        if change:
            change(network)
        return network

    network = check_fit(make, channels, image_size, architecture)
    unchanged = on_meta(partial(create, architecture)) if change else network
    filled = fitting(network, without_head(unchanged.state_dict(), about, classes))
    sources = make_sources(architecture, classes, create)
    return adopt(network if wants_no_weights() else make(), structure, sources, filled)


def without_head(weights: dict[str, Tensor], about: dict[str, Any], classes: int) -> dict[str, Tensor]:
    """Weights of timm less the last layer, where that is for other classes."""
    last = about["classifier"] or ()
    left_out = tuple(f"{path}." for path in ([last] if isinstance(last, str) else last))
    same = classes == about["num_classes"]
    return {name: value for name, value in weights.items() if same or not name.startswith(left_out)}


def make_sources(architecture: str, classes: int, create: Callable[..., nn.Module]) -> dict[str, Source]:
    """What timm has trained: `pretrained`, its own choice or that of the name's tag, and all by tag."""
    plain = architecture.partition(".")[0]
    names = [name for name in timm.list_pretrained() if name.partition(".")[0] == plain]
    sources = {name.partition(".")[2] or name: make_source(name, classes, create) for name in names}
    tag = about_weights(architecture)["tag"]
    return ({"pretrained": sources[tag]} if tag in sources else {}) | sources


def about_weights(name: str) -> dict[str, Any]:
    """What timm knows of its weights under a name, or of those it would choose."""
    about = timm.get_pretrained_cfg(name)
    assert about is not None
    return about.to_dict()


def make_source(name: str, classes: int, create: Callable[..., nn.Module]) -> Source:
    about = about_weights(name)
    hub = about.get("hf_hub_id")
    address = f"https://huggingface.co/{hub}/resolve/main/model.safetensors" if hub else str(about.get("url"))

    def download(path: Path) -> None:
        if hub:
            Path(hf_hub_download(hub, "model.safetensors", local_dir=path.parent / path.stem)).replace(path)
        else:
            torch.hub.download_url_to_file(address, str(path))

    def load(path: Path) -> dict[str, Tensor]:
        network = create(name, pretrained=True, pretrained_cfg_overlay={"file": str(path)})
        return without_head(network.state_dict(), about, classes)

    data = {"mean": list(about["mean"]), "std": list(about["std"]), "image_size": about["input_size"][-1]}
    return Source(address, f"{name}{Path(address).suffix}", download, load, data)
