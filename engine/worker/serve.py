"""The worker behind the page: answers what needs torch, one job at a time, as JSON lines.

In: {"id": 1, "kind": "attention", "arguments": {...}, "mark": "..."}, where the mark, if there is one, is repeated on
standard error before the job begins. Out: {"id": 1, "progress": 0.4, "text": "..."} any number of
times, then {"id": 1, "result": {...}} or {"id": 1, "error": "a sentence"}, where the sentence has them with its code
and values: "coded": {"code": ..., "values": {...}}. It ends when its input does.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import torch
from pydantic import ValidationError

from engine import hardware
from engine.messages.coded_error import CodedError
from engine.messages.failures import job_error
from engine.messages.faults import faults_of
from engine.messages.suggestion import near
from engine.options import PartOptions
from engine.worker import attention_viewer, config_previews, network_summary, range_test, schedule_preview, step_cost
from engine.worker.cache import Cache

NICENESS = 10
JOBS: dict[str, tuple[type[PartOptions], Callable[..., dict]]] = {
    "attention": (attention_viewer.Attention, attention_viewer.attention),
    "samples": (attention_viewer.Samples, attention_viewer.samples),
    "check": (config_previews.Config, config_previews.check),
    "summary": (config_previews.Config, config_previews.summary),
    "network": (config_previews.Config, network_summary.network),
    "preview": (config_previews.Preview, config_previews.preview),
    "schedule": (schedule_preview.ScheduleRequest, schedule_preview.schedule),
    "step_cost": (step_cost.StepCost, step_cost.step_cost),
    "range_test": (range_test.RangeTest, range_test.range_test),
}


def main(data: Path, runs: Path) -> int:
    """Serve until standard input ends. data: where data sets live; runs: where runs are kept."""
    answers = take_over_stdout()
    be_polite()
    cache = Cache(data, runs)

    def write(answer: dict) -> None:
        answers.write(json.dumps(answer, allow_nan=False) + "\n")
        answers.flush()

    for line in sys.stdin.buffer:
        answer_line(line, cache, write)
    return 0


def take_over_stdout() -> TextIO:
    """Standard output for answers alone: whatever else is printed, also by libraries in C, goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def be_polite() -> None:
    """Low priority: whatever is asked here, a training on the same machine is more important."""
    torch.set_num_threads(1)
    hardware.be_polite(NICENESS)


def answer_line(line: bytes, cache: Cache, write: Callable[[dict], None]) -> None:
    """Do the job in one line; whatever goes wrong becomes an error with a sentence, and the worker lives on."""
    number = None
    try:
        question = json.loads(line)
        if not isinstance(question, dict):
            raise ValueError("a job is a JSON object with id, kind and arguments")
        number = question.get("id")
        if question.get("mark"):
            print(question["mark"], file=sys.stderr, flush=True)
        write(
            {
                "id": number,
                "result": do(question, cache, lambda progress, text: write(_progress(number, progress, text))),
            }
        )
    except Exception as raised:
        if not isinstance(raised, ValueError):
            traceback.print_exc()
        error = job_error(raised) or raised
        said = {"coded": error.as_dict()} if isinstance(error, CodedError) else {}
        write({"id": number, "error": sentence(error), **said})


def do(question: dict[str, Any], cache: Cache, progress: Callable[[float, str], None]) -> dict:
    """The result of a job. Raises ValueError with a sentence for what is wrong with the question."""
    kind = str(question.get("kind"))
    if kind not in JOBS:
        raise ValueError(f"job {kind!r} is unknown{near(kind, list(JOBS))}; known: {', '.join(JOBS)}")
    arguments, job = JOBS[kind]
    try:
        request = arguments.model_validate(question.get("arguments") or {})
    except ValidationError as error:
        known = [field.alias or name for name, field in arguments.model_fields.items()]
        raise ValueError("; ".join(map(str, faults_of(error, known)))) from error
    return job(request, cache, progress)


def _progress(number: Any, progress: float, text: str) -> dict:
    return {"id": number, "progress": progress, "text": text}


def sentence(error: Exception) -> str:
    """What went wrong, for a person."""
    if isinstance(error, json.JSONDecodeError):
        return f"this line is not JSON: {error}"
    if isinstance(error, ValueError):
        return str(error)
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return f"{type(error).__name__}: {error}. The log of the dashboard has the details"
