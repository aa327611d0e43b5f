"""Who may import whom: launch -> dashboard -> a few torch-free modules of the engine, and never back."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from engine import catalog

ROOT = Path(__file__).parent.parent
TORCH_FREE = [
    "config", "catalog", "run_folder", "hardware", "options", "faults", "presets", "overrides", "series", "files",
    "identity", "yaml_files", "reporter", "device_queue", "life", "seed_log", "figures", "references", "data_faults",
]  # fmt: skip
HEAVY = ("torch", "torchvision", "timm", "captum", "sklearn", "safetensors")


def imports(path):
    """Every module that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files(folder):
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", files("engine"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_engine_knows_neither_page_nor_gradio(path):
    assert not [name for name in imports(path) if name.split(".")[0] in ("gradio", "dashboard", "launch", "plotly")]


@pytest.mark.parametrize("path", files("dashboard"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_page_uses_only_what_is_free_of_torch(path):
    names = list(imports(path))
    assert not [name for name in names if name.split(".")[0] in HEAVY]
    of_engine = {name.split(".")[1] for name in names if name.startswith("engine.")}
    assert of_engine <= set(TORCH_FREE), of_engine - set(TORCH_FREE)


def test_torch_free_modules_import_without_torch():
    program = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({HEAVY}))\n"  # None: importing one of them raises ImportError
        f"import {', '.join('engine.' + name for name in TORCH_FREE)}\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=120)


PARTS = [path for kind in catalog.KINDS for path in files(f"engine/{kind}")]


@pytest.mark.parametrize("path", PARTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_part_imports_no_part_and_nothing_of_the_engine_but_its_folder_options_and_faults(path):
    allowed = ("engine.options", "engine.faults", f"engine.{path.parent.name}._")
    for name in imports(path):
        if name.startswith("engine.") and name != f"engine.{path.parent.name}":
            assert name.startswith(allowed), name
