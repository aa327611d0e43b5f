"""A checkpoint on disk: the names of its files and what it says of itself."""

import re
from pathlib import Path

from engine.runs import files, kinds
from engine.runs.kinds import is_number, is_table, is_text, list_of

CHECKPOINT = re.compile(r"iteration-\d{8}(-again)?")
ABOUT = {
    **dict.fromkeys(("iteration", "epoch", "stage", "top1", "time"), is_number),
    "kept_as": list_of(is_text), "sha256": is_table,
}  # fmt: skip


class CheckpointFolder:
    """One saved moment: weights, the state that continues a training, and what it is."""

    def __init__(self, path: Path):
        self.path = path
        self.name = path.name
        self.weights_file = path / "weights.safetensors"
        self.training_file = path / "training.pt"
        self.about_file = path / "about.json"

    def about(self) -> dict:
        """iteration, epoch, stage, validation accuracy, kept_as (last, best, stage_end ...), sha256 of each file."""
        return kinds.narrowed(files.read_table(self.about_file), ABOUT)
