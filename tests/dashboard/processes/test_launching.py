"""What the dashboard starts is found from anywhere and lives in a session of its own."""

import os
import subprocess
import sys

import pytest

from dashboard.processes import launching


@pytest.mark.skipif(sys.platform == "win32", reason="sessions are POSIX")
def test_a_process_has_a_session_of_its_own_and_begins_where_the_engine_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    program = "import os; print(os.getsid(0) == os.getpid(), os.getcwd(), os.environ['PYTHONUTF8'], sep=chr(10))"
    with launching.launch([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout.read().decode().splitlines() == ["True", str(launching.ROOT), "1"]
    assert os.getcwd() == str(tmp_path)
