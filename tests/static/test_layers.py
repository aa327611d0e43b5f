"""Who may import whom among the browser's modules: base <- data <- charts, maps <- screens <- the root."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "dashboard/static"
COMMON = {"vendor", "base", "data", "charts", "maps"}  # what a screen may use; every other folder is a screen
BELOW = {
    "vendor": set(),
    "base": {"vendor"},
    "data": {"vendor", "base"},
    "charts": {"vendor", "base", "data"},
    "maps": {"vendor", "base", "data"},
}
CALLED_BY_GRADIO = STATIC / "form/form.js"
MODULES = sorted(path for path in STATIC.rglob("*.js") if path.relative_to(STATIC).parts[0] != "vendor")
STATEMENT = re.compile(r'^import (?:([^"]+) from )?"([^"]+)"', re.MULTILINE)
ON_DEMAND = re.compile(r'import\("([^"]+)"\)\.then\(\(\{ (\w+) \}\)')
AWAITED = re.compile(r'const \{([^}]+)\} =\s*await import\("([^"]+)"\)')  # in tests, once a browser is played
EXPORT = re.compile(r"^export (?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)


def room(path: Path) -> str:
    """The folder of a module below static/; empty for those at its root."""
    return "/".join(path.relative_to(STATIC).parts[:-1])


def imports(path: Path) -> list[tuple[Path, set[str]]]:
    """Each module that a module imports, with the names that it takes from there; `*` takes all."""
    text = path.read_text(encoding="utf-8")
    found = STATEMENT.findall(text) + AWAITED.findall(text)
    found += [(names, other) for other, names in ON_DEMAND.findall(text)]
    return [
        ((path.parent / other).resolve(), {name.strip("{} \n").split(" as ")[0] for name in names.split(",")})
        for names, other in found
    ]


@pytest.mark.parametrize("path", [path for path in MODULES if room(path)], ids=lambda path: path.name)
def test_a_module_imports_only_from_its_own_room_and_those_below(path):
    own = room(path)
    others = {room(other).split("/")[0] for other, _ in imports(path)}
    assert others <= {own, *BELOW.get(own, COMMON)}


def test_what_a_module_exports_is_used_by_another():
    users = [*MODULES, *Path(__file__).parent.glob("*.test.js")]
    taken = {(other, name) for path in users for other, names in imports(path) for name in names}
    exports = {(path, name) for path in MODULES for name in EXPORT.findall(path.read_text(encoding="utf-8"))}
    assert len(exports) > 200
    unused = [(path, name) for path, name in exports if not {(path, name), (path, "*")} & taken]
    assert sorted(path.stem + "." + name for path, name in unused if path != CALLED_BY_GRADIO) == []
