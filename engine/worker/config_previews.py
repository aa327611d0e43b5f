"""What a config means before it trains: its faults, its network's parts, and what augmentations do to images."""

from typing import Any

import torch
from pydantic import Field
from torch import nn

from engine import hardware
from engine.config import differences
from engine.config.data_faults import data_remarks
from engine.config.run_config import RunConfig
from engine.config.stage import Stage
from engine.datasets._dataset import Dataset
from engine.device import device_checks, precision
from engine.maps.probes import probe_indices
from engine.messages.faults import Fault
from engine.options import PartOptions
from engine.stages import model_parts
from engine.training.augmented_views import Pipeline, View
from engine.training.teachers import build_objective
from engine.training.weight_remarks import Remark
from engine.worker import json_images, plan_summary
from engine.worker.cache import Cache, Progress


class Config(PartOptions):
    """config: differences from the defaults."""

    config: dict[str, Any]


class Preview(Config):
    """seed: another one draws other augmentations. stage: counted from 0. epoch: alternating flips depend on it."""

    count: int = Field(8, ge=1, le=64)
    seed: int = Field(0, ge=0, le=2**31 - 1)
    stage: int = Field(0, ge=0)
    epoch: int = Field(1, ge=1)


def check(request: Config, cache: Cache, progress: Progress) -> dict[str, Any]:
    """Every fault, also those that only the model and the device show; without faults the plan, one line a stage, and
    remarks: what the device does slower, what the weights leave random and where they differ from what is trained here,
    each {"code", "message"}, those of weights with the values of their sentences; data: how the data are understood,
    and what of them is not used. Never downloads."""
    resolved, faults = differences.check(request.config)
    lines: list[str] = []
    remarks: list[dict[str, Any]] = []
    if resolved is not None:
        lines, faults, weights = plan_summary.describe_plan(resolved, cache)
        faults += device_checks.faults(resolved.device)
        try:
            slow = precision.remarks(resolved, hardware.choose_device(resolved.device))
            remarks = [{"code": code, "message": message} for code, message in slow.items()]
        except ValueError as error:
            faults.append(Fault("compile", "rule", {"reason": str(error).removeprefix("compile: ")}))
        if weights and not faults:
            remarks += [_as_answer(remark) for remark in weights.remarks]
    data = data_remarks(resolved, cache.data) if resolved and not faults else []
    return {
        "faults": [fault.as_dict() for fault in faults], "plan": lines if not faults else [],
        "remarks": remarks, "data": [remark.as_dict() for remark in data],
    }  # fmt: skip


def _as_answer(remark: Remark) -> dict[str, Any]:
    return {"code": f"weights_{remark.what}", "message": remark.message} | remark.values


def summary(request: Config, cache: Cache, progress: Progress) -> dict[str, Any]:
    """The network's parts and their parameters. Built without weights or data, so even a large one costs little."""
    resolved = differences.resolve(request.config)
    channels, classes, side = plan_summary.shape_of(resolved, cache.data)
    by_part = model_parts.parameters_by_part(plan_summary.without_weights(resolved, channels, classes, side))
    counts = {part: sum(parameter.numel() for parameter in parameters) for part, parameters in by_part.items()}
    parts = [{"name": part, "parameters": number} for part, number in counts.items()]
    return {"input": [channels, side, side], "parts": parts, "total": sum(counts.values())}


def preview(request: Preview, cache: Cache, progress: Progress) -> dict[str, Any]:
    """Training images before and after the augmentations, in each view that the stage's objective asks for, with the
    labels that the network is then trained on. stages: the names of the views of every stage."""
    resolved = differences.resolve(request.config)
    if request.stage >= len(resolved.stages):
        raise ValueError(f"stage {request.stage} does not exist; the plan has {len(resolved.stages)}, counted from 0")
    progress(0.1, "loading the data")
    dataset = cache.dataset(resolved)
    split = dataset.train
    numbers = probe_indices(split.targets, request.count)
    images, targets = split.images(numbers), split.targets[numbers]
    progress(0.6, "augmenting")
    augment = Pipeline(resolved, dataset, torch.device("cpu"))
    plan = [views_of(resolved, stage, len(dataset.classes)) for stage in resolved.stages]
    seen = {}
    for name in plan[request.stage]:
        augment.seed(request.seed, iteration=0)  # the views of a step begin from the same random numbers
        seen[name] = augment(numbers, images, targets, request.epoch, name)
    return {
        "stages": plan,
        "images": [
            {
                "index": int(numbers[i]), "name": dataset.classes[int(targets[i])],
                "before": json_images.png(json_images.picture(images[i])),
                "views": [{"view": name} | _seen(view, i, dataset) for name, view in seen.items()],
            }
            for i in range(len(numbers))
        ],
    }  # fmt: skip


def views_of(resolved: RunConfig, stage: Stage, classes: int) -> list[str]:
    """The views of each image that the objective of a stage asks for. Its teacher and the weights that it starts from
    need not be there: something else stands in their place, as nothing is computed with them."""
    section, start = stage.objective or resolved.objective, {"": torch.empty(0)}
    return list(build_objective(section, classes, start, lambda source: nn.Identity()).views)


def _seen(view: View, i: int, dataset: Dataset) -> dict[str, Any]:
    """What the network sees of an image, its normalisation taken back so that people can see it, and its soft label."""
    mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (dataset.mean, dataset.std))
    pixels = (view.images[i] * std + mean).mul(255).round().clamp(0, 255).byte()
    shares = zip(dataset.classes, view.targets[i].tolist(), strict=True)
    return {"image": json_images.png(json_images.picture(pixels)),
            "labels": [{"name": name, "share": share} for name, share in shares if share > 0]}  # fmt: skip
