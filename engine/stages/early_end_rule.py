"""When a stage ends before its last epoch: its accuracy was reached, or no longer rises."""

from typing import Any

from engine.config.stage import Stage


class EarlyEnd:
    """Watches the accuracy of one stage, epoch by epoch."""

    def __init__(self) -> None:
        self.best = -1.0  # percent
        self.without = 0  # epochs since it rose

    def reason(self, stage: Stage, top1: float) -> str | None:
        """Why the stage ends with the epoch that reached this accuracy: `accuracy`, `plateau`, or None."""
        self.without = 0 if top1 > self.best else self.without + 1
        self.best = max(self.best, top1)
        if stage.until_accuracy is not None and top1 >= stage.until_accuracy:
            return "accuracy"
        return "plateau" if 0 < stage.patience <= self.without else None

    def state_dict(self) -> dict[str, Any]:
        return vars(self).copy()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
