"""The freeze plan in iterations: where each stage begins and ends, also when a stage is cut short or lengthened."""

import math
from dataclasses import dataclass

from engine.config.stage import Stage


@dataclass
class Position:
    """Where a training stands. A step above 0 means that the epoch is open: not yet validated."""

    iteration: int = 0  # done so far
    stage: int = 0
    epoch: int = 1  # the running one
    step: int = 0  # done in the running epoch


class Plan:
    """The stages of one run. lengths: iterations of each stage; only the running and later ones may change."""

    def __init__(self, stages: list[Stage], steps_per_epoch: int, lengths: list[int] | None = None):
        self.stages = list(stages)
        self.steps_per_epoch = steps_per_epoch
        self.lengths = lengths or [stage.epochs * steps_per_epoch for stage in stages]

    def begin(self, number: int) -> int:
        return sum(self.lengths[:number])

    def end(self, number: int) -> int:
        return sum(self.lengths[: number + 1])

    def stage_of(self, iteration: int) -> int:
        """The stage in which the step stands that follows `iteration` ones; the last where there is none."""
        return next((n for n in range(len(self.lengths)) if iteration < self.end(n)), len(self.lengths) - 1)

    @property
    def iterations(self) -> int:
        return sum(self.lengths)

    @property
    def epochs(self) -> int:
        """Epochs begun in all; a stage that was cut short ends in an incomplete one."""
        return sum(math.ceil(length / self.steps_per_epoch) for length in self.lengths)

    def progress(self, number: int, iteration: int, over: str) -> float:
        """How far iteration is in its stage or (over = "plan") in all: 0 at the first, below 1 at the last."""
        if over == "plan":
            return iteration / self.iterations
        return (iteration - self.begin(number)) / self.lengths[number]

    def end_stage_at(self, number: int, iteration: int) -> None:
        """Let a stage end at an iteration that lies within it."""
        self.lengths[number] = iteration - self.begin(number)

    def set_epochs(self, number: int, epochs: int, iteration: int) -> None:
        """Let a stage last `epochs` in all. Raises ValueError if more than that is already behind it."""
        if self.begin(number) + epochs * self.steps_per_epoch < iteration:
            raise ValueError(f"stage {number + 1} has already trained longer than {epochs} epochs")
        self.lengths[number] = epochs * self.steps_per_epoch
