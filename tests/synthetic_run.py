"""Whole run folders without a trainer and without torch, for tests of the page and for working on it.

    python -m tests.synthetic_run RUNS_DIR --iterations 2000 --live SECONDS

writes a finished run; with --live it goes on appending rows, as a training would, for that many seconds.
"""

import argparse
import hashlib
import math
import time
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from engine.runs import all_runs, baselines, files, run_folder, series
from engine.runs.process_identity import identity

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
PARTS = ["stem", "layer1", "layer2", "layer3", "attention", "head"]
PLAN = [("head only", 0.2, ["head"]), ("attention too", 0.3, ["attention", "head"]), ("everything", 0.5, PARTS)]
GRIDS = {"layer1.attention": (16, 16), "layer2.attention": (32, 8), "layer3.attention": (64, 4)}  # channels, side
SECONDS = 0.05  # one iteration
EXAMPLES = 10_000  # test images


def settings(data: str = "digits", seed: int = 0) -> dict:
    """A config as it stands in config.yaml, of the parts that are read by the page."""
    return {
        "data": {"name": data}, "model": {"name": "resnet", "depth": 20},
        "attention": {"name": "cbam", "reduction": 16}, "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "objective": {"name": "cross_entropy"}, "batch_size": 128, "seed": seed, "device": "cpu",
        "stages": [{"name": name, "epochs": 1, "train": train} for name, _, train in PLAN],
    }  # fmt: skip


