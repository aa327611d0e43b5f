"""Parts by name: the file name is the part's name, nothing is registered.

A part's Options are read without importing the part (and so without torch): its docstring, its imports of the standard
library, pydantic, messages and shared options, its constants and `class Options` are executed from the syntax tree.
"""

import ast
import importlib.util
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from engine.messages.suggestion import near
from engine.options import PartOptions

KINDS = ("datasets", "models", "attention", "augmentations", "objectives", "optimizers", "schedules")
HOUSE = Path(__file__).parent
# What a file may import to define its Options.
LIGHT_PACKAGES = {"pydantic", *sys.stdlib_module_names}
LIGHT_MODULES = re.compile(rf"engine\.(options|messages\.\w+|({'|'.join(KINDS)})\._options)")


def names(kind: str, house: Path = HOUSE) -> list[str]:
    """The names of all parts of a kind, sorted."""
    assert kind in KINDS, kind
    return sorted(path.stem for path in (house / kind).glob("[!_]*.py"))


def options(kind: str, name: str, house: Path = HOUSE) -> type[PartOptions]:
    """The Options class of a part. Raises ValueError, with near names, if there is no such part."""
    return _read(_file(kind, name, house)).Options


def summary(kind: str, name: str, house: Path = HOUSE) -> str:
    """The part's docstring: what it does and where it comes from."""
    return _read(_file(kind, name, house)).__doc__ or ""


def trait(kind: str, name: str, word: str, default: Any, house: Path = HOUSE) -> Any:
    """A literal constant of a part's file, which says something of its nature; `default` where it has none."""
    return getattr(_read(_file(kind, name, house)), word, default)


def targets_of(objective: str, house: Path = HOUSE) -> str:
    """What an objective makes of targets: `none`, `one_class` an image, or `soft`, any mixture of classes."""
    return trait("objectives", objective, "TARGETS", "soft", house)


def load(kind: str, name: str, house: Path = HOUSE) -> ModuleType:
    """The part itself, imported. Raises ValueError, with near names, if there is no such part."""
    path = _file(kind, name, house)
    module_name = f"engine.{kind}.{name}"
    if house == HOUSE:
        return importlib.import_module(module_name)
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec and spec.loader, path
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _file(kind: str, name: str, house: Path) -> Path:
    known = names(kind, house)
    if name not in known:
        word = {"datasets": "data set", "attention": "attention block"}.get(kind, kind.removesuffix("s"))
        raise ValueError(f"{word} {name!r} is unknown{near(name, known)}; known: {', '.join(known)}")
    return house / kind / f"{name}.py"


@cache
def _read(path: Path) -> ModuleType:
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    tree.body = [node for node in tree.body if _is_light(node)]
    module = ModuleType(f"{path.parent.name}.{path.stem} (options)")
    exec(compile(tree, str(path), "exec"), module.__dict__)
    return module


def _is_light(node: ast.stmt) -> bool:
    """Whether a statement is needed for Options: the docstring, a light import, a literal constant, the class."""
    match node:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Import(names=aliases):
            return all(_is_light_module(alias.name) for alias in aliases)
        case ast.ImportFrom(module=str(module)):
            return _is_light_module(module)
        case ast.Assign(value=value):
            return _is_literal(value)
        case ast.ClassDef(name="Options"):
            return True
    return False


def _is_light_module(module: str) -> bool:
    return module.split(".")[0] in LIGHT_PACKAGES or bool(LIGHT_MODULES.fullmatch(module))


def _is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True
