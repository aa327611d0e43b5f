"""Every benchmark runs to its end, with the least that it can be asked to do; its figures say nothing then."""

import subprocess
import sys

import pytest

from tests.serving import ROOT

LEAST = {
    "augmentation": "--rounds 1 --images 256",
    "live": "--clients 2 --seconds 5 --rows 2000",
    "routes": "--rounds 1 --rows 10000 --runs 5",
    "starting": "--rounds 1 --reading 1",
    "training": "--blocks 2 --steps 2 --batch 8",
    "watching": "--rounds 1 --seconds 10",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LEAST)
def test_a_benchmark_prints_its_figures(name):
    command = [sys.executable, "-m", f"tests.bench.{name}", *LEAST[name].split()]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) > 2


def test_each_benchmark_is_named_here_and_in_its_page():
    scripts = {path.stem for path in (ROOT / "tests" / "bench").glob("*.py")} - {"figures"}
    assert scripts == set(LEAST)
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert all(f"python -m tests.bench.{name}" in page for name in scripts)
