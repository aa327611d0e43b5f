"""Make everything a training needs out of its config, fresh or from a checkpoint, and run it."""

import importlib.metadata
import importlib.util
import platform
import subprocess
import sys
import time
from collections.abc import Iterable
from functools import partial
from itertools import chain
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from engine import hardware
from engine.config.data_faults import data_remarks
from engine.config.run_config import RunConfig
from engine.device import device_checks, precision
from engine.models._model import FollowsWeights, Model
from engine.runs import files, plain_files, series
from engine.runs.reporter import Reporter, Stopped
from engine.runs.set_aside import set_aside
from engine.stages import plan_checks
from engine.training import (
    checkpoint,
    data_record,
    data_split,
    duplicate_images,
    load_weights,
    lone_images,
    not_finite,
    saved_state,
    weight_remarks,
    weight_source,
)
from engine.training.build_model import build_model, match_to_data
from engine.training.telemetry import SystemSampler, Telemetry
from engine.training.trainer import Trainer

PACKAGES = ("torch", "torchvision", "timm", "numpy", "gradio", "plotly")
LARGE_SPLIT_WORKERS = 4  # processes that decode images from files, at most


class Session:
    """Trains one run in this process, from its config or a checkpoint to its end."""

    def __init__(self, config: RunConfig, data: Path, device: str, reporter: Reporter):
        self.config, self.data_folder, self.device, self.reporter = config, data, torch.device(device), reporter
        self.folder = reporter.folder
        self.threads = torch.get_num_threads()

    def run(self, resume: bool) -> None:
        """Train to the end of the plan. Raises Stopped, after saving, when told to stop."""
        config, reporter = self.config, self.reporter
        reporter.orders = {"stop": reporter.stop}
        checkpoint.clear_unfinished(self.folder)
        reporter.event("starting", data=config.data["name"], model=config.model["name"], device=str(self.device))
        device_checks.require(self.device)
        for text in precision.set_switches(config, self.device):
            reporter.event("warning", why=text)
        goes_on = resume and bool(self.folder.checkpoint_list())
        data = self.load_data(goes_on)
        dataset = data.dataset
        model = build_model(config, dataset.channels, len(dataset.classes), dataset.image_size)
        match_to_data(model, dataset, data_record.normalisation(self.folder, dataset.channels) if goes_on else None)
        start = self.starting_weights(model, data, resume)
        if not goes_on or not self.folder.environment_file.exists():
            self.write_environment(data, model)
        reporter.status |= {
            "chosen_on": data.evaluated_on, "device_name": self.device_name(),
            "evaluated_on": {"name": data.evaluated_on, "count": len(data.validation)},
        }  # fmt: skip
        trainer = Trainer(config, data, model, start, self.device, reporter, self.workers(data))
        if resume:
            self.resume_from_checkpoint(trainer)
        reporter.state("running", started=reporter.status.get("started") or time.time())
        told = series.read(self.folder.system, "seconds")
        sampler = hardware.Sampler(str(self.device), before=float(told[-1]) if len(told) else 0.0)
        with SystemSampler(self.folder, sampler.sample, reporter.status["life"]):
            try:
                trainer.train()
            except Stopped:
                reporter.state("stopping")
                if trainer.has_begun(trainer.position.stage):  # else nothing is new since the last checkpoint, if any
                    saved_state.save(trainer, ["last", "stop"])
                raise
            except FloatingPointError as error:
                raise not_finite.with_cause(trainer, error) from error

    def load_data(self, goes_on: bool) -> data_split.Data:
        """The config's data, and a warning for all that is odd about them. goes_on: from a checkpoint.

        Raises ValueError where they are not what a resume could go on with.
        """
        config, reporter, folder = self.config, self.reporter, self.folder
        rules = (data_record.fewest_held_out(folder), data_record.reading(folder)) if goes_on else ()
        data = data_split.load_data(config, self.data_folder, reporter.progress, *rules)
        if goes_on:
            warnings: Iterable[str] = map(str, data_record.check_resume(folder, data))
        else:
            self.tell_data()
            data_record.write(folder, data)
            folder.probes_file.unlink(missing_ok=True)  # of an attempt without a checkpoint, perhaps on other data
            warnings = chain(data_split.unseen_classes(config, data), duplicate_images.warnings(data, reporter.listen))
        for text in warnings:
            reporter.event("warning", why=text)
        return data

    def tell_data(self) -> None:
        """How the data are understood, and what of them is not used."""
        understood, *unused = [remark.message for remark in data_remarks(self.config, self.data_folder)] or [""]
        if understood:
            self.reporter.event("data", what=understood)
        for text in unused:
            self.reporter.event("warning", why=text)

    def starting_weights(self, model: Model, data: data_split.Data, resume: bool) -> dict[str, Tensor]:
        """Load the weights that the config names, check the plan against what is random; the loaded weights by name.

        Raises ValueError where the weights are of no use, or that lists every fault of the plan.
        """
        loaded_parts: list[str] = []
        start: dict[str, Tensor] = {}
        if resume and self.folder.start_file.exists():
            plain_files.check(self.folder.start_file)
            start = checkpoint.read_weights_file(self.folder.start_file)
            model.load_state_dict(start, strict=False)
            return start
        if self.config.weights:
            result = self.load_weights(model, data)
            loaded_parts = result.parts
            names = {name for names in result.loaded.values() for name in names}
            start = {name: value.clone().contiguous() for name, value in model.state_dict().items() if name in names}
            files.replace(self.folder.start_file, partial(save_file, start))
        faults = plan_checks.check_plan(self.config, model.parts, loaded_parts)
        faults += plan_checks.check_objectives(self.config, model)
        if lone_images.possible(self.config, len(data.train)):
            dataset = data.dataset
            image = torch.zeros(1, dataset.channels, dataset.image_size, dataset.image_size)
            faults += lone_images.faults(self.config, model, lone_images.pixels_seen(model, image), len(data.train))
        if faults:
            raise ValueError("; ".join(map(str, faults)))
        return start

    def load_weights(self, model: Model, data: data_split.Data) -> load_weights.Loaded:
        """Load the weights that the config names, and tell what became of them."""
        classes = data.dataset.classes
        found = weight_source.weights_for(
            model, self.config.weights, classes, self.folder.path.parent, self.data_folder
        )
        result = load_weights.load_starting_weights(model, found.weights, found.same_classes(classes))
        self.reporter.event("weights", **result.as_event())
        here = data.about() | {"activation": weight_source.named_activation(self.config)}
        for remark in weight_remarks.remarks(found, result, here):
            self.reporter.event("weights_remark", what=remark.what, **remark.values)
        return result

    def device_name(self) -> str:
        titles = {device["name"]: device["title"] for device in hardware.devices()}
        return titles.get(str(self.device), str(self.device))

    def workers(self, data: data_split.Data) -> int:
        return 0 if data.train.in_memory else min(LARGE_SPLIT_WORKERS, self.threads)

    def resume_from_checkpoint(self, trainer: Trainer) -> None:
        """Continue from the newest checkpoint that is whole; what came after it is set aside.

        Without any checkpoint the run begins again. Damaged checkpoints are named in a warning.
        """
        found = self.newest_whole_checkpoint()
        life = self.reporter.status["life"]
        position = found[1]["position"] if found else {"iteration": 0, "epoch": 1}
        iteration, epoch = position["iteration"], position["epoch"] - 1
        set_aside(self.folder, life, iteration, epoch)
        trainer.telemetry = Telemetry(self.folder)
        if found:
            saved_state.restore(trainer, *found)
        self.reporter.status |= {"iteration": iteration, "epoch": epoch + 1}
        self.reporter.event("resumed", life=life)

    def newest_whole_checkpoint(self) -> tuple[dict[str, Tensor], dict] | None:
        for candidate in reversed(self.folder.checkpoint_list()):
            try:
                return checkpoint.load_weights(candidate), checkpoint.load_training(candidate)
            except ValueError as error:
                self.reporter.event("warning", why=f"{error}; trying the one before")
        return None

    def write_environment(self, data: data_split.Data, model: Model) -> None:
        """Versions, device, threads, code and data: what a result depends on besides its config."""
        versions = {name: importlib.metadata.version(name) for name in PACKAGES if _installed(name)}
        environment = {
            "python": platform.python_version(), "system": platform.platform(), "packages": versions,
            "device": str(self.device), "device_name": self.device_name(),
            "threads": self.threads, "command": ["python", "-m", "engine", *sys.argv[1:]], "git": _git(),
            "data": data.about(),
        }  # fmt: skip
        if isinstance(model, FollowsWeights):
            environment["activation"] = model.activation
        files.replace_json(self.folder.environment_file, environment, durable=True)


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _git() -> dict | None:
    """Commit of the code and whether the tree was clean; None outside a repository."""
    here = Path(__file__).parent
    try:
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, timeout=5)
        state = subprocess.run(["git", "status", "--porcelain"], cwd=here, capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"commit": commit.stdout.strip(), "clean": not state.stdout.strip()} if commit.returncode == 0 else None
