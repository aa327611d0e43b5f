"""Run folders of models that were never trained but made by hand, and questions to the worker without a process."""

import base64
import io
import json

import numpy as np
import torch
from PIL import Image

from engine.config.differences import changes, resolve
from engine.runs import all_runs, files
from engine.training import checkpoint
from engine.training.build_model import build_model
from engine.training.data_split import load_data
from engine.worker import serve

TINY = {"model": {"depth": 8}, "attention": {"name": "cbam"}, "stages": [{"epochs": 1}], "validation": "test"}


def make_run(runs, differences=None, change=lambda model: None, iteration=40):
    """A run folder with one checkpoint of a model that `change` has been at."""
    config = resolve(TINY | (differences or {}))
    folder = all_runs.create(runs, config.model_dump(), changes(config))
    data = load_data(config, runs)
    files.replace_json(folder.environment_file, {"data": data.about()})
    dataset = data.dataset
    model = build_model(config, dataset.channels, len(dataset.classes), dataset.image_size)
    with torch.no_grad():
        change(model)
    about = {"iteration": iteration, "epoch": 1, "stage": 0, "top1": 10.0}
    checkpoint.save(folder, model, {}, about, ["last", "best"])
    return folder


def look_at_brightness(model):
    """Every layer passes the picture on, and every spatial gate opens where it is bright: maps can be foretold."""
    model.stem.conv.weight.zero_()
    model.stem.conv.weight[:, :, 1, 1] = 1
    for layer in (model.layer1, model.layer2, model.layer3):
        block = layer[0]
        block.bn2.weight.zero_()
        if hasattr(block.shortcut, "conv"):
            block.shortcut.conv.weight.fill_(1 / block.shortcut.conv.in_channels)
        for parameter in layer.attention.channel.parameters():
            parameter.zero_()
        layer.attention.spatial.conv.weight.zero_()
        layer.attention.spatial.conv.weight[:, :, 3, 3] = 1


def ask(worker_cache, kind, **arguments):
    """What the page gets, after JSON has had it: the result, or ValueError with the sentence."""
    lines = []
    question = json.dumps({"id": 7, "kind": kind, "arguments": arguments}).encode()
    serve.answer_line(question, worker_cache, lambda answer: lines.append(json.dumps(answer, allow_nan=False)))
    *progress, last = map(json.loads, lines)
    assert all(line["id"] == 7 for line in (*progress, last))
    shares = [line["progress"] for line in progress]
    assert shares == sorted(shares) and all(0 <= share <= 1 for share in shares)
    if "error" in last:
        raise ValueError(last["error"])
    return last["result"]


def by_name(rows):
    return {row["name"]: row for row in rows}


def opened(png):
    return Image.open(io.BytesIO(base64.b64decode(png)))


def unpacked(grid):
    return np.frombuffer(base64.b64decode(grid["data"]), "<f4").reshape(grid["shape"])
