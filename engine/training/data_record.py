"""What the data of a run were, kept in its folder: whoever goes on with them later learns whether they are others now.

data.json: classes in order; how many images train, validate and test; and of each split, as the data set gives it, a
digest of file names and of file sizes, or of the pixels where there are no files.
"""

import hashlib
import unicodedata
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any
from weakref import WeakKeyDictionary

from engine.datasets._dataset import Dataset, MemorySplit, Split
from engine.datasets._normalisation import Normalisation
from engine.datasets._walk import READING
from engine.messages.coded_error import CodedError
from engine.runs import files
from engine.runs.run_folder import RunFolder
from engine.training.data_split import Data

CONTENTS = ("files", "pixels")  # of a split: which images they are; else only what is in them differs

_told: WeakKeyDictionary[Split, dict[str, Any]] = WeakKeyDictionary()  # a worker asks at each job, of the same splits


def write(folder: RunFolder, data: Data) -> None:
    files.replace_json(folder.data_file, of_data(data), durable=True)


def of_data(data: Data) -> dict[str, Any]:
    counts = {"train": len(data.train), "validation": len(data.validation), "test": len(data.dataset.test)}
    return of_dataset(data.dataset) | {
        "counts": counts, "fewest_held_out": data.fewest_held_out, "reading": READING,
    }  # fmt: skip


def of_dataset(dataset: Dataset) -> dict[str, Any]:
    """What is known before it is divided."""
    return {"classes": dataset.classes, "train": of_split(dataset.train)} | of_test(dataset)


def of_test(dataset: Dataset) -> dict[str, Any]:
    return {"counts": {"test": len(dataset.test)}, "test": of_split(dataset.test)}


def of_split(split: Split) -> dict[str, Any]:
    """The same wherever the folder of the data lies, and on whatever system it was unpacked."""
    if split not in _told:
        _told[split] = _of_split(split)
    return _told[split]


def _of_split(split: Split) -> dict[str, Any]:
    about: dict[str, Any] = {"count": len(split)}
    labels = split.targets.numpy().tobytes()
    if split.sources is not None:
        names = (unicodedata.normalize("NFC", source.name).encode() for source in split.sources)
        sizes = (str(source.size).encode() for source in split.sources)
        return about | {"files": _digest([labels, *names]), "sizes": _digest(sizes)}
    if isinstance(split, MemorySplit):
        about["pixels"] = _digest([labels, split.pixels.contiguous().numpy().reshape(-1).data])
    return about


def _digest(pieces: Iterable[bytes | memoryview]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for piece in pieces:
        digest.update(piece)
        digest.update(b"\0")
    return digest.hexdigest()


def remembered(folder: RunFolder) -> dict[str, Any]:
    """What a run knows of its data; of one that was made before there was data.json, classes and counts.

    A damaged record tells nothing: what trained is then known as it is of such a run, and divided by today's rules.
    """
    record = files.read_table(folder.data_file)
    if isinstance(record.get("classes"), list) and isinstance(record.get("counts"), dict):
        return record
    about = folder.environment().get("data")
    if not isinstance(about, dict) or not isinstance(about.get("classes"), list):
        return {}
    counts = {name: about.get(name) for name in ("train", "validation", "test")}
    rules = {} if folder.data_file.exists() else {"fewest_held_out": 0, "reading": 0}
    return {"classes": about["classes"], "counts": counts} | rules


def is_damaged(folder: RunFolder) -> bool:
    """Whether a run has a record of its data that says nothing."""
    return folder.data_file.exists() and "train" not in remembered(folder)


def fewest_held_out(folder: RunFolder) -> int:
    """By which rule the run's data were divided, so that a resume divides them likewise."""
    return 0 if remembered(folder).get("fewest_held_out") == 0 else 1


def reading(folder: RunFolder) -> int:
    """By which rule the run's data were read: an update of the program makes no others of them."""
    return 0 if remembered(folder).get("reading") == 0 else READING


def normalisation(folder: RunFolder, channels: int) -> Normalisation | None:
    """With what the run's images were normalised, where it tells: what a model wants may be known better since then."""
    about = folder.environment().get("data") or {}
    mean, std = about.get("mean") or [], about.get("std") or []
    return (mean, std) if len(mean) == len(std) == channels else None


def refuse_other_classes(folder: RunFolder, classes: list[str]) -> None:
    """Raise CodedError where an output of the run's model would be read as another class than it learned."""
    then = remembered(folder).get("classes") or classes
    for number, (old, new) in enumerate(zip_longest(then, classes, fillvalue="-"), start=1):
        if old != new:
            raise CodedError("classes_changed", run=folder.id, number=number, then=old, now=new)


def other_images(folder: RunFolder, now: dict[str, Any]) -> list[CodedError]:
    """Which images are not those that the run began with, a sentence each. now: what of_data and its like say."""
    then = remembered(folder)
    differ = [
        CodedError("images_changed.count", split=name, then=count, now=now["counts"][name])
        for name, count in (then.get("counts") or {}).items()
        if count is not None and count != now["counts"].get(name, count)
    ]
    counted = {error.values["split"] for error in differ}
    for name in ("train", "test"):
        old, new = then.get(name), now.get(name)
        if not isinstance(old, dict) or new is None or name in counted:
            continue
        if any(old.get(key) != new.get(key) for key in CONTENTS):
            differ.append(CodedError("images_changed.others", split=name, then=old.get("count"), now=new["count"]))
        elif old.get("sizes") != new.get("sizes"):
            differ.append(CodedError("images_changed.contents", split=name))
    return differ


def check_resume(folder: RunFolder, data: Data) -> list[CodedError]:
    """What is to be said of the data before a resume.

    Raises CodedError where it would continue another training: other classes, or other images to train on and to
    validate with, as these are drawn from the same ones.
    """
    refuse_other_classes(folder, data.dataset.classes)
    differ = other_images(folder, of_data(data))
    for error in differ:
        if error.values["split"] != "test" and error.code != "images_changed.contents":
            raise CodedError(error.code.replace("images_changed", "not_resumed"), **error.values)
    return [CodedError("data_record_damaged"), *differ] if is_damaged(folder) else differ
