"""Errors say what, where and what to do next, in the reader's language; never a bare traceback, never nothing.

messages.yaml holds the sentence of each fault; a changed sentence is changed there too, on purpose:
`python -m tests.promises.test_messages` writes it anew.
"""

import errno
import re
from pathlib import Path

import pytest
import yaml

from dashboard import texts
from dashboard.form.field_texts import FieldTexts
from engine.config.differences import check
from engine.messages.coded_error import CodedError, NotFinite
from engine.messages.failures import explain
from engine.messages.faults import Fault, fault_of
from engine.messages.sentences import ERRORS, JOBS

TABLE = Path(__file__).with_name("messages.yaml")
CONFIGS = {
    "rate of zero": {"optimizer": {"learning_rate": 0}},
    "rate below zero": {"optimizer": {"learning_rate": -1}},
    "rate beyond measure": {"optimizer": {"learning_rate": 1e9}},
    "rate that is no number": {"optimizer": {"learning_rate": float("nan")}},
    "rate as text": {"optimizer": {"learning_rate": "1e-3 "}},
    "no epochs": {"stages": [{"epochs": 0}]},
    "too many epochs": {"stages": [{"epochs": 10**9}]},
    "epochs that are no number": {"stages": [{"epochs": True}]},
    "empty batch": {"batch_size": 0},
    "batch beyond measure": {"batch_size": 10**6},
    "no stage": {"stages": []},
    "stage that is no stage": {"stages": ["all"]},
    "unknown setting": {"batchsize": 3},
    "unknown setting of a stage": {"stages": [{"lerning_rate": 1}]},
    "unknown part of a kind": {"optimizer": {"name": "adamww"}},
    "unknown choice": {"schedule_over": "plans"},
    "augmentation out of bounds": {"augmentations": [{"name": "mixup", "alpha": -1}]},
    "depth that does not exist": {"model": {"depth": 21}},
    "all held out": {"validation": 0.9},
    "label beyond measure": {"label": "x" * 4096},
    "one class": {"data": {"classes": ["3"]}},
}
SIDES = {"train": "Training", "test": "Testing"}
CLASSES = {"count": 2, "names": "cats, dogs"}
FOUND_LATER = {
    "group of one image": Fault("batch_size", "lone_image", {"stage": 2, "layer": "layer4.1.bn2", "groups": "32 + 1"}),
    "device that is not there": Fault("device", "no_device", {"device": "cuda:7", "known": "auto, cpu"}),
    "no folder named": Fault("data.path", "folder_unnamed"),
    "folder that is not there": Fault("data.path", "folder_absent", {"path": "/d/my pictures"}),
    "folder that is a file": Fault("data.path", "folder_is_file", {"path": "/d/pictures.zip"}),
    "folder that may not be read": Fault(
        "data.path", "folder_unreadable", {"path": "/d/my pictures", "said": "Permission denied"}
    ),
    "folder without classes": Fault("data.path", "folder_no_class", {"where": ""}),
    "folder of one class": Fault("data.path", "folder_one_class", {"where": "test/: ", "name": "cats"}),
    "class without images": Fault("data.path", "folder_no_image", {"where": "", "name": "cats", "limit": 2}),
    "class of one image": Fault("data.path", "folder_one_image", {"where": "", "name": "cats", "limit": 2}),
    "images without classes": Fault("data.path", "folder_flat", {"where": "test/: "}),
    "folder above the classes": Fault(
        "data.path", "folder_below", {"where": "", "name": "pets", "inner": "cats, dogs", "path": "/d/pets"}
    ),
    "folder above the splits": Fault(
        "data.path", "folder_inside", {"name": "pets", "inner": "train/, test/", "path": "/d/pets"}
    ),
    "two training folders": Fault("data.path", "folder_twice", {"one": "train", "other": "Training", "kind": "train"}),
    "test images alone": Fault("data.path", "folder_no_train", {"name": "test"}),
    "class too small to validate": Fault(
        "data.path", "folder_few_images", {"where": "", "name": "cats", "count": 2, "limit": 3}
    ),
    "class that the test images leave too small": Fault(
        "data.path", "folder_few_left", {"where": "", "name": "cats", "count": 4, "limit": 8, "fraction": 0.8}
    ),
    "class of phone pictures": Fault(
        "data.path", "folder_unread_images", {"where": "", "name": "cats", "kinds": "30 .heic"}
    ),
    "class that is not tested": Fault("data.path", "folder_only_train", {"name": "cats"} | SIDES),
    "class that is only tested": Fault("data.path", "folder_not_train", {"name": "cats"} | SIDES),
    "data as understood, with test images": Fault(
        "data.path", "folder_split_given", CLASSES | {"images": "160", "test_images": "40"} | SIDES
    ),
    "data as understood": Fault("data.path", "folder_split_drawn", CLASSES | {"images": "200,000+", "share": "20"}),
    "pictures of other types": Fault("data.path", "folder_unread", {"count": 12, "kinds": "12 .heic"}),
    "files that are no images": Fault("data.path", "folder_left_out", {"count": 3, "kinds": "2 .txt, 1 ?"}),
    "validation images not used": Fault("data.path", "folder_val_unused", {"val": "Validation"} | SIDES),
    "folders not used": Fault("data.path", "folder_unused", {"names": "meta, labels"}),
    "images beside the classes": Fault("data.path", "folder_stray", {"count": 5, "place": "pets"}),
    "folders inside classes": Fault(
        "data.path", "folder_deep", {"name": "pets", "inner": "cats, dogs", "path": "/d/pets"}
    ),
    "links in the folder": Fault("data.path", "folder_links", {"count": 3, "name": "cat/1.png"}),
    "links out of the folder": Fault("data.path", "folder_links_outside", {"count": 3, "name": "cat/1.png"}),
    "test images beside": Fault("data.path", "folder_beside", {"name": "test", "path": "/d"}),
    "mean of other channels": Fault("data.channel_mean", "channels", {"count": 3, "channels": 1}),
    "more causes": Fault("data.path", "folder_more", {"count": 20}),
}
CODED = {
    "upload of nothing": CodedError("upload_empty"),
    "upload of another type": CodedError("upload_type"),
    "upload beyond measure": CodedError("upload_large", size="50000 x 50000"),
    "upload that is damaged": CodedError("upload_damaged", kind="PNG"),
    "upload of numbers without a range": CodedError(
        "upload_range", said="floating-point values from -3 to 7.5, not within 0 to 1"
    ),
    "no picture chosen": CodedError("no_picture"),
    "test image that is not there": CodedError("no_test_image", index=400, last=399),
    "class that is not there": CodedError("no_class", number=10, last=9),
    "data not downloaded yet": CodedError("not_downloaded"),
    "data of other classes": CodedError(
        "classes_changed", run="20261122-101500-ab12", number=1, then="bear", now="cat"
    ),
    "more images than before": CodedError("images_changed.count", split="test", then=6, now=9),
    "other images than before": CodedError("images_changed.others", split="test", then=6, now=6),
    "images painted over": CodedError("images_changed.contents", split="train"),
    "record of the data is damaged": CodedError("data_record_damaged"),
    "resume with more images": CodedError("not_resumed.count", split="train", then=120, now=121),
    "resume with other images": CodedError("not_resumed.others", split="train", then=120, now=120),
    "class that cannot be divided": CodedError("class_undivided", name="fish", count=1, fraction=0.1),
    "attention without a place": CodedError("attention_only_last"),
    "search that is too slow": CodedError("search_slow", each="40.0", fewest=10, seconds="120"),
    "run that ended early": CodedError("data_unknown", run="20261122-101500-ab12"),
    "checkpoint gone": CodedError("checkpoint_missing", file="iteration-00000040/weights.safetensors"),
    "checkpoint changed": CodedError("checkpoint_damaged", file="iteration-00000040/weights.safetensors"),
    "config edited": CodedError("config_edited", fields="batch_size 64 -> 32"),
    "config.yaml lost": CodedError("config_lost"),
    "edit that does not fit": CodedError("config_unfit", fields="batch_size 64 -> 32"),
    "choice that is none": CodedError("resume_choice", input="both"),
    "link in a run": CodedError("entry_link", file="log.txt"),
    "hard links in a run": CodedError("entry_shared", file="log.txt", count=14),
    "lock that is a hard link": CodedError("entry_lock", file="run.lock"),
    "folder of a run that may not be read": CodedError("entry_unreadable", file="series", said="Permission denied"),
    "pipe in a run": CodedError("entry_special", file="status.json"),
    "file beyond measure": CodedError("file_large", file="result.json", size="70,000,000", limit="16,777,216"),
    "series that was cut": CodedError("series_damaged", file="series/loss.f64", rows=0, wanted=420),
    "more than are shown": CodedError("newest_shown", file="checkpoints", shown=200, count=5000),
    "lines that are damaged": CodedError("lines_damaged", file="events.jsonl", count=3),
    "more lines than are read": CodedError("lines_skipped", file="events.jsonl", size="2,000,000,000"),
    "file that is no weights": CodedError("weights_kind", file="cat.png"),
    "weights without names": CodedError("weights_nameless", file="net.pth"),
    "weights that are none": CodedError("weights_empty"),
    "weights of another network": CodedError(
        "weights_fit_nothing", count=160, theirs="layer1.0.bn1.bias, layer1.0.bn1.weight", ours="stem.conv.weight"
    ),
    "weights of another activation": CodedError("weights_activation", theirs="QuickGELU", ours="GELU"),
    "weights with NaN": CodedError("weights_not_finite", name="layer1.0.conv1.weight", count=3),
    "weights that are cut": CodedError("weights_unreadable", file="net.safetensors", said="header too large"),
    "weights that would run code": CodedError("weights_refused", file="net.pth", said="posix.system"),
    "weights as a program": CodedError("weights_script", file="net.pth"),
    "page in place of weights": CodedError("weights_text", file="net.pth", said="<!DOCTYPE html>"),
    "weights of torch that are cut": CodedError("weights_damaged", file="net.pth"),
    "weights nobody may read": CodedError("weights_unopened", file="net.pth", said="Permission denied"),
    "weights without numbers": CodedError("weights_not_plain", file="net.pth", name="head.weight", count=3),
}
CODED |= {f"job: {code}": CodedError(f"job_{code}", file="/d/a.png") for code in JOBS}
LOST = "the loss became nan at iteration 31; one iteration earlier it was 2.3"
WORKING = {"epoch": 3, "stage": 1}
ENDINGS = {
    "loss became nan": FloatingPointError(LOST),
    "weight became nan": NotFinite("0.weight is not finite, so no checkpoint was written", "not_finite.weight"),
    "loss became nan despite clipping": NotFinite(LOST, "not_finite.clipped"),
    "loss was nan from the start": NotFinite(LOST, "not_finite.first"),
    "fp16 overflowed": NotFinite(LOST, "not_finite.fp16", layer="layer1.0.conv1"),
    "gradients of fp16 overflowed": NotFinite(
        "the gradient norm became inf at iteration 31", "not_finite.fp16_gradient"
    ),
    "pure fp16 overflowed": NotFinite(LOST, "not_finite.pure_fp16"),
    "validation loss became nan": NotFinite("the validation loss became nan", "not_finite.scored"),
    "memory of the card": RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    "memory of the machine": MemoryError(),
    "memory for one tensor": RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried 8 GB"),
    "reader killed": RuntimeError("DataLoader worker (pid 4711) is killed by signal: Killed. "),
    "reader killed while it handed images over": ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
    "shared memory full": RuntimeError(
        "DataLoader worker (pid(s) 31) exited unexpectedly: insufficient shared memory (shm)"
    ),
    "card lost": RuntimeError("CUDA error: the launch timed out\nCUDA kernel errors might be asynchronous"),
    "driver too old": RuntimeError("The NVIDIA driver on your system is too old (found version 11040)."),
    "no card": RuntimeError("No CUDA GPUs are available"),
    "disk full": OSError(errno.ENOSPC, "No space left on device"),
    "quota": OSError(errno.EDQUOT, "Disk quota exceeded"),
    "read-only": OSError(errno.EROFS, "Read-only file system", "/runs/x/status.json"),
    "input or output error": OSError(errno.EIO, "Input/output error"),
    "network drive gone": OSError(errno.ESTALE, "Stale file handle", "/nfs/data"),
    "memory for one tensor on Linux": RuntimeError(
        "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to "
        "allocate 8589934592 bytes. Error code 12 (Cannot allocate memory)"
    ),
    "file beyond measure": OSError(errno.EFBIG, "File too large", "/fat/runs/x/weights.safetensors"),
    "no permission": PermissionError(errno.EACCES, "Permission denied", "/runs/x/log.txt"),
    "file in use": OSError(errno.EBUSY, "Device or resource busy", "/runs/x/status.json"),
    "file gone": FileNotFoundError(errno.ENOENT, "No such file or directory", "/d/a.png"),
    "disk that breaks": OSError(errno.EIO, "Input/output error", "/runs/x/series/loss.f64"),
    "path beyond measure": OSError(errno.ENAMETOOLONG, "File name too long", "/runs/x"),
    "quota of a file": OSError(errno.EDQUOT, "Disk quota exceeded", "/home/me/runs/x/status.json"),
    "too many files": OSError(errno.EMFILE, "Too many open files", "/d/a.png"),
    "no more threads": RuntimeError("can't start new thread"),
    "checkpoint cut short": RuntimeError("PytorchStreamWriter failed writing file data/0: file write failed"),
    "data gone": ValueError("/d/a.png is gone: the data was moved, deleted or unmounted; bring it back, then go on"),
    "single value for BatchNorm": ValueError("Expected more than 1 value per channel when training, got [1, 8, 1, 1]"),
    "something nobody thought of": KeyError("surprise"),
    "something long": RuntimeError("first line\nTraceback (most recent call last):\n  File x"),
}


