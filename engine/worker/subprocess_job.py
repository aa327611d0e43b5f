"""A job that a process of its own does for the worker, with the threads and on the device that a training would have.

What it takes of the memory can be told apart, and is free again at its end, however it ends: the worker itself holds
no memory of a card.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import hardware
from engine.config.run_config import RunConfig
from engine.device import threads
from engine.messages.coded_error import CodedError
from engine.messages.failures import explain, in_words, job_error

if TYPE_CHECKING:  # the process sets its threads before torch is imported
    import torch

    from engine.worker.cache import Cache, Progress

HOUSE = Path(__file__).parents[2]


def run(module: str, question: dict[str, Any], cache: "Cache", progress: "Progress") -> dict[str, Any]:
    """What a process that runs the module answers. Raises ValueError with its sentence where it could not be done."""
    command = [sys.executable, "-m", module, str(cache.data), str(cache.runs)]
    environment = {key: value for key, value in os.environ.items() if key not in threads.THREAD_VARIABLES}
    with subprocess.Popen(
        command, cwd=HOUSE, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps(question))
        process.stdin.close()
        for line in process.stdout:
            answer = json.loads(line)
            if "progress" in answer:
                progress(answer["progress"], answer["text"])
            elif "coded" in answer:
                raise CodedError(answer["coded"]["code"], **answer["coded"]["values"])
            elif "error" in answer:
                raise ValueError(answer["error"])
            else:
                return answer
    raise ValueError(
        f"the process that tried it out ended without a word (exit code {process.returncode}); most likely memory ran "
        "out: choose a smaller batch_size or model"
    )


def main(work: Callable[[dict[str, Any], Path, Path, "Progress"], dict[str, Any]]) -> None:
    """The main program of such a module: the question comes on standard input; lines with progress go out, then one
    with the result of work(question, data, runs, progress) or with an error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed is no answer

    def write(line: dict[str, Any]) -> None:
        answers.write(json.dumps(line, allow_nan=False) + "\n")
        answers.flush()

    def progress(done: float, text: str) -> None:
        write({"progress": done, "text": text})

    try:
        write(work(json.load(sys.stdin), Path(sys.argv[1]), Path(sys.argv[2]), progress))
    except Exception as error:
        write(last_line(error))


def last_line(error: Exception) -> dict[str, Any]:
    """Why there is no result. No run has failed, so nothing can be resumed."""
    if known := error if isinstance(error, CodedError) else job_error(error):
        return {"coded": known.as_dict()}
    return {"error": in_words(error) if isinstance(error, OSError) else explain(error, {}).message}


def prepare_device(config: RunConfig) -> "tuple[torch.device, int]":
    """The device of a training with this config and its number of threads, all switches set as it would set them."""
    name = hardware.choose_device(config.device)
    count = threads.fix_threads(config.threads, name)
    import torch

    from engine.device import device_checks, precision

    device = torch.device(name)
    device_checks.require(device)
    precision.set_switches(config, device)
    return device, count
