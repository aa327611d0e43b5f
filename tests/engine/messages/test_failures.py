"""Why a training ended is told with where and what to do next; every sentence word for word is in tests/promises."""

import errno

from engine.messages.failures import explain


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