def both(ending):
    """As the page shows an ending: in its own words where it has some, else as the engine said it."""
    told = {"en": ending.message}
    if f"ending.{ending.code}" in texts.catalogue("zh"):
        where = texts.text("zh", f"ending.where.{'epoch' if ending.values['epoch'] else 'before'}", **ending.values)
        kept = texts.text("zh", "ending.kept") if ending.values["checkpoint"] else ""
        told["zh"] = texts.text("zh", f"ending.{ending.code}", where=where, kept=kept, **ending.values)
    return told


def _without_list(sentence):
    """What there is grows with every setting and part; how it is told does not."""
    return re.sub(r"(known[^:]*: |这里可用的有：).*", r"\1...", sentence)


def sentences() -> dict[str, dict[str, str]]:
    """Every fault by name, and its sentence in each language."""
    table: dict[str, dict[str, str]] = {}
    faults = {name: check(differences)[1][0] for name, differences in CONFIGS.items()}
    for name, fault in (faults | FOUND_LATER).items():
        told = {language: FieldTexts(language).fault(fault) for language in texts.LANGUAGES}
        table[name] = {language: f"{fault.field}: {_without_list(told[language])}" for language in told}
    for name, error in CODED.items():
        fault = fault_of(error, "weights")
        table[name] = {language: FieldTexts(language).fault(fault) for language in texts.LANGUAGES}
        assert explain(error, WORKING).message == str(error) == table[name]["en"]
    for name, error in ENDINGS.items():
        table[f"training ended: {name}"] = both(explain(error, WORKING, has_checkpoint=True))
    full = OSError(errno.ENOSPC, "No space left on device", "/runs/x/status.json")
    facts = {"file": "/runs/x/status.json", "disk": "/runs", "free": "1.5 MiB"}
    table["training ended: disk full, with what is free"] = both(explain(full, WORKING, facts, True))
    needed = facts | {"needed": "80 MiB"}
    table["training ended: disk full, with what is needed"] = both(explain(full, WORKING, needed, True))
    table["before it began: disk full"] = both(explain(ENDINGS["disk full"], {}))
    return table


