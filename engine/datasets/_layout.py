"""Which folder of a data set is what: train/, test/ and val/, whatever they are called, or the classes themselves.

Only the names of folders are looked at. Imports no torch.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.datasets._walk import READING, SUFFIXES, SUFFIXES_OF_RULE_0, folders_in
from engine.messages.faults import Fault

WORDS = {
    "train": "train(?:ing)?",
    "test": "test(?:ing)?|hold[-_ ]?out",
    "val": "val(?:id(?:ation)?)?|dev(?:elopment)?|eval(?:uation)?",
}
# Training, TRAIN_SET, valid, test2017, seg_train: one of the words, whatever its number, between others.
SPLIT = re.compile(
    r"(?P<before>(?:.*[^a-z])?)(?:" + "|".join(f"(?P<{kind}>{words})" for kind, words in WORDS.items())
    + r")s?(?P<after>(?:[^a-z].*)?|[-_ ]?(?:data(?:set)?|set|split|images?|pictures?)s?)",
    re.IGNORECASE,
)  # fmt: skip
FILLERS = re.compile(r"(?:data(?:set)?|set|split|images?|pictures?)s?|[^a-z]+", re.IGNORECASE)


@dataclass
class Layout:
    """train: the folder with the class folders to train on. test: the one to test on, None where a part of each class
    is split off. unused: folders that are neither; val: one that is not used as there is a test folder. suffixes: of
    the files that count as images."""

    root: Path
    train: Path
    test: Path | None = None
    val: Path | None = None
    unused: list[Path] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    suffixes: set[str] = field(default_factory=lambda: SUFFIXES)


def split_of(name: str) -> tuple[str, str] | None:
    """train, test or val, and what else is in the name, which its siblings share; None if it is no name of a split."""
    match = SPLIT.fullmatch(name.strip())
    if match is None:
        return None
    kind = next(kind for kind in WORDS if match[kind])
    return kind, FILLERS.sub("", match["before"] + "-" + match["after"]).lower()


def layout_of(root: Path, reading: int = READING) -> Layout:
    """How the folder is understood, by a rule. Raises OSError where it cannot be read."""
    folders = folders_in(root, root)
    splits = _splits(folders, root) if reading else _splits_of_rule_0(folders)
    layout = Layout(root, splits["train"][0] if "train" in splits else root)
    if reading:
        layout.faults += _doubtful(root, folders, splits)
    else:
        layout.suffixes = SUFFIXES_OF_RULE_0
    if "train" in splits:
        _, layout.test, layout.val = (splits.get(kind, [None])[0] for kind in WORDS)
        if layout.test is None:
            layout.test, layout.val = layout.val, None
        known = [layout.train, layout.test, layout.val]
        layout.unused = [path for path in folders if path not in known]
    return layout


def _splits(folders: list[Path], root: Path) -> dict[str, list[Path]]:
    """The folders of each split; none where the folders are classes.

    One folder with such a name may be a class (a train beside a ship): it counts where class folders are in it.
    """
    families: dict[str, dict[str, list[Path]]] = {}
    for path in folders:
        if found := split_of(path.name):
            families.setdefault(found[1], {}).setdefault(found[0], []).append(path)
    for rest in sorted(families):  # first the one without other words
        splits = {kind: likeliest(kind, paths) for kind, paths in families[rest].items()}
        if "train" in splits and (len(splits) > 1 or (not rest and folders_in(splits["train"][0], root))):
            return splits
    return {}


def _splits_of_rule_0(folders: list[Path]) -> dict[str, list[Path]]:
    splits = {path.name: [path] for path in folders if path.name in WORDS}
    return splits if "train" in splits else {}


def likeliest(kind: str, paths: list[Path]) -> list[Path]:
    """Those that are called train, test or val and nothing else, if there are any: train before train2 and Training."""
    for is_plain in (kind.__eq__, lambda name: name.lower() == kind):
        if plain := [path for path in paths if is_plain(path.name)]:
            return plain
    return paths


def _doubtful(root: Path, folders: list[Path], splits: dict[str, list[Path]]) -> Iterator[Fault]:
    """What could be meant in more than one way."""
    for kind, paths in splits.items():
        if len(paths) > 1 and not (kind == "val" and "test" in splits):  # then no val is used
            names = {"one": paths[0].name, "other": paths[1].name, "kind": kind}
            yield Fault("path", "folder_twice", names)
    for path in folders if not splits else []:
        inner = _splits(folders_in(path, root), root)
        if inner:
            names = {"name": path.name, "inner": ", ".join(f"{paths[0].name}/" for paths in inner.values())}
            yield Fault("path", "folder_inside", names | {"path": str(path)})
        elif split_of(path.name) and _holds_classes(path, folders, root):
            yield Fault("path", "folder_no_train", {"name": path.name})


def _holds_classes(path: Path, siblings: list[Path], root: Path) -> bool:
    """Whether a folder that is called like a split is no class: what is in it are classes that stand beside it, too, or
    nothing but splits stands beside it."""
    inner = {folder.name for folder in folders_in(path, root)}
    beside = [folder.name for folder in siblings if folder != path]
    return bool(inner) and (bool(inner & set(beside)) or all(split_of(name) for name in beside))
