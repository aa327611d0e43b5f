"""What the trainer costs: with all telemetry, maps and a page that watches, against the same loop without them, and
against a bare PyTorch loop of the same model and batch.

python -m tests.bench.training [--blocks 40] [--steps 50] [--depth 8]

Blocks of steps alternate within one process and one run, in an order that is drawn anew for each round; printed are
ratios of neighbouring blocks. The trainer augments nothing here, as the bare loop does not either.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F

from engine import hardware
from engine.config.differences import changes, resolve
from engine.device.allocator import keep_freed_memory
from engine.evaluation import normalisation
from engine.runs import all_runs, series
from engine.runs.reporter import Reporter
from engine.stages import freezing
from engine.training import batches, data_split
from engine.training.build_model import build_model
from engine.training.kept_maps import keep_maps
from engine.training.stage_start import begin_stage
from engine.training.telemetry import SystemSampler
from engine.training.trainer import Trainer
from tests.bench.figures import machine, told
from tests.serving import dashboard


class Loops:
    """The three ways of taking steps, on one model, one optimizer and one run."""

    def __init__(self, runs: Path, depth: int, batch_size: int):
        config = resolve({
            "data": "clothing", "model": {"depth": depth}, "attention": "cbam", "batch_size": batch_size,
            "optimizer": {"learning_rate": 0.01}, "schedule": "constant", "threads": torch.get_num_threads(),
            "validation": "test", "stages": [{"epochs": 100_000}],
        })  # fmt: skip
        self.folder = all_runs.create(runs, config.model_dump(), changes(config), "bench")
        self.config, self.data = config, data_split.load_data(config, runs)
        dataset = self.data.dataset
        model = build_model(config, dataset.channels, len(dataset.classes), dataset.image_size)
        reporter = Reporter(self.folder, 0)
        self.trainer = Trainer(config, self.data, model, {}, torch.device("cpu"), reporter, 0)
        begin_stage(self.trainer, 0)
        reporter.state("running")
        self.model, self.rounds, self.sampler = model, 0, hardware.Sampler("cpu", before=0.0)
        self.bare_optimizer = torch.optim.SGD(
            model.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4, fused=True
        )

    def order(self, steps: int) -> list[torch.Tensor]:
        self.rounds += 1
        images = torch.arange(len(self.data.train))
        return batches.order(images, steps, self.config.batch_size, 0, self.rounds)

    def whole(self, steps: int) -> None:
        """As a training goes: rows on disk, commands heard, status told, maps kept, hardware sampled each second."""
        with SystemSampler(self.folder, self.sampler.sample):
            self.told(steps)

    def told(self, steps: int) -> None:
        trainer = self.trainer
        freezing.train_mode(self.model, trainer.setup.stage)
        began = time.perf_counter()
        for numbers, images, targets in batches.load(self.data.train, self.order(steps), 0):
            loaded = time.perf_counter()
            row = trainer.step((numbers, images, targets))
            trainer.position.iteration += 1
            now = time.perf_counter()
            trainer.seconds += now - began
            row |= {"seconds": now - began, "data_seconds": loaded - began}
            trainer.telemetry.record(row | {"images_per_second": len(images) / (now - began)})
            trainer.between_steps()
            began = time.perf_counter()
        keep_maps(trainer, "epoch")

    def silent(self, steps: int) -> None:
        """The same steps, and nobody told."""
        freezing.train_mode(self.model, self.trainer.setup.stage)
        for numbers, images, targets in batches.load(self.data.train, self.order(steps), 0):
            self.trainer.step((numbers, images, targets))

    def bare(self, steps: int) -> None:
        """What one would write by hand."""
        self.model.train()
        for numbers in self.order(steps):
            images = normalisation.normalised(self.data.train.images(numbers), self.data.dataset, torch.device("cpu"))
            loss = F.cross_entropy(self.model(images), self.data.train.targets[numbers])
            self.bare_optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.bare_optimizer.step()


def timed(work: Callable[[int], None], steps: int) -> float:
    began = time.perf_counter()
    work(steps)
    return time.perf_counter() - began


def watch(address: str, run: str) -> subprocess.Popen:
    """A page that watches: a process that asks as often as static/data/live_feed.js does."""
    code = (
        "import sys, time, urllib.request, json\n"
        "address, run = sys.argv[1:]\n"
        "after = 0\n"
        "while True:\n"
        "    names = 'loss,accuracy,learning_rate.head,images_per_second'\n"
        "    question = f'{address}api/runs/{run}/live?life=0&after={after}&names={names}'\n"
        "    reply = urllib.request.urlopen(question).read()\n"
        "    after = json.loads(reply)['rows'] if reply else after\n"
        "    time.sleep(0.4)\n"
    )
    return subprocess.Popen([sys.executable, "-c", code, address, run], stderr=subprocess.DEVNULL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--blocks", type=int, default=40)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--depth", type=int, default=8)
    parser.add_argument("--batch", type=int, default=64)
    options = parser.parse_args()
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    keep_freed_memory()  # as in a training; so the bare loop has it too
    print(machine())
    with tempfile.TemporaryDirectory() as place, dashboard(Path(place) / "runs") as (address, _):
        loops = Loops(Path(place) / "runs", options.depth, options.batch)
        for work in (loops.whole, loops.silent, loops.bare):
            work(5)  # warm
        times: dict[str, list[float]] = {"whole": [], "silent": [], "bare": []}
        with watch(address, loops.folder.id) as page:
            for _ in range(options.blocks):
                for name in random.sample(list(times), 3):
                    times[name].append(timed(getattr(loops, name), options.steps))
            page.kill()
        assert series.rows(loops.folder.series) > 0
    images = options.steps * options.batch
    for name, values in times.items():
        print(f"{name}: {images * len(values) / sum(values):.0f} images a second")
    pairs = list(zip(times["whole"], times["silent"], times["bare"], strict=True))
    print(
        told(
            "with telemetry, maps and a watching page, time against the same loop without", [a / b for a, b, _ in pairs]
        )
    )
    print(told("speed of the whole against a bare loop", [c / a for a, _, c in pairs]))


if __name__ == "__main__":
    main()
