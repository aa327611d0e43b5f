"""Who may import whom, as rules for folders: launch -> dashboard -> engine without torch, and no circle."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from engine import catalog

ROOT = Path(__file__).parent.parent
HEAVY = ("torch", "torchvision", "timm", "sklearn", "safetensors")
EVERYBODYS = {"engine.catalog", "engine.options", "engine.hardware", "engine.typed_path"}
PARTS = set(catalog.KINDS)
ROOMS = {  # what each room of the engine may import besides itself and EVERYBODYS
    "messages": set(),
    "config": {"messages"},
    "runs": {"messages", "config"},
    "maps": {"models", "runs"},
    "published": {"messages", "config", "runs"},
    "device": {"messages", "config", "models"},
    "evaluation": {"datasets", "objectives"},
    "stages": {"messages", "config", "runs", "maps", *PARTS},
    "training": {"messages", "config", "runs", "maps", "device", "evaluation", "stages", *PARTS},
    "process": {"messages", "config", "runs", "models", "device", "stages", "training"},
    "worker": {"messages", "config", "runs", "maps", "device", "evaluation", "stages", "training", *PARTS},
    **{part: {"messages"} for part in PARTS},
}
WITHOUT_TORCH = ("messages", "config", "runs", "published")  # all that the dashboard may import, with EVERYBODYS


def imports(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it, also for type checkers alone."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room(name: str) -> str:
    """The folder that a module of the engine lies in, or that it is; empty for the modules at its root."""
    is_folder = MODULES[name].name == "__init__.py" and name.count(".") == 1
    return name.split(".")[1] if is_folder or name.count(".") > 1 else ""


MODULES = {module(path): path for side in ("engine", "dashboard") for path in sorted((ROOT / side).rglob("*.py"))}
IMPORTS = {name: {other for other in imports(path) if other in MODULES} - {name} for name, path in MODULES.items()}


def test_no_circle_between_files():
    TopologicalSorter(IMPORTS).prepare()  # raises CycleError, which names the circle


def test_no_circle_between_folders_of_a_side():
    for side in ("engine", "dashboard"):
        folders = {name: name.split(".")[1] if name.count(".") > 1 else name for name in IMPORTS}
        graph = {}
        for name, others in IMPORTS.items():
            if name.startswith(side):
                own = {folders[other] for other in others if other.startswith(side)}
                graph.setdefault(folders[name], set()).update(own)
        TopologicalSorter({folder: others - {folder} for folder, others in graph.items()}).prepare()


def test_a_room_of_the_engine_imports_only_the_rooms_below_it():
    wrong = [
        f"{name} imports {other}"
        for name, others in IMPORTS.items()
        if name.startswith("engine.") and room(name)
        for other in others - EVERYBODYS - {"engine"}
        if room(other) not in {room(name), *ROOMS[room(name)]}
    ]
    assert wrong == []


def test_the_engine_knows_neither_page_nor_gradio():
    wrong = {name: imports(path) for name, path in MODULES.items() if name.startswith("engine")}
    foreign = ("gradio", "dashboard", "launch", "plotly")
    assert [(name, other) for name, found in wrong.items() for other in found if other.split(".")[0] in foreign] == []


def test_the_page_uses_only_what_is_free_of_torch():
    for name in [name for name in IMPORTS if name.startswith("dashboard")]:
        assert not [other for other in imports(MODULES[name]) if other.split(".")[0] in HEAVY], name
        of_engine = {other for other in IMPORTS[name] if other.startswith("engine.")} - EVERYBODYS
        assert {other.split(".")[1] for other in of_engine} <= {*WITHOUT_TORCH}, name


def test_rooms_without_torch_import_without_torch():
    names = [name for name in MODULES if name in EVERYBODYS or room(name) in WITHOUT_TORCH]
    program = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({HEAVY}))\n"  # None: importing one of them raises ImportError
        f"import {', '.join(names)}\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=120)


@pytest.mark.parametrize("kind", catalog.KINDS)
def test_a_part_imports_no_other_part_of_its_folder(kind):
    for path in sorted((ROOT / "engine" / kind).rglob("*.py")):
        inside = {other for other in imports(path) if other.startswith(f"engine.{kind}.")}
        assert all(other.startswith(f"engine.{kind}._") for other in inside), path


THROUGH_OTHERS = {  # modules without a test file of their name, and what tests them
    "engine.config.data_faults": "the folders of images that have faults: tests/engine/datasets/test_image_folder.py",
    "engine.process.training_session": "every run in tests/engine/process/test_run_process.py and training/",
    "engine.process.spare_trainer": "the dashboard that makes it wait: tests/dashboard/processes/test_spare_trainer.py",
    "engine.training.build_model": "the models that it builds: tests/engine/models/",
    "engine.training.kept_maps": "the maps that a run keeps: tests/engine/training/test_trainer.py",
    "engine.training.stage_reports": "the events of a run: tests/engine/training/test_trainer.py",
    "engine.training.stage_start": "the stages that begin: tests/engine/stages/test_stage_setup.py and training/",
    "engine.training.training_state": "what is saved of it: tests/engine/training/test_saved_state.py",
    "dashboard.page": "the whole page: tests/dashboard/test_app.py and tests/page/",
    "dashboard.form.fields": "the form that is drawn with it: tests/dashboard/form/test_train_tab.py",
    "dashboard.form.main_fields": "the form that is drawn with it: tests/dashboard/form/test_train_tab.py",
    "dashboard.form.stage_fields": "the form that is drawn with it: tests/dashboard/form/test_train_tab.py",
    "dashboard.routes.dependencies": "every route: tests/dashboard/routes/",
}


def test_a_module_is_found_with_its_test_by_name():
    """In tests/ at the same place; parts and charts are tested by the common tests of their folder."""
    common = {f"engine.{part}" for part in PARTS} | {"dashboard.charts"}
    own = {name for name, path in MODULES.items() if path.stem != "__init__" and name.rpartition(".")[0] not in common}
    tests = {name: ROOT / "tests" / name.replace(".", "/") for name in own}
    missing = {name for name, at in tests.items() if not at.with_name(f"test_{at.name.strip('_')}.py").is_file()}
    assert missing == set(THROUGH_OTHERS)
