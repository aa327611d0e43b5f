"""The run folder: the only module that knows the names of the files inside a run.

Trainers write, the page reads; all that is known about a run is in its folder, so it can be moved, zipped and shared.
"""

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import yaml

from engine.messages.failures import Ending
from engine.runs import command_files, earlier_settings, files, series
from engine.runs.checkpoint_folder import CHECKPOINT, CheckpointFolder
from engine.runs.process_identity import is_alive, is_elsewhere, process_of
from engine.runs.status_schema import ACTIVE, FORMAT, STATES, odd_field
from engine.runs.trainer_process import is_copy

STARTING_GRACE = 30.0  # seconds in which a run that was just created may not have a process yet
SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same values, several times as fast
LABELS = ("label", "group", "reference")  # settings that change nothing in the training
NO_NOTES = {"label": "", "notes": "", "tags": []}


class Inside:
    """The path of something in a run folder, made when it is asked for: a list of runs asks for few of many."""

    def __init__(self, *names: str):
        self.names = names

    def __get__(self, folder: "RunFolder", kind: type["RunFolder"]) -> Path:
        return folder.path.joinpath(*self.names)


class RunFolder:
    """One run on disk. Nothing is read before it is asked for; every reader tolerates a writer at work."""

    config_file = Inside("config.yaml")
    trained_file = Inside("trained_with.json")
    changes_file = Inside("changes.yaml")
    edits_file = Inside("edits.yaml")
    environment_file = Inside("environment.json")
    data_file = Inside("data.json")
    status_file = Inside("status.json")
    transition_file = Inside("transition.json")
    notes_file = Inside("notes.json")
    result_file = Inside("result.json")
    predictions_file = Inside("predictions.npz")
    start_file = Inside("start.safetensors")
    lock_file = Inside("run.lock")
    epochs_file = Inside("epochs.jsonl")
    events_file = Inside("events.jsonl")
    log_file = Inside("log.txt")
    series = Inside("series")
    system = Inside("system")
    commands = Inside("commands")
    maps = Inside("maps")
    probes_file = Inside("maps", "probes.npz")
    mistakes_file = Inside("maps", "mistakes.npz")
    best_mistakes_file = Inside("maps", "mistakes_best.npz")
    checkpoints = Inside("checkpoints")

    def __init__(self, path: Path):
        self.path = Path(path)
        self.id = self.path.name

    # --- what the run is

    def config(self) -> dict:
        """The whole config that the run trains with; config.yaml itself before it has begun, and of old runs.

        What only labels a run is as config.yaml says. Raises ValueError naming the file if it is missing or damaged.
        """
        trained = self.trained_config()
        if trained is None:
            return self._config_yaml()
        written = self.written_config() or {}
        return trained | {name: written[name] for name in LABELS if name in written}

    def trained_config(self) -> dict | None:
        """What the trainer keeps of the config that it trains with; None where it has kept none that can be read."""
        return earlier_settings.filled_in(files.read_table(self.trained_file)) or None

    def keep_trained_config(self, config: dict) -> None:
        """Let the run be known by what it trains with, whatever becomes of config.yaml."""
        files.replace_json(self.trained_file, config, durable=True)

    def written_config(self) -> dict | None:
        """config.yaml as it stands there, perhaps edited by hand; None where it cannot be read."""
        try:
            return self._config_yaml()
        except ValueError:
            return None

    def _config_yaml(self) -> dict:
        try:
            config = yaml.load(self.config_file.read_text(encoding="utf-8"), Loader=SAFE_LOADER)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ValueError(f"{self.id}/config.yaml cannot be read: {type(error).__name__}") from error
        if not isinstance(config, dict):
            raise ValueError(f"{self.id}/config.yaml is not a mapping of settings")
        return earlier_settings.filled_in(config)

    def write_config(self, config: dict, changes: dict) -> None:
        """Keep the whole config and, beside it, only what differs from the defaults."""
        for path, value in ((self.config_file, config), (self.changes_file, changes)):
            files.replace_text(path, yaml.safe_dump(value, sort_keys=False, allow_unicode=True), durable=True)

    def notes(self) -> dict:
        """label, notes and tags: what a person says of the run; may change at any time."""
        return NO_NOTES | files.read_table(self.notes_file)

    def write_notes(self, changes: dict) -> None:
        self.refuse_newer()
        notes = files.read_json(self.notes_file)  # where it cannot be read, it must not be replaced
        files.replace_json(self.notes_file, NO_NOTES | (notes if isinstance(notes, dict) else {}) | changes)

    def environment(self) -> dict:
        """Versions, device, threads and what is remembered of the data; {} before the trainer has written it."""
        return files.read_table(self.environment_file)

    def has_begun(self) -> bool:
        """Whether there is anything that other settings might not fit: data and weights that were read, rows, states."""
        made = self.environment_file.exists() or self.start_file.exists() or self.checkpoint_list()
        return bool(made) or series.rows(self.series) > 0

    # --- how it stands

    def status(self) -> dict:
        """status.json with the state as it is now: a run whose process is gone is `interrupted`, not running.

        A folder without a readable status has the state `damaged`, with the reason.
        """
        try:
            status = self.written_status()
        except OSError as error:
            return {"state": "damaged", "reason": f"status.json cannot be read: {error.strerror}"}
        if status.get("state") not in STATES:
            return {"state": "damaged", "reason": "status.json is missing or damaged"}
        if (odd := odd_field(status)) is not None:
            return {"state": "damaged", "reason": f"status.json is damaged: {odd} is {str(status[odd])[:40]!r}"}
        if (status.get("format") or FORMAT) > FORMAT:
            status["newer"] = True
        gone = self._why_gone(status) if status["state"] in ACTIVE else None
        if gone is None:
            return status
        return status | {
            "claimed": status["state"], "state": "interrupted", "reason": gone.message, "ending": gone._asdict()
        }  # fmt: skip

    def _why_gone(self, status: dict) -> Ending | None:
        """Why no process trains this folder although its status says so; None where one does, or may soon."""
        if is_copy(self.path, self.lock_file, status):
            return Ending("copied", {})
        if is_alive(status):
            return None
        if is_elsewhere(status):
            return Ending("silent_elsewhere", {"host": status["host"]})
        young = not status.get("pid") and abs(time.time() - (status.get("created") or 0)) < STARTING_GRACE
        return None if young else Ending("gone", {})

    def trainer(self) -> psutil.Process | None:
        """The living process that trains this very folder; None if there is none, or the folder is a copy."""
        try:
            status = self.written_status()
            return None if is_copy(self.path, self.lock_file, status) else process_of(status)
        except OSError:
            return None

    def written_status(self) -> dict:
        """The status as the trainer wrote it; {} where none can be read. Raises OSError where reading is refused.

        A power cut can take a status that was written in passing (without waiting for the disk); then that of the last
        transition counts, which did wait.
        """
        for path in (self.status_file, self.transition_file):
            status = files.read_json(path)
            if isinstance(status, dict):
                return status
        return {}

    def refuse_newer(self) -> None:
        """Raises ValueError for a run that a newer Thaw made: it is shown as far as it is understood, never changed."""
        if self.status().get("newer"):
            raise ValueError(f"run {self.id} was made by a newer Thaw, so it can only be looked at; update Thaw first")

    def write_status(self, status: dict, durable: bool = False) -> None:
        if durable:
            files.replace_json(self.transition_file, _dated(status), durable)
        files.replace_json(self.status_file, _dated(status), durable)

    def write_last_status(self, status: dict) -> None:
        """Write how the run ended even where the disk takes no new file: over the old status, if it must be."""
        try:
            self.write_status(status, durable=True)
        except OSError:
            files.overwrite_text(self.status_file, json.dumps(_dated(status), ensure_ascii=False, allow_nan=False))

    def result(self) -> dict | None:
        """Final evaluation: per-class accuracy, confusion matrix, most confident mistakes; None before the end."""
        return files.read_json(self.result_file)

    # --- what happened

    def epochs(self) -> list[dict]:
        return files.read_lines(self.epochs_file)

    def events(self, after: int = 0) -> list[dict]:
        """Events with a sequence number above `after`, oldest first."""
        return [event for event in files.read_lines(self.events_file) if event.get("seq", 0) > after]

    def log(self, after: int, limit: int = 65536) -> tuple[str, int]:
        """Text of log.txt from byte `after` on and the byte to go on from; starts again where the log was rotated."""
        try:
            size = self.log_file.stat().st_size
        except FileNotFoundError:
            return "", 0
        if size < after:
            after = 0
        with open(self.log_file, "rb") as file:
            file.seek(max(after, size - limit))
            raw = file.read(limit)
            return raw.decode("utf-8", errors="replace"), file.tell()

    # --- commands: the page writes, the trainer answers with an event

    def send(self, command: str, arguments: dict | None = None) -> int:
        """Leave a command for the run's present life; returns its number. Raises ValueError for an unknown one."""
        if command not in command_files.COMMANDS:
            raise ValueError(f"command {command!r} is unknown; known: {', '.join(command_files.COMMANDS)}")
        self.refuse_newer()
        life = self.status().get("life", 0)
        return command_files.add(self.commands, {"command": command, "arguments": arguments or {}, "life": life})

    def was_told(self, command: str) -> bool:
        """Whether a command was left for the present life, heard or not."""
        life = self.status().get("life", 0)
        return any(order.get("command") == command and order.get("life") == life for order in self.pending(0))

    def pending(self, after: int) -> list[dict]:
        """Commands with a number above `after`, in order; one that is still being written waits for the next call."""
        return command_files.pending(self.commands, after)

    # --- attention maps

    def map_iterations(self) -> list[int]:
        """The iterations at which maps of the probe images were kept, in order."""
        paths = self.maps.glob("*.npz") if self.maps.is_dir() else ()
        return sorted(int(path.stem) for path in paths if path.stem.isdigit())

    def map_file(self, iteration: int) -> Path:
        """The .npz of one moment; its .json says what it shows."""
        return self.maps / f"{iteration:08d}.npz"

    # --- checkpoints: folders named by iteration, whole because they are renamed into place

    def checkpoint(self, iteration: int) -> CheckpointFolder:
        return CheckpointFolder(self.checkpoints / f"iteration-{iteration:08d}")

    def checkpoint_list(self) -> list[CheckpointFolder]:
        """Every whole checkpoint, oldest first."""
        paths = self.checkpoints.glob("iteration-*") if self.checkpoints.is_dir() else ()
        return [CheckpointFolder(path) for path in sorted(paths) if CHECKPOINT.fullmatch(path.name)]

    def find_checkpoint(self, which: str = "last") -> CheckpointFolder:
        """The checkpoint called last, best, or by its folder's name.

        Raises ValueError that lists what there is.
        """
        known = self.checkpoint_list()
        if which == "last" and known:
            return known[-1]
        for checkpoint in reversed(known):
            if which == checkpoint.name or which in checkpoint.about().get("kept_as", []):
                return checkpoint
        there = ", ".join(checkpoint.name for checkpoint in known) or "none was saved"
        raise ValueError(f"run {self.id} has no checkpoint {which!r}; there is: {there}")



def _dated(status: dict) -> dict:
    return {"format": FORMAT} | status | {"updated": time.time()}
