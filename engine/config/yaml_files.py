"""YAML as settings are written: small, safe, and without the traps that change a value in silence.

Closed doors: tags that run code or make what JSON does not know (dates, sets, bytes), aliases (a few lines can grow to
gigabytes), deep nesting, two equal keys (the last would win), and `1e-3` (YAML 1.1 reads it as a string; here it is a
number, as in YAML 1.2). This is the only reader of YAML that did not come with Thaw: presets, form, runs.
"""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any, ClassVar

import yaml

LARGEST = 1_000_000  # bytes


DEEPEST = 30  # levels of lists and mappings
FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same values, several times as fast
PLAIN = ("null", "bool", "int", "float", "str", "seq", "map", "merge")  # what JSON knows too; merging is refused
OPENS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
CLOSES = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def _is_plain(tag: str | None) -> bool:
    return tag is None or tag.rpartition(":")[2] in PLAIN


class _Written(FAST):
    """Reads what PyYAML wrote, with its spelling of numbers: `1e-3` and `08` are words."""

    yaml_constructors: ClassVar = {tag: make for tag, make in FAST.yaml_constructors.items() if _is_plain(tag)}
    yaml_implicit_resolvers: ClassVar = {
        first: [pair for pair in pairs if _is_plain(pair[0])] for first, pairs in FAST.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float | bool | None):
                raise yaml.MarkedYAMLError(problem="a key must be a word", problem_mark=key_node.start_mark)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} is listed twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


class _Loader(_Written):
    """Reads what a person writes: `1e-3` and `08` are numbers."""

    yaml_implicit_resolvers: ClassVar = {
        first: [pair for pair in pairs if pair[0].rpartition(":")[2] not in ("int", "float")]
        for first, pairs in _Written.yaml_implicit_resolvers.items()
    }


class _Dumper(yaml.SafeDumper):
    """Quotes what either of them would take for a number, and writes everything out where it stands."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value.replace("_", "")))
_FLOAT = re.compile(r"[-+]?(\d[\d_]*(\.[\d_]*)?|\.\d[\d_]*)([eE][-+]?\d+)?$|[-+]?\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$")
_INTEGER = re.compile(r"[-+]?[0-9][0-9_]*$")
for _reader in (_Loader, _Dumper):
    _reader.add_implicit_resolver("tag:yaml.org,2002:int", _INTEGER, list("-+0123456789"))
    _reader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))


def parse(text: str, source: str = "the YAML text", loader: type[_Written] = _Loader) -> Any:
    """The value of a YAML text. Raises ValueError that names the source, the line and what is wrong."""
    if len(text) > LARGEST:
        raise ValueError(f"{source} has {len(text):,} characters; at most {LARGEST:,} are read")
    try:
        _refuse_aliases_and_depth(text)
        return yaml.load(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ValueError(f"{source}{line}: {error.problem}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ValueError(f"{source} is not valid YAML: {error}") from error


def _refuse_aliases_and_depth(text: str) -> None:
    """Before anything is built of it: what an alias stands for may be huge, and what is too deep cannot be told on."""
    depth = 0
    for event in yaml.parse(text, Loader=FAST):
        mark: Any = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not taken", problem_mark=mark)
        depth += isinstance(event, OPENS) - isinstance(event, CLOSES)
        if depth > DEEPEST:
            raise yaml.MarkedYAMLError(problem=f"nested more than {DEEPEST} levels", problem_mark=mark)


def read_mapping(path: Path) -> dict:
    """The mapping in a YAML file ({} for an empty one). Raises ValueError that names the file and what is wrong."""
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"{path.name} has {path.stat().st_size:,} bytes; at most {LARGEST:,} are read")
        raw = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    return _mapping(raw, path.name, _Loader)


def written_mapping(raw: bytes, source: str) -> dict:
    """The same of the bytes of a file that `dump` wrote, today or in earlier versions."""
    return _mapping(raw, source, _Written)


def _mapping(raw: bytes, source: str, loader: type[_Written]) -> dict:
    try:
        value = parse(raw.decode(), source, loader)
    except UnicodeDecodeError as error:
        raise ValueError(f"{source} cannot be read: {error}") from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{source} must be a mapping of settings (key: value), not a {type(value).__name__}")
    return value


def dump(value: Any) -> str:
    """YAML text, keys in the given order."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