class SyntheticRun:
    """A run that trains nothing: `advance` adds rows and all that belongs to them, `finish` ends it."""

    def __init__(self, runs: Path, iterations=2000, per_epoch=100, label="", seed=0, state="running", config=None):
        config = config or settings(seed=seed)
        self.folder = all_runs.create(Path(runs), config, config, label)
        self.random = np.random.default_rng(seed)
        self.per_epoch, self.epochs = per_epoch, max(len(PLAN), math.ceil(iterations / per_epoch))
        self.iterations = self.epochs * per_epoch
        self.stages = _stages(self.epochs, per_epoch)
        self.begun = time.time()
        self.series, self.system = series.Writer(self.folder.series), series.Writer(self.folder.system)
        self.seq = 0
        self.last = self.best = None
        self.status = {"state": state, "reason": "", "life": 0, "created": self.begun, "started": self.begun,
                       "ended": None, **identity(), "device": "cpu", "device_name": "a processor of no make",
                       "chosen_on": "test", "evaluated_on": {"name": "test", "count": EXAMPLES},
                       "waiting_for": None, "epochs": self.epochs, "iterations": self.iterations,
                       "iterations_per_epoch": per_epoch, "stages": self.stages}  # fmt: skip
        files.replace_json(self.folder.environment_file, {"python": "3.11", "data": {"classes": CLASSES}})
        self._write_probes()
        self.event("starting", f"Training {self.epochs} epochs on cpu", epochs=self.epochs, device="cpu")
        self.write_status()

    def advance(self, count: int) -> None:
        """Add `count` iterations (fewer at the end), with the epochs, events, maps and checkpoints due meanwhile."""
        end = min(self.series.rows + count, self.iterations)
        while self.series.rows < end:
            at = self.series.rows
            if at in [stage["begins"] for stage in self.stages]:
                self._begin_stage(self.stage_at(at))
            stop = min(end, (at // self.per_epoch + 1) * self.per_epoch)
            self.series.append(self._block(at, stop))
            self.log(f"iteration {stop} of {self.iterations}")
            if stop % self.per_epoch == 0:
                self._end_epoch(stop // self.per_epoch)
        self.sample()
        self.write_status()

    def sample(self) -> None:
        """Add one row of machine readings."""
        values = {"seconds": time.time() - self.begun, "cpu": self.random.uniform(60, 90), "process_cpu": 55.0,
                  "memory": 812.5, "memory_used_percent": 41.0}  # fmt: skip
        self.system.append({name: np.array([value]) for name, value in values.items()})

    def event(self, kind: str, text: str, **values) -> None:
        self.seq += 1
        rows = self.series.rows
        files.append_line(self.folder.events_file, {"seq": self.seq, "time": time.time(), "iteration": rows,
            "epoch": rows // self.per_epoch + 1, "kind": kind, "text": text, "values": values})  # fmt: skip

    def log(self, line: str) -> None:
        with open(self.folder.log_file, "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def finish(self, state: str = "finished", reason: str = "") -> run_folder.RunFolder:
        if state == "finished":
            self._write_result()
        self.event(state, f"The run is {state}", iteration=self.series.rows)
        self.status |= {"state": state, "reason": reason, "ended": time.time()}
        self.write_status()
        return self.folder

    def write_status(self) -> None:
        rows = self.series.rows
        self.folder.write_status(self.status | {
            "iteration": rows, "epoch": min(rows // self.per_epoch + 1, self.epochs), "stage": self.stage_at(rows),
            "seconds": rows * SECONDS, "seconds_left": (self.iterations - rows) * SECONDS,
            "last": self.last, "best": self.best})  # fmt: skip

    def stage_at(self, iteration: int) -> int:
        return max(i for i, stage in enumerate(self.stages) if stage["begins"] <= min(iteration, self.iterations - 1))

    def _begin_stage(self, index: int) -> None:
        stage = self.stages[index]
        frozen = [part for part in PARTS if part not in stage["train"]]
        self.event("stage_began", f"Stage {index + 1} began: {stage['name']}", stage=index + 1, name=stage["name"],
                   train=stage["train"], frozen=frozen, learning_rate=stage["learning_rate"])  # fmt: skip

    def _block(self, start: int, stop: int) -> dict[str, np.ndarray]:
        row = np.arange(start, stop)
        noise = self.random.normal(0, 0.06, len(row))
        progress = row / self.iterations
        main, extra = 2.3 * np.exp(-3 * progress) + 0.05 + abs(noise), 0.3 + 0.1 * np.cos(row / 40) + abs(noise) / 4
        block = {"loss": main + 0.5 * extra, "loss.cls": main, "loss.center": extra,
                 "share.cls": 100 * main / (main + 0.5 * extra), "share.center": 50 * extra / (main + 0.5 * extra),
                 "accuracy": np.clip(95 - 80 * np.exp(-4 * progress) + 60 * noise, 0, 100),
                 "seconds": np.full(len(row), SECONDS), "data_seconds": abs(noise) / 20,
                 "images_per_second": 128 / (SECONDS + abs(noise) / 20)}  # fmt: skip
        stage = self.stages[self.stage_at(start)]
        rate = stage["learning_rate"] * (
            1 + np.cos(np.pi * (row - stage["begins"]) / (stage["ends"] - stage["begins"]))
        )
        for part in PARTS:
            block[f"learning_rate.{part}"] = rate if part in stage["train"] else np.full(len(row), math.nan)
        return block

    def _end_epoch(self, epoch: int) -> None:
        means = {name: series.read(self.folder.series, name, (epoch - 1) * self.per_epoch).mean()
                 for name in ("loss", "loss.cls", "loss.center", "share.cls", "share.center", "accuracy")}  # fmt: skip
        top1 = round(93.5 - 75 * math.exp(-4 * epoch / self.epochs) + self.random.normal(0, 0.4), 2)
        loss = round(means["loss"] + 0.08, 4)
        row = {"epoch": epoch, "iteration": epoch * self.per_epoch, "stage": self.stage_at(epoch * self.per_epoch - 1),
               "train.loss": means.pop("loss"), "train.top1": means.pop("accuracy"), "train.top5": 99.1,
               "val.loss": loss, "val.top1": top1, "val.top5": 99.4, "seconds": self.per_epoch * SECONDS,
               **means}  # fmt: skip
        files.append_line(self.folder.epochs_file, row)
        self.last = {"epoch": epoch, "top1": top1, "loss": loss}
        kept_as = ["last"]
        if not self.best or top1 > self.best["top1"]:
            self.best = self.last
            kept_as.append("best")
        if epoch * self.per_epoch in [stage["ends"] for stage in self.stages]:
            kept_as.append("stage_end")
        if epoch == 1 or len(kept_as) > 1 or epoch % max(1, self.epochs // 10) == 0:
            self._write_maps(epoch, "stage" if "stage_end" in kept_as else "epoch")
        if "stage_end" in kept_as or epoch == self.epochs:
            self._write_checkpoint(epoch, kept_as)

    def _write_checkpoint(self, epoch: int, kept_as: list[str]) -> None:
        checkpoint = self.folder.checkpoint(epoch * self.per_epoch)
        checkpoint.path.mkdir(parents=True, exist_ok=True)
        save_file({"head.weight": np.zeros((10, 64), "float32")}, checkpoint.weights_file)
        checkpoint.training_file.write_bytes(b"nothing to continue from")
        hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                  for path in (checkpoint.weights_file, checkpoint.training_file)}  # fmt: skip
        files.replace_json(checkpoint.about_file, {"iteration": epoch * self.per_epoch, "epoch": epoch,
            "stage": self.stage_at(epoch * self.per_epoch - 1), "kept_as": kept_as, "top1": self.last["top1"],
            "time": time.time(), "sha256": hashes})  # fmt: skip
        self.event("checkpoint", f"Checkpoint {checkpoint.name}", name=checkpoint.name, kept_as=kept_as)

    def _write_probes(self) -> None:
        self.targets = np.arange(8) % len(CLASSES)
        self.centres = self.random.uniform(0.25, 0.75, (8, 2))
        self.folder.maps.mkdir()
        images = np.stack([_picture(centre, self.random) for centre in self.centres])
        np.savez(self.folder.probes_file, images=images, targets=self.targets, indices=np.arange(8) * 11)

    def _write_maps(self, epoch: int, why: str) -> None:
        iteration, progress = epoch * self.per_epoch, epoch / self.epochs
        arrays = {}
        for block, (channels, side) in GRIDS.items():
            spatial = [0.5 + 0.45 * progress * (_blob(centre, side) - 0.3) for centre in self.centres]
            noise = self.random.normal(0, 0.03, (8, side, side))
            arrays[f"{block}/spatial"] = np.clip(np.stack(spatial) + noise, 0, 1)
            arrays[f"{block}/channel"] = 1 / (1 + np.exp(-self.random.normal(0, 0.2 + progress, (8, channels))))
        logits = self.random.normal(0, 1, (8, len(CLASSES))) + 5 * progress * np.eye(len(CLASSES))[self.targets]
        arrays["probabilities"] = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        path = self.folder.map_file(iteration)
        files.replace_json(path.with_suffix(".json"), {"iteration": iteration, "epoch": epoch, "why": why,
            "stage": self.stage_at(iteration - 1), "blocks": list(GRIDS)})  # fmt: skip
        np.savez(path, **{name: array.astype("float16") for name, array in arrays.items()})
        self.event("maps", f"Attention maps at iteration {iteration}", iteration=iteration)

    def _write_result(self) -> None:
        share = (self.last["top1"] if self.last else 10.0) / 100
        confusion = self.random.multinomial(round(EXAMPLES / 10 * (1 - share)), np.full(10, 0.1), size=10)
        confusion += np.diag(EXAMPLES // 10 - confusion.sum(axis=1))
        mistakes = [{"index": i * 7, "target": i % 10, "predicted": (i + 3) % 10, "probability": 0.999 - i / 60}
                    for i in range(24)]  # fmt: skip
        per_class = (np.diag(confusion) / confusion.sum(axis=1) * 100).tolist()
        result = {"evaluated_on": "test", "count": EXAMPLES, "top1": float(np.trace(confusion)) * 100 / EXAMPLES,
                  "top5": 99.4, "loss": 0.31, "classes": CLASSES, "per_class": per_class,
                  "confusion": confusion.tolist(), "mistakes": mistakes}  # fmt: skip
        files.replace_json(self.folder.result_file, baselines.completed(result))
        images = np.stack([_picture(self.random.uniform(0.3, 0.7, 2), self.random) for _ in mistakes])
        np.savez(self.folder.maps / "mistakes.npz", images=images)


def write_run(runs: Path, iterations: int = 200, state: str = "finished", reason: str = "", **arguments):
    """A whole run in `runs` that ended in `state`; returns its RunFolder."""
    run = SyntheticRun(runs, iterations, **arguments)
    run.advance(run.iterations if state == "finished" else run.iterations // 2)
    return run.finish(state, reason)


def _stages(epochs: int, per_epoch: int) -> list[dict]:
    lengths = [max(1, round(epochs * share)) for _, share, _ in PLAN[:-1]]
    lengths.append(epochs - sum(lengths))
    stages, begins = [], 0
    for (name, _, train), length in zip(PLAN, lengths, strict=True):
        ends = begins + length * per_epoch
        stages.append({"name": name, "epochs": length, "train": train, "begins": begins, "ends": ends,
                       "learning_rate": 0.1})  # fmt: skip
        begins = ends
    return stages


def _blob(centre: np.ndarray, side: int) -> np.ndarray:
    """(side, side): 1 at the centre (y, x in 0..1), falling to 0."""
    y, x = np.mgrid[0:side, 0:side] / side
    return np.exp(-((y - centre[0]) ** 2 + (x - centre[1]) ** 2) / 0.03)


def _picture(centre: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(3, 32, 32) uint8: a bright spot of some colour on a dim ground."""
    colour = random.uniform(120, 220, (3, 1, 1))
    return (random.uniform(0, 35, (3, 32, 32)) + colour * _blob(centre, 32)).clip(0, 255).astype("uint8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path)
    parser.add_argument("--iterations", type=int, default=2000)
    parser.add_argument("--per-epoch", type=int, default=100)
    parser.add_argument("--label", default="")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--state", default="finished", help="how a run that is not live ended")
    parser.add_argument("--live", type=float, default=0, metavar="SECONDS", help="go on appending rows for so long")
    a = parser.parse_args()
    if not a.live:
        print(write_run(a.runs, a.iterations, a.state, per_epoch=a.per_epoch, label=a.label, seed=a.seed).path)
        return
    run = SyntheticRun(a.runs, a.iterations, a.per_epoch, a.label, a.seed)
    print(run.folder.path, flush=True)
    run.advance(run.iterations // 4)
    until = time.time() + a.live
    while time.time() < until and run.series.rows < run.iterations:
        run.advance(5)
        time.sleep(0.25)
    run.finish("finished" if run.series.rows == run.iterations else "stopped")


if __name__ == "__main__":
    main()
