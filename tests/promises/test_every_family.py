"""Every family of networks trains on digits, from the page as from the command line; a new one is a single file."""

import json
import os
import shutil
import subprocess
import sys
import time
import uuid

import pytest
import torch

from dashboard.form import form_state
from engine import catalog
from engine.config import overrides
from engine.config.differences import changes, resolve
from engine.runs import all_runs, run_folder, status_schema
from engine.stages import freezing, model_parts
from engine.training import data_split
from engine.training.build_model import build_model, match_to_data
from tests.serving import ask, dashboard
from tests.training import PATIENCE, ROOT, batch, new_trainer, rows

NAMES = catalog.names("models")
PLAN = {
    "data": {"name": "digits", "limit": 64}, "batch_size": 32, "threads": 1, "stages": [{"epochs": 1}],
    "optimizer": {"name": "adam", "learning_rate": 0.001}, "validation": "test",
}  # fmt: skip


def smallest(name: str) -> dict:
    """The first example of a family that takes images of 16 grey pixels."""
    part = catalog.load("models", name)
    for options in getattr(part, "EXAMPLES", [{}]):
        try:
            with torch.device("meta"):
                part.build(part.Options(**options), 1, 10, 16)
        except ValueError:
            continue
        return options
    raise AssertionError(f"no example of {name} takes digits")


def as_words(name: str, options: dict) -> list[str]:
    """The family as somebody types it on the command line."""
    return [f"model={name}", *(f"model.{key}={json.dumps(value)}" for key, value in options.items())]


@pytest.mark.parametrize("name", NAMES)
def test_form_and_command_line_say_the_same_and_every_part_learns_from_it(name, tmp_path):
    config = resolve(overrides.apply(PLAN, as_words(name, smallest(name))))
    form = json.loads(json.dumps(form_state.form_of(config)))  # as the browser holds it
    assert resolve(form_state.changes_of(form)) == config

    model = build_model(config, 1, 10, 16)
    match_to_data(model, data_split.load_data(config, tmp_path).dataset)
    trainer = new_trainer(tmp_path, PLAN | {"model": config.model, "attention": "none"}, model)
    before = {name: value.clone() for name, value in model.named_parameters()}
    freezing.train_mode(model, trainer.setup.stage)
    losses = [trainer.step(batch(trainer, 32))["loss"].item() for _ in range(4)]
    assert all(loss == loss and abs(loss) < 1e6 for loss in losses)
    moved = {
        model_parts.owner(name, model.parts)
        for name, value in model.named_parameters()
        if (value != before[name]).any()
    }
    assert moved == set(model_parts.parameters_by_part(model))


@pytest.mark.slow
def test_every_family_is_trained_by_the_page_and_by_the_command_line(tmp_path):
    with dashboard(tmp_path / "runs") as (address, _):
        for name in NAMES:
            words = as_words(name, smallest(name))
            config = changes(resolve(overrides.apply(PLAN, words)))
            answer = ask(address, "api/runs", {"config": config, "request": str(uuid.uuid4())})
            from_page = all_runs.find(tmp_path / "runs", answer["id"])
            from_shell = train(ROOT, tmp_path / "shell", *words)
            until = time.monotonic() + PATIENCE
            while from_page.status()["state"] in status_schema.ACTIVE and time.monotonic() < until:
                time.sleep(0.1)
            for folder in (from_page, from_shell):
                assert folder.status()["state"] == "finished", (name, folder.log(0)[0])
                assert rows(folder) == 2
            assert from_page.config() == from_shell.config()


def train(house, runs, *words: str) -> run_folder.RunFolder:
    """`python -m engine train` in a house, with the plan above as a preset's file."""
    preset = runs.parent / "plan.yaml"
    preset.write_text(json.dumps(PLAN), encoding="utf-8")
    command = [sys.executable, "-m", "engine", "train", str(preset), *words, "--runs", str(runs)]
    done = subprocess.run(
        command, cwd=house, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return all_runs.find(runs, done.stdout.strip().splitlines()[-1].replace("\\", "/").split("/")[-1])


FAMILY = '''"""Tiny: two convolutions, to show that a family is one file. Nobody 2026, https://example.org"""

from pydantic import Field
from torch import nn

from engine.models._network import Network, make_head, make_layer, small_stem
from engine.options import PartOptions


class Options(PartOptions):
    width: int = Field(4, ge=1, le=64, description="Width of both layers. Wider is slower.")


def build(options, channels, classes, image_size):
    width = options.width
    layer = make_layer([nn.Conv2d(width, width, 3, padding=1), nn.ReLU()], width)
    return Network(small_stem(channels, width), [layer], make_head(width, classes))
'''


def test_a_file_dropped_into_the_engine_is_a_family_that_trains(tmp_path):
    """Nothing else is touched: the program finds it, checks its options, puts attention into it and trains it."""
    house = tmp_path / "a house 房子"
    shutil.copytree(ROOT / "engine", house / "engine", ignore=shutil.ignore_patterns("__pycache__"))
    (house / "engine" / "models" / "tiny.py").write_text(FAMILY, encoding="utf-8")
    folder = train(house, tmp_path / "runs", "model=tiny", "model.width=6", "attention=se")
    assert folder.status()["state"] == "finished" and rows(folder) == 2
    assert folder.config()["model"] == {"name": "tiny", "width": 6}
    assert folder.status()["parts"] == ["stem", "layer1", "attention", "head"]
