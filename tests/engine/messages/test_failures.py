"""Why a training ended is told with where and what to do next; every sentence word for word is in tests/promises."""

import errno
import json

import pytest
import torch
from torch import nn

from engine.config.differences import resolve
from engine.messages.failures import explain, in_words, trial_failed


def test_the_code_follows_from_the_error_and_the_place_from_the_status():
    errors = {
        "memory": MemoryError(),
        "not_finite": FloatingPointError("the loss became nan"),
        "disk_full": OSError(errno.ENOSPC, "No space left on device"),
        "disk_broken": OSError(errno.EIO, "Input/output error", "/d/a.png"),
        "file": OSError(errno.EINVAL, "Invalid argument", "/d/a.png"),
        "reader_killed": RuntimeError("DataLoader worker (pid 4711) is killed by signal: Killed. "),
        "said": ValueError("a reason of its own"),
        "unforeseen": KeyError("surprise"),
    }
    assert {name: explain(error, {"epoch": 3}).code for name, error in errors.items()} == {
        name: name for name in errors
    }
    assert "in epoch 3 (stage 2)" in explain(errors["memory"], {"epoch": 3, "stage": 1}).message
    assert "before the first step" in explain(errors["memory"], {}).message


@pytest.mark.parametrize(
    ("raises", "code", "words"),
    [
        (lambda: resolve({"batch_size": 0}), "said", "batch_size: must be at least 1, not 0"),
        (lambda: json.loads("{"), "unforeseen", "JSONDecodeError in epoch 2 (stage 1): Expecting property name"),
        (lambda: nn.BatchNorm2d(3)(torch.zeros(2, 3)), "unforeseen", "ValueError in epoch 2 (stage 1): expected 4D"),
        (lambda: nn.BatchNorm1d(3)(torch.zeros(1, 3)), "lone_image_met", "Choose sizes of batch_size"),
    ],
)
def test_words_of_a_library_are_not_handed_on_as_a_sentence_of_ours(raises, code, words):
    """What this engine says tells what to do next; what a library says is told with its kind, and points to the log."""
    with pytest.raises(ValueError) as caught:
        raises()
    ending = explain(caught.value, {"epoch": 2})
    assert (ending.code, words in ending.message) == (code, True), ending.message
    assert code != "unforeseen" or ending.message.endswith("See the log for details.")


def test_a_dry_run_that_fails_by_a_library_says_what_the_training_would():
    with pytest.raises(ValueError) as caught:
        nn.BatchNorm1d(3)(torch.zeros(1, 3))
    told = trial_failed("dry run", ["", ""], 1, ["head"], caught.value)
    assert "Choose sizes of batch_size" in told and "Expected more than" not in told


@pytest.mark.parametrize(
    ("error", "why", "advice"),
    [
        (
            OSError(errno.EMFILE, "Too many open files", "/d/1.png"),
            "Too many files are open at once",
            "Raise the limit",
        ),
        (OSError(errno.EACCES, "Permission denied", "/d/1.png"), "/d/1.png: permission denied", "Give your user"),
        (RuntimeError("unable to write to file </torch_1_2>"), "shared memory is full", "Enlarge /dev/shm"),
        (RuntimeError("No CUDA GPUs are available"), "there is no usable GPU", "Set device to cpu"),
        (MemoryError(), "memory ran out", "Choose a smaller batch_size"),
        (OSError(errno.EINVAL, "Invalid argument", "/d/1.png"), "/d/1.png: Invalid argument", ""),
        (RuntimeError("shapes differ"), "RuntimeError: shapes differ", ""),
    ],
)
def test_a_trial_tells_the_fact_and_what_to_do_and_nothing_of_a_run_that_has_not_begun(error, why, advice):
    told = trial_failed("trial", ["", ""], 1, ["head"], error)
    assert f"failed: {why}. Nothing has been trained yet." in told and advice in told, told
    assert not [word for word in ("Resume", "checkpoint", "before the first step") if word in told], told


@pytest.mark.parametrize("error", [MemoryError(), OSError(errno.ENOSPC, "?", "/r/x"), ConnectionResetError("reset")])
def test_a_checkpoint_is_called_kept_only_where_one_was_saved(error):
    status = {"epoch": 2, "stage": 0}
    told = {saved: explain(error, status, has_checkpoint=saved).message for saved in (True, False)}
    assert told[True] == f"{told[False]} The last checkpoint is kept."
    assert "kept" not in told[False]


def test_outside_a_training_too_no_number_of_an_error_is_told():
    full = OSError(errno.ENOSPC, "No space left on device", "/runs/x/.status.json.4711-0a1b2c3d.tmp")
    assert (
        in_words(full) == "/runs/x/status.json could not be written: its disk is full. Free some space, then try again"
    )
    assert in_words(ValueError("a reason of its own")) == "a reason of its own"
    assert in_words(OSError("what nobody foresaw")) == "what nobody foresaw"
    assert in_words(OSError(errno.EINVAL, "Invalid argument", "/d/1.png")) == "/d/1.png: Invalid argument"
