"""The run folder: the only module that knows the names of the files inside a run.

Trainers write, the page reads; all that is known about a run is in its folder, so it can be moved, zipped and shared.
"""

import json
import os
import re
import time
from pathlib import Path
from typing import NamedTuple

import psutil

from engine.config import differences, yaml_files
from engine.config.idle_settings import LABELS
from engine.messages.failures import Ending
from engine.runs import command_files, earlier_settings, files, kinds, plain_files, series
from engine.runs.checkpoint_folder import CHECKPOINT, CheckpointFolder
from engine.runs.file_kinds import ENVIRONMENT, MAP_ABOUT, is_epoch, is_event, notes_in
from engine.runs.json_lines import JsonLines
from engine.runs.process_identity import is_alive, is_elsewhere, is_of_this_boot, process_of
from engine.runs.status_schema import ACTIVE, FORMAT, STATES, odd_field
from engine.runs.trainer_process import is_copy

LARGEST_STATUS, LARGEST_CONFIG = 1 << 20, 1 << 18  # bytes; a thousand edits take 80 kB
STARTING_GRACE = 30.0  # seconds in which a run that was just created may not have a process yet
MAP = re.compile(r"[0-9]{8,15}\.npz")
SAID_HERE = ("newer", "claimed")  # of a status; what a file says of them does not count


