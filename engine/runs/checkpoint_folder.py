"""A checkpoint on disk: the names of its files and what it says of itself."""

import re
from pathlib import Path

from engine.runs import files

CHECKPOINT = re.compile(r"iteration-\d{8}(-again)?")


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
        about = files.read_table(self.about_file)
        kinds = {"kept_as": list, "sha256": dict}
        return {key: value for key, value in about.items() if isinstance(value, kinds.get(key, object))}
