"""What a run's model attends to in a picture: its own gates, and beside them Grad-CAM, which asks another question."""

from pathlib import Path
from typing import Any, NamedTuple

import torch
from PIL import Image
from pydantic import Field
from torch import Tensor

from engine.datasets._dataset import Dataset
from engine.datasets._prepare import Box
from engine.evaluation import normalisation
from engine.maps.gates import Maps, non_finite_layers, read_gates
from engine.maps.grad_cam import grad_cam
from engine.maps.probes import probe_indices
from engine.maps.self_attention import even_share
from engine.messages.coded_error import CodedError
from engine.models._model import Model
from engine.options import PartOptions
from engine.runs.run_folder import RunFolder
from engine.training import data_record
from engine.worker import json_images, picture_process
from engine.worker.cache import Cache, Progress, config_of

LONGEST_SIDE = 1024  # of the picture that is sent back
TOP = 5


class Attention(PartOptions):
    """run: path of the run folder. upload: path of a picture; or sample: number of a test image.

    checkpoint: last, best or a name. class: the class that Grad-CAM asks about, the model's first answer if null.
    """

    run: str
    checkpoint: str = "last"
    upload: str | None = None
    sample: int | None = Field(None, ge=0)
    chosen: int | None = Field(None, ge=0, alias="class")


class Samples(PartOptions):
    """count: how many test images, one of each class in turn."""

    run: str
    count: int = Field(10, ge=1, le=100)


def attention(request: Attention, cache: Cache, progress: Progress) -> dict[str, Any]:
    """Everything that the attention viewer shows of one picture; maps keep their own resolution and values."""
    folder = RunFolder(Path(request.run))
    config, saved = config_of(folder), folder.find_checkpoint(request.checkpoint)
    progress(0.1, "loading the model")
    model, dataset = cache.trained(folder, saved, config)
    progress(0.5, "reading the picture")
    if request.upload is not None:
        seen = from_upload(dataset, Path(request.upload))
    elif request.sample is not None:
        whole = cache.dataset_of(folder, config)
        seen = from_test_set(whole, request.sample)
        seen.notes.extend(_if_other_images(folder, whole))
    else:
        raise CodedError("no_picture")
    progress(0.7, "computing the maps")
    about = saved.about()
    return {
        **look(model, dataset, seen.pixels, request.chosen),
        **shown(seen),
        "checkpoint": {
            "name": saved.name, "epoch": about["epoch"], "stage": about["stage"], "kept_as": about.get("kept_as", []),
            "sha256": about["sha256"][saved.weights_file.name],
        },
    }  # fmt: skip


class Seen(NamedTuple):
    """A picture and what the network sees of it: pixels, uint8 (C, H, W), which show the box of the upright picture."""

    picture: Image.Image
    pixels: Tensor
    box: Box
    notes: list[str]  # of how the file was converted
    target: int | None  # the true class, where it is known


def from_upload(dataset: Dataset, path: Path) -> Seen:
    picture, notes = picture_process.read(path)
    return Seen(picture, *dataset.prepare(picture), notes, target=None)


def from_test_set(dataset: Dataset, index: int) -> Seen:
    """Raises CodedError if there is no such image."""
    if index >= len(dataset.test):
        raise CodedError("no_test_image", index=index, last=len(dataset.test) - 1)
    pixels = dataset.test.images(torch.tensor([index]))[0]
    whole = (0, 0, pixels.shape[2], pixels.shape[1])
    return Seen(json_images.picture(pixels), pixels, whole, [], int(dataset.test.targets[index]))


