"""The worker answers JSON lines with JSON lines, survives whatever it is asked, and ends when its input does."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.config.differences import resolve
from engine.worker import serve
from engine.worker.cache import Cache
from engine.worker.plan_summary import describe_plan
from tests.made_runs import make_run

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("Läufe 运行")


@pytest.fixture(scope="module")
def worker(runs):
    """`python -m engine serve`, to be talked to line by line."""
    process = start(["-m", "engine", "serve", "--data", str(runs), "--runs", str(runs)])
    yield process
    process.stdin.close()
    assert process.wait(60) == 0, "it ends when its input does"


def start(arguments):
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)  # fmt: skip


def say(process, line):
    process.stdin.write((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n")
    process.stdin.flush()


def hear(process):
    return json.loads(process.stdout.readline())


@pytest.mark.parametrize(
    ("line", "number", "says"),
    [
        (b"this is no JSON", None, "not JSON"),
        (b"[1, 2]", None, "a job is a JSON object"),
        (b"", None, "not JSON"),
        (b"\xff\xfe", None, "utf"),
        ({"id": 3, "kind": "atention"}, 3, "did you mean 'attention'"),
        ({"id": 4}, 4, "job 'None' is unknown"),
        ({"id": 5, "kind": "summary", "arguments": []}, 5, "config"),
        ({"id": 6, "kind": "summary", "arguments": "text"}, 6, "mapping"),
    ],
)
def test_a_line_that_is_no_job_is_answered_and_the_worker_lives_on(worker, line, number, says):
    say(worker, line)
    answer = hear(worker)
    assert answer["id"] == number and says in answer["error"]
    say(worker, {"id": 9, "kind": "check", "arguments": {"config": {}}})
    plan = describe_plan(resolve({}), Cache(Path(), Path())).lines
    assert hear(worker) == {"id": 9, "result": {"faults": [], "plan": plan, "remarks": [], "data": []}}


def test_progress_comes_before_the_result(worker, runs):
    run = make_run(runs)
    say(worker, {"id": "a", "kind": "samples", "arguments": {"run": str(run.path), "count": 1}})
    first, last = hear(worker), hear(worker)
    assert first["id"] == last["id"] == "a"
    assert 0 < first["progress"] < 1 and first["text"] and len(last["result"]["samples"]) == 1


def test_an_error_comes_with_its_code_and_values_so_that_another_language_can_tell_it(worker, runs):
    run = make_run(runs)
    say(worker, {"id": "b", "kind": "attention", "arguments": {"run": str(run.path), "sample": 10**6}})
    last = hear(worker)
    while "progress" in last:
        last = hear(worker)
    assert last["coded"]["code"] == "no_test_image" and last["coded"]["values"]["index"] == 10**6
    assert last["error"].startswith("test image 1000000 does not exist; they are numbered 0 to ")


def test_what_a_job_prints_does_not_spoil_the_answers(runs):
    """Python's print, a write to the file descriptor and a child process: all go to standard error."""
    noisy = (
        "import os, subprocess, sys; from pathlib import Path; from engine.worker import config_previews, serve\n"
        "def job(asked, worker_cache, tell):\n"
        "    print('noise'); os.write(1, b'more noise\\n'); subprocess.run([sys.executable, '-c', 'print(1)'])\n"
        "    raise OSError('broken on purpose')\n"
        "serve.JOBS['noisy'] = (config_previews.Config, job)\n"
        "serve.main(Path(sys.argv[1]), Path(sys.argv[1]))"
    )
    process = start(["-c", noisy, str(runs)])
    say(process, {"id": 1, "kind": "noisy", "arguments": {"config": {}}})
    process.stdin.close()
    lines = process.stdout.read().splitlines()
    assert process.wait(60) == 0 and len(lines) == 1
    assert "broken on purpose" in json.loads(lines[0])["error"]


def test_what_ran_out_is_told_in_a_sentence_with_its_code_and_each_job_marks_where_its_words_begin(monkeypatch, capsys):
    """Linux's words for want of memory, and a file on a full disk."""
    answers = []
    for error, code in (
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"), "job_memory"),
        (OSError(errno.ENOSPC, "No space left on device", "/d/cache.npz"), "job_disk_full_file"),
    ):

        def fail(*arguments, error=error):
            raise error

        monkeypatch.setattr(serve, "do", fail)
        serve.answer_line(b'{"id": 7, "kind": "summary", "mark": "job 7 begins"}', None, answers.append)
        assert answers[-1]["coded"]["code"] == code and "try again" in answers[-1]["error"]
        assert capsys.readouterr().err.splitlines()[0] == "job 7 begins"
    assert "/d/cache.npz" in answers[-1]["error"]