class LogText(NamedTuple):
    """A piece of log.txt, the byte to go on from, and how many bytes before it were left out."""

    text: str
    following: int
    left_out: int


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
        kept = files.read_table(self.trained_file)
        return earlier_settings.filled_in(kept) if kept else self._begun_with()

    def _begun_with(self) -> dict | None:
        """The same of a run that began when trainers kept only config.yaml and, beside it, what of it is no default."""
        changes = self.table_of(self.changes_file) if self.has_begun() else None
        if changes is None:
            return None
        config, _ = differences.check(earlier_settings.filled_in(changes))
        return None if config is None else config.model_dump()

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
        name = f"{self.id}/config.yaml"
        try:
            config = yaml_files.written_mapping(files.read_bytes(self.config_file, LARGEST_CONFIG), name)
        except OSError as error:
            raise ValueError(f"{name} cannot be read: {error.strerror or error}") from error
        if not config:
            raise ValueError(f"{name} is not a mapping of settings")
        return earlier_settings.filled_in(config)

    def table_of(self, path: Path) -> dict | None:
        """The mapping in another YAML file of the run, or None where it is missing or damaged."""
        try:
            return yaml_files.written_mapping(files.read_bytes(path, LARGEST_CONFIG), path.name)
        except (OSError, ValueError):
            return None

    def write_config(self, config: dict, changes: dict) -> None:
        """Keep the whole config and, beside it, only what differs from the defaults."""
        for path, value in ((self.config_file, config), (self.changes_file, changes)):
            files.replace_text(path, yaml_files.dump(value), durable=True)

    def notes(self) -> dict:
        """label, notes and tags: what a person says of the run, and nothing else; may change at any time."""
        return notes_in(files.read_table(self.notes_file))

    def write_notes(self, changes: dict) -> None:
        """Change some of the notes; a file that cannot be understood is kept beside the new one."""
        self.refuse_newer()
        notes = files.read_json(self.notes_file)  # where it cannot be read, it must not be replaced
        if not isinstance(notes, dict) and self.notes_file.exists():
            files.move(self.notes_file, files.free_name(self.notes_file.with_suffix(".damaged")))
        known = notes if isinstance(notes, dict) else {}
        files.replace_json(self.notes_file, notes_in({}) | known | changes)

    def environment(self) -> dict:
        """Versions, device, threads and what is remembered of the data; {} before the trainer has written it."""
        return kinds.narrowed(files.read_table(self.environment_file), ENVIRONMENT)

    def has_begun(self) -> bool:
        """Whether other settings might not fit what is there: data and weights that were read, rows, states."""
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
            return {"state": "damaged", "reason": f"status.json cannot be read: {error.strerror or error}"}
        if status.get("state") not in STATES:
            return {"state": "damaged", "reason": "status.json is missing or damaged"}
        if (odd := odd_field(status)) is not None:
            return {"state": "damaged", "reason": f"status.json is damaged: {odd} is {str(status[odd])[:40]!r}"}
        status = {key: value for key, value in status.items() if key not in SAID_HERE}
        if (status.get("format") or FORMAT) > FORMAT:
            status["newer"] = True
        uptime = status.pop("uptime", None)
        if status["state"] in ACTIVE and uptime is not None and is_of_this_boot(status):
            silence = max(0.0, time.monotonic() - uptime)  # whatever was done to the clock since
            status["updated"] = time.time() - silence
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
            if odd_field(status) is not None:
                return None
            return None if is_copy(self.path, self.lock_file, status) else process_of(status)
        except OSError:
            return None

    def written_status(self) -> dict:
        """The status as the trainer wrote it; {} where none can be read. Raises OSError where reading is refused.

        A power cut can take a status that was written in passing (without waiting for the disk); then that of the last
        transition counts, which did wait.
        """
        for path in (self.status_file, self.transition_file):
            status = files.read_json(path, LARGEST_STATUS)
            if isinstance(status, dict):
                return status
        return {}

    def refuse_newer(self) -> None:
        """Raises ValueError for a run that a newer Thaw made: it is shown as far as it is understood, never changed."""
        if self.status().get("newer"):
            raise ValueError(f"run {self.id} was made by a newer Thaw, so it can only be looked at; update Thaw first")

    def refuse_links(self) -> None:
        """Raises ValueError that names everything in the folder that is never opened, such as a link."""
        if found := plain_files.look_through(self.path).not_plain:
            raise ValueError(f"run {self.id}: " + "; ".join(map(str, found)))

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
        return files.read_table(self.result_file) or None

    # --- what happened

    def epochs(self) -> list[dict]:
        return JsonLines(self.epochs_file, is_epoch).rows()

    def events(self, after: int = 0) -> list[dict]:
        """Events with a sequence number above `after`, oldest first."""
        return [event for event in JsonLines(self.events_file, is_event).rows() if event["seq"] > after]

    def log(self, after: int, limit: int = 65536) -> LogText:
        """Text of log.txt from byte `after` on; starts again where the log was rotated."""
        try:
            file = plain_files.opened(self.log_file)
        except FileNotFoundError:
            return LogText("", 0, 0)
        with file:
            size = os.fstat(file.fileno()).st_size
            after = after if after <= size else 0
            begin = file.seek(max(after, size - limit))
            text = file.read(limit).decode("utf-8", errors="replace")
            return LogText(text, file.tell(), begin - after)

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
        names = plain_files.file_names(self.maps, ".npz")
        return sorted(int(name[: -len(".npz")]) for name in names if MAP.fullmatch(name))

    def map_file(self, iteration: int) -> Path:
        """The .npz of one moment; its .json says what it shows."""
        return self.maps / f"{iteration:08d}.npz"

    def map_about(self, iteration: int) -> dict:
        """What a kept map shows: epoch, stage, why and blocks, as far as the file says so; and its iteration."""
        about = files.read_table(self.map_file(iteration).with_suffix(".json"))
        return kinds.narrowed(about, MAP_ABOUT) | {"iteration": iteration}

    # --- checkpoints: folders named by iteration, whole because they are renamed into place

    def checkpoint(self, iteration: int) -> CheckpointFolder:
        return CheckpointFolder(self.checkpoints / f"iteration-{iteration:08d}")

    def checkpoint_list(self) -> list[CheckpointFolder]:
        """Every whole checkpoint, oldest first."""
        names = plain_files.folder_names(self.checkpoints)
        return [CheckpointFolder(self.checkpoints / name) for name in names if CHECKPOINT.fullmatch(name)]

    def has_checkpoint(self) -> bool:
        """Whether one was saved, as far as the disk still tells."""
        try:
            return bool(self.checkpoint_list())
        except OSError:
            return False

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
    return {"format": FORMAT} | status | {"updated": time.time(), "uptime": time.monotonic()}