def look(model: Model, dataset: Dataset, pixels: Tensor, chosen: int | None) -> dict[str, Any]:
    """What the model answers to one prepared picture, uint8 (C, H, W), and the maps behind it."""
    classes = dataset.classes
    if chosen is not None and chosen >= len(classes):
        raise CodedError("no_class", number=chosen, last=len(classes) - 1)
    image = normalisation.normalised(pixels[None], dataset, torch.device("cpu"))
    maps = read_gates(model, image)
    sound = all(
        torch.isfinite(numbers).all()
        for numbers in (maps.logits, *maps.channel.values(), *maps.spatial.values(), *maps.heads.values())
    )
    answers = maps.logits[0].softmax(0).topk(min(TOP, len(classes)))
    top = [
        {"class": number, "name": classes[number], "probability": probability}
        for probability, number in zip(answers.values.tolist(), answers.indices.tolist(), strict=True)
    ]
    finite = bool(torch.isfinite(maps.logits).all())
    return {
        "top": top if finite else [],
        "blocks": [_block(maps, path) for path in maps.blocks],
        "transformer": _transformer(maps) if maps.heads else None,
        "grad_cam": _grad_cam(model, image, top[0]["class"] if chosen is None else chosen)
        if finite and not maps.heads
        else None,
        "non_finite_layers": [] if sound else non_finite_layers(model, image),
    }


def _block(maps: Maps, path: str) -> dict[str, Any]:
    block: dict[str, Any] = {"path": path}
    if path in maps.spatial:
        block["spatial"] = json_images.grid(maps.spatial[path][0])
    if path in maps.channel:
        gate = maps.channel[path][0]
        said = json_images.about(gate)
        block["channel"] = {"values": None if said["word"] == "non_finite" else gate.tolist()} | said
    return block


def _transformer(maps: Maps) -> dict[str, Any]:
    """Attention to each patch as a multiple of an even share: of the class token by block and head, and rolled out."""
    blocks = []
    for path, (heads,) in maps.heads.items():
        shares = heads / even_share(heads)
        blocks.append(
            {"path": path, "mean": json_images.grid(shares.mean(0)), "heads": [*map(json_images.grid, shares)]}
        )
    rollout = None if maps.rollout is None else json_images.grid(maps.rollout[0] / even_share(maps.rollout))
    return {"token": maps.asks, "blocks": blocks, "rollout": rollout}


def _grad_cam(model: Model, image: Tensor, target: int) -> dict[str, Any]:
    """data: what spoke for the class, never negative; raw: with what spoke against it. Both in units of the logit.

    Only the word no_places where the network has no layer that could be shown on the image.
    """
    cam = grad_cam(model, image, target)
    if cam is None:
        return {"class": target, "layer": None, "word": "no_places"}
    size = cam.raw.abs().max().item()
    return {
        "class": target,
        "layer": cam.layer,
        "raw": json_images.grid(cam.raw, size)["data"],
        **json_images.grid(cam.map, size),
    }


def shown(seen: Seen) -> dict[str, Any]:
    """The upright picture (made smaller if it is large), its true size, and which box of it the network saw."""
    small = seen.picture.copy()
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return {
        "image": json_images.png(small), "width": seen.picture.width, "height": seen.picture.height,
        "box": list(seen.box), "network_input": json_images.png(json_images.picture(seen.pixels)),
        "notes": seen.notes, "target": seen.target,
    }  # fmt: skip


def samples(request: Samples, cache: Cache, progress: Progress) -> dict[str, Any]:
    """A few test images with their numbers and true classes; the training has not seen them.

    notes: other_test_images where they are not those that the run was made with.
    """
    progress(0.1, "loading the data")
    folder = RunFolder(Path(request.run))
    dataset = cache.dataset_of(folder, config_of(folder))
    numbers = probe_indices(dataset.test.targets, request.count)
    targets = dataset.test.targets[numbers].tolist()
    pictures = [json_images.png(json_images.picture(pixels)) for pixels in dataset.test.images(numbers)]
    return {
        "samples": [
            {"index": number, "class": target, "name": dataset.classes[target], "image": image}
            for number, target, image in zip(numbers.tolist(), targets, pictures, strict=True)
        ],
        "notes": _if_other_images(folder, dataset),
    }


def _if_other_images(folder: RunFolder, dataset: Dataset) -> list[str]:
    return ["other_test_images"] if data_record.other_images(folder, data_record.of_test(dataset)) else []
