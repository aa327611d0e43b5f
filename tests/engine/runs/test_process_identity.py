"""A process is known by more than its number."""

import os
import subprocess
import sys
import time

import pytest

from engine.runs.process_identity import ELSEWHERE_GRACE, identity, is_alive, process_of


def test_this_process_is_alive_and_one_of_another_time_machine_or_boot_is_not():
    me = identity()
    assert me["pid"] == os.getpid() and process_of(me).pid == os.getpid() and is_alive(me)
    for changed in ({"process_created": me["process_created"] + 1}, {"boot_id": "another"}, {"host": "another"},
                    {"pid": None}, {"process_created": "odd"}):  # fmt: skip
        assert process_of(me | changed) is None and not is_alive(me | changed)


def test_on_another_machine_a_sign_of_life_counts_for_a_minute():
    there = identity() | {"host": "another"}
    assert is_alive(there | {"updated": time.time()})
    assert not is_alive(there | {"updated": time.time() - 2 * ELSEWHERE_GRACE})


@pytest.mark.skipif(sys.platform == "win32", reason="there are no zombies")
def test_a_process_that_ended_is_gone_before_its_parent_has_heard_of_it():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    who = identity(child.pid)
    assert is_alive(who)
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(who)
    child.wait()
