"""A job in a process of its own ends with an answer or a sentence."""

import errno

import pytest
import torch

from engine.messages.coded_error import CodedError
from engine.worker import step_cost
from engine.worker.subprocess_job import last_line
from tests.made_runs import ask
from tests.training import TINY


def test_what_is_missing_is_said_by_the_process_in_a_sentence(worker_cache):
    with pytest.raises(ValueError, match=r"^path 'nowhere': folder .* does not exist"):
        ask(worker_cache, "step_cost", config=TINY | {"data": {"name": "image_folder", "path": "nowhere"}})


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(errno.EINVAL, "Invalid argument", "/d/1.png"), {"error": "/d/1.png: Invalid argument"}),
        (OSError(errno.EIO, "Input/output error"), {"error": "Input/output error"}),
        (ValueError("path: does not exist"), {"error": "path: does not exist"}),
        (CodedError("no_picture"), {"coded": {"code": "no_picture", "values": {}}}),
        (MemoryError(), {"coded": {"code": "job_memory", "values": {"file": ""}}}),
    ],
)
def test_a_job_that_fails_speaks_of_no_run_to_resume(error, line):
    assert last_line(error) == line


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_a_card_that_is_not_there_is_said_to_be_missing(worker_cache):
    with pytest.raises(ValueError, match="device: cuda:0 cannot be used: PyTorch sees 0 graphics cards"):
        ask(worker_cache, "step_cost", config=TINY | {"device": "cuda:0"})


def test_a_process_that_dies_without_a_word_is_an_error_with_advice(worker_cache, monkeypatch):
    monkeypatch.setattr(step_cost, "PROCESS", "keyword")  # a module that does nothing
    with pytest.raises(ValueError, match="most likely memory ran out: choose a smaller batch_size"):
        ask(worker_cache, "step_cost", config=TINY)
