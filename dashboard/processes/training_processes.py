"""Training processes: start, resume, list and end them. None of them ends with the dashboard."""

import logging
import signal
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import psutil

from dashboard.processes import launching
from dashboard.processes.spare_trainer import SpareTrainer
from engine.config import config_drift
from engine.messages.failures import Ending, job_error
from engine.runs import all_runs, queue_tickets
from engine.runs.plain_files import opened
from engine.runs.run_folder import RunFolder
from engine.runs.status_schema import ACTIVE, RESUMABLE
from engine.runs.trainer_process import holds_lock

PATIENCE = 10.0  # seconds a process gets to end by itself
SPEECHLESS = ("never_began", "never_went_on")  # ends of processes that wrote no state
log = logging.getLogger("thaw")


def start(
    folder: RunFolder,
    data: Path,
    word: str = "run",
    spare_trainer: SpareTrainer | None = None,
    settings: str | None = None,
) -> None:
    """Let the spare trainer, if there is one, train the run; else start `python -m engine run FOLDER` (or resume).
    Either way the process outlives this one.

    data: where data sets live. Raises OSError if no process could be started; the run then says so. Raises ValueError
    for a folder in which something is a link.
    """
    folder.refuse_links()
    # A run that waits for its turn need not hold what it trains with.
    waits = queue_tickets.is_any_taken(folder.path.parent)
    before = _status(folder)
    process = spare_trainer.take(folder, data, word, settings) if spare_trainer and not waits else None
    try:
        process = process or _new(folder, data, word, settings)
    except OSError as error:
        _close(folder, "failed", "not_started", why=why(error))
        raise
    threading.Thread(target=_reap, args=(process, folder, before), name=f"reap {folder.id}", daemon=True).start()


def why(error: OSError) -> str:
    """Why a process could not be started."""
    return str(job_error(error) or error.strerror)


def _new(folder: RunFolder, data: Path, word: str, settings: str | None = None) -> subprocess.Popen:
    command = [*launching.ENGINE, word, str(folder.path), "--data", str(data)]
    command += ["--settings", settings] if settings else []
    with opened(folder.log_file, "ab") as output:
        return launching.launch(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)


def resume(
    folder: RunFolder, data: Path, spare_trainer: SpareTrainer | None = None, settings: str | None = None
) -> None:
    """Go on from the last checkpoint, or begin again where none was saved.

    settings: original or edited, where config.yaml was edited after the run began.
    Raises ValueError if the run is active or finished, or nobody chose what to go on with.
    """
    folder.refuse_newer()
    status = folder.status()
    state = status["state"]
    if state not in RESUMABLE:
        raise ValueError(f"run {folder.id} is {state}; only interrupted, stopped or failed runs can be resumed")
    if folder.trained_config() is not None:
        config_drift.settings_to_resume(folder.config(), folder.written_config(), folder.has_begun(), settings)
    start(folder, data, "resume" if status.get("pid") else "run", spare_trainer, settings)


def running(runs: Path) -> dict[int, str]:
    """The process id of every training of ours that lives, and its run."""
    found = {}
    for folder in all_runs.all_runs(runs):
        process = folder.trainer()
        if process is not None:
            found[process.pid] = folder.id
    return found


def kill(folder: RunFolder, patience: float = PATIENCE) -> None:
    """End the run's process and its children: asked first, then by force.

    Raises ValueError where no process of ours is known for this run, or where it may not be signalled.
    """
    if (folder.status().get("ending") or {}).get("code") == "copied":
        raise ValueError(f"run {folder.id} is a copy: only the original has a training process, which goes on")
    process = folder.trainer()
    try:
        if process is None or not _trains(process, folder):
            raise ValueError(f"run {folder.id} has no training process on this machine, so there is nothing to kill")
        with suppress(OSError, ValueError):  # the disk may be full, or a newer Thaw at work: it is ended all the same
            folder.send("kill")
        _end(process, patience)
    except psutil.AccessDenied as error:
        raise ValueError(f"the process of run {folder.id} belongs to another user, who alone can end it") from error
    _close(folder, "interrupted", "ended_from_page")


def _end(process: psutil.Process, patience: float) -> None:
    """End a process and its children, whether or not it ends by itself meanwhile. Raises psutil.AccessDenied."""
    family = [process]
    with suppress(psutil.NoSuchProcess):
        family += process.children(recursive=True)
        process.terminate()
    psutil.wait_procs([process], timeout=patience)
    for member in family:
        with suppress(psutil.NoSuchProcess):
            member.kill()  # psutil looks at the creation time first: a reused id is left alone
    psutil.wait_procs(family, timeout=patience)


def _trains(process: psutil.Process, folder: RunFolder) -> bool:
    """Whether the process is one of ours and holds the run's lock; a status file alone could name any process.

    Raises psutil.AccessDenied where it belongs to another user.
    """
    try:
        return "engine" in process.cmdline() and holds_lock(process, folder.lock_file)
    except psutil.NoSuchProcess:
        return False


def _reap(process: subprocess.Popen, folder: RunFolder, before: dict) -> None:
    """Wait for a process of ours, so that no zombie stays, and say how it ended if it could not say so itself.

    before: the status when it was started; who still stands there never heard of the new process.
    """
    how = _ending(process.wait())
    status = _status(folder)
    if not folder.path.is_dir():
        return
    if _who(status) != _who(before):
        if status.get("pid") == process.pid:
            code = "ended_from_page" if folder.was_told("kill") else "gone_with"
            _close(folder, "interrupted", code, how=how)
    elif status.get("pid"):
        _close(folder, "failed", "never_went_on", how=how)
    else:
        _close(folder, "failed", "never_began", how=how)


def _who(status: dict) -> tuple:
    return status.get("pid"), status.get("process_created")


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    name = f"signal {-code}, {signal.Signals(-code).name}" if -code in set(signal.Signals) else f"signal {-code}"
    return f"{name}: by hand, or because memory ran out" if name.endswith("SIGKILL") else name


def _close(folder: RunFolder, state: str, code: str, **values: object) -> None:
    """Write down the end of a run whose process is gone and left an active state behind, or none of its own."""
    ending = Ending(code, values)
    status = _status(folder)
    if (status.get("state") in ACTIVE or code in SPEECHLESS) and folder.trainer() is None:
        try:
            folder.write_status(status | {"state": state, "reason": ending.message, "ending": ending._asdict()})
        except OSError as error:
            log.warning("the end of run %s could not be written down: %s", folder.id, error.strerror)


def _status(folder: RunFolder) -> dict:
    """status.json as it was written, not as RunFolder.status reads it."""
    try:
        return folder.written_status()
    except OSError:
        return {}