def test_every_fault_has_its_sentence():
    """The sentences that people read, word for word."""
    assert sentences() == yaml.safe_load(TABLE.read_text(encoding="utf-8"))


def test_every_error_with_a_code_is_in_the_table():
    """Uploads, pictures and weights that are refused."""
    assert {error.code for error in CODED.values()} == set(ERRORS)


@pytest.mark.parametrize("name", sentences())
def test_a_sentence_says_something_and_shows_no_trace(name):
    """One paragraph, without the words of a program that gave up."""
    for sentence in sentences()[name].values():
        assert len(sentence) > 12 and "\n" not in sentence
        assert not [word for word in ("Traceback", "None", 'File "', "0x", "errno") if word in sentence], sentence


@pytest.mark.parametrize("name", [name for name in sentences() if name.startswith("training ended")])
def test_an_ending_says_where_and_what_to_do_next(name):
    """In which epoch and stage it happened, and the next step."""
    sentence = sentences()[name]["en"]
    if "data gone" not in name:
        assert "in epoch 3 (stage 2)" in sentence
    steps = ("press Resume", "Choose a smaller", "Lower the", "lower the", "Set precision",
             "Choose other", "Choose sizes", "bring it back", "Set device", "set device", "set data",
             "See the log for details")  # fmt: skip
    assert any(step in sentence for step in steps), sentence


if __name__ == "__main__":
    TABLE.write_text(yaml.safe_dump(sentences(), allow_unicode=True, sort_keys=False, width=110), encoding="utf-8")
