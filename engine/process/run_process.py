"""One run, from its lock to its last word: wait for the device, train, and say in a sentence how it ended.

Imports torch only when it is this run's turn, so that a waiting run costs little.
"""

import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from engine import hardware
from engine.config.run_config import RunConfig
from engine.device.allocator import keep_freed_memory
from engine.device.threads import fix_threads
from engine.messages.failures import explain
from engine.process.device_queue import hold_device
from engine.process.run_settings import take_settings
from engine.runs import files, plain_files
from engine.runs.disk_facts import disk_facts
from engine.runs.reporter import Reporter, Stopped
from engine.runs.run_folder import RunFolder


def train_run(
    folder: RunFolder,
    data: Path,
    resume: bool = False,
    show: Callable[[str], None] = lambda line: None,
    watch: Callable[[dict], None] = lambda status: None,
    settings: str | None = None,
) -> str:
    """Train a run to its end and return its state: finished, stopped or failed.

    data: where data sets live. show gets every log line, watch every change of the status.
    settings: original or edited, where config.yaml was edited after the run began.
    Raises ValueError if the run already has a trainer, is over, or cannot be resumed.
    """
    folder.refuse_newer()
    folder.refuse_links()
    with _only_trainer(folder):
        before = folder.status()
        if before["state"] == "finished" and resume:
            raise ValueError(f"run {folder.id} is finished; start a new run from it instead")
        if before["state"] not in ("starting", "queued", "interrupted") and not resume:
            raise ValueError(f"run {folder.id} is {before['state']}; use resume to continue it")
        config = take_settings(folder, settings)
        reporter = Reporter(folder, int(before.get("life") or 0) + resume, show, watch)
        files.clear_temporary(folder.path)
        try:
            _train(reporter, config, data, resume)
        except Exception as error:
            with _ignoring_children():
                ending = explain(error, reporter.status, disk_facts(error, folder), folder.has_checkpoint())
                reporter.last_words(ending, traceback.format_exc())
        return reporter.status["state"]


@contextmanager
def _ignoring_children() -> Iterator[None]:
    """torch raises from a signal handler when a reader of images dies: not into the last words as well."""
    try:
        before = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    except (AttributeError, ValueError):  # Windows has no such signal; another thread than the main one hears none
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGCHLD, before or signal.SIG_DFL)


def _train(reporter: Reporter, config: RunConfig, data: Path, resume: bool) -> None:
    """From `starting` to `finished` or `stopped`. Whatever is raised is why the run failed."""
    folder = reporter.folder
    reporter.state("starting")
    try:
        device = folder.environment().get("device") if resume else None
        device = hardware.choose_device(config.device) if device is None else device
        with hold_device(folder.path.parent, device, reporter):
            reporter.state("starting", waiting_for=None, device=device)
            _set_threads(config, device, folder)
            if device == "cpu":
                keep_freed_memory()
            from engine.process.training_session import Session

            Session(config, data, device, reporter).run(resume)
    except Stopped as order:
        reporter.event("stopped")
        reporter.state("stopped", order.ending.message, ending=order.ending._asdict())
    else:
        reporter.event("finished")
        reporter.state("finished", seconds_left=0)


@contextmanager
def _only_trainer(folder: RunFolder) -> Iterator[None]:
    plain_files.check_lock(folder.lock_file)
    lock = FileLock(folder.lock_file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ValueError(f"run {folder.id} already has a trainer") from None
    try:
        yield
    finally:
        lock.release()


def _set_threads(config: RunConfig, device: str, folder: RunFolder) -> None:
    """Fix the number of threads; a resumed run takes the number it had."""
    fix_threads(folder.environment().get("threads") or config.threads, device)
