"""Whatever stands in the files of a run: the list, the run's page, a comparison and a resume answer in sentences.

Every damage is drawn with a fixed seed; THAW_FUZZ=2000 draws so many.
"""

import io
import json
import os
import random
import shutil

import numpy as np
import pytest
import yaml
from fastapi import HTTPException, Request

from dashboard.json_answer import Json
from dashboard.routes import live, maps, published, runs
from dashboard.routes.json_lines_tail import Tails
from dashboard.routes.summaries import Summaries
from engine.config.differences import changes, resolve
from engine.process.run_process import train_run
from engine.process.training_session import Session
from engine.runs import files, series_length
from engine.runs.set_aside import set_aside
from tests.synthetic_run import write_run
from tests.training import TINY

DAMAGES = int(os.environ.get("THAW_FUZZ", "200"))
ANY_REQUEST = Request({"type": "http", "headers": []})
EVERY = 8  # damages to one resume
WORDS = ("", "x", "loss", "../../etc", "half \ud83d", "\x00\x1b[2J", "20261122-101500-ab12", "2024-01-01", "é😀",
         "y" * 30_000)  # fmt: skip
NUMBERS = (0, -1, 1, 3, 2**31, 2**63, 10**40, -(10**400), 0.5, 1e308, float("nan"), float("inf"), True, False, None)
KEYS = ("id", "status", "state", "life", "iteration", "epoch", "seq", "values", "number", "label", "tags", "group",
        "name", "kept_as", "sha256", "classes", "data", "newer", "claimed", "pid", "")  # fmt: skip


def anything(dice, depth=4):
    """A value of any type, nested at random."""
    kind = dice.random()
    if depth and kind < 0.2:
        return [anything(dice, depth - 1) for _ in range(dice.randrange(4))]
    if depth and kind < 0.4:
        return {dice.choice(KEYS): anything(dice, depth - 1) for _ in range(dice.randrange(4))}
    return dice.choice(WORDS) if kind < 0.65 else dice.choice(NUMBERS)


def altered(value, dice):
    """The same but for one place in it, at any depth, where anything stands."""
    if isinstance(value, dict) and value and dice.random() < 0.8:
        key = dice.choice([*value, dice.choice(KEYS)])
        return value | {key: altered(value.get(key), dice)}
    if isinstance(value, list) and value and dice.random() < 0.8:
        place = dice.randrange(len(value))
        return [*value[:place], altered(value[place], dice), *value[place + 1 :]]
    return anything(dice)


def as_json(raw, dice):
    return json.dumps(altered(json.loads(raw), dice)).encode()


def as_lines(raw, dice):
    lines = raw.splitlines()
    place = dice.randrange(len(lines)) if lines else 0
    row = as_json(lines[place], dice) if lines else b"{}"
    return b"\n".join([*lines[:place], row, *lines[place + 1 :], b""])


def as_yaml(raw, dice):
    value = altered(yaml.safe_load(raw), dice)
    return yaml.safe_dump(value, allow_unicode=True).encode(errors="replace") if dice.random() < 0.8 else HOSTILE_YAML


def as_arrays(raw, dice):
    """Arrays under the usual names, of other shapes and types."""
    kinds = ["float16", "float64", "uint8", "complex64", "U3", "datetime64[s]", "bool"]
    shape = [dice.randrange(5) for _ in range(dice.randrange(5))]
    names = ("images", "targets", "indices", "layer1.attention/spatial", "probabilities")
    packed = io.BytesIO()
    np.savez(packed, **{name: np.zeros(shape, dice.choice(kinds)) for name in names})
    return packed.getvalue()


HOSTILE_YAML = b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (i, i, i - 1, i - 1) for i in range(98, 108))
BY_ENDING = {".json": as_json, ".jsonl": as_lines, ".yaml": as_yaml, ".npz": as_arrays}


def damaged(path, raw, dice):
    """Other bytes for a file: cut, turned over, noise, far too deep, or well formed with odd things in it."""
    kind = dice.random()
    if kind < 0.55 and path.suffix in BY_ENDING:
        return BY_ENDING[path.suffix](raw, dice)
    if kind < 0.7:
        return raw[: dice.randrange(len(raw) + 1)]
    if kind < 0.8:
        turned = bytearray(raw)
        for _ in range(dice.choice([1, 8])):
            if turned:
                turned[dice.randrange(len(turned))] ^= 1 << dice.randrange(8)
        return bytes(turned)
    if kind < 0.9:
        return dice.randbytes(dice.choice([0, 1, 7, 8, 800]))
    return dice.choice(
        [b"[" * 200_000, b'{"a":' * 500 + b"1" + b"}" * 500, b"null", b"[]", b"{}", raw * 3, HOSTILE_YAML]
    )


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A run with every file that a run can have, and one beside it to which nothing is done."""
    monkeypatch.setattr(series_length, "BETWEEN", 0)  # nobody writes
    config = resolve(TINY)
    folder = write_run(tmp_path / "runs", 40, per_epoch=10, state="finished")
    folder.write_config(config.model_dump(), changes(config))
    files.replace_text(folder.edits_file, "edits: []\n")
    files.replace_json(folder.trained_file, config.model_dump())
    files.replace_json(folder.data_file, {"classes": ["a", "b"], "counts": {"train": 3}})
    folder.write_status(folder.status() | {"state": "stopped"}, durable=True)
    folder.commands.joinpath("000001.json").write_text('{"command": "stop", "life": 0}', encoding="utf-8")
    files.replace_json(folder.environment_file, {"device": "cpu", "threads": 1, "data": {"classes": ["a", "b"]}})
    good = write_run(tmp_path / "runs", 10, per_epoch=10, label="good")
    return folder, good


class Shelf:
    """The run as it was, to be damaged and put back."""

    def __init__(self, folder):
        self.folder = folder
        self.paths = sorted(path for path in folder.path.rglob("*") if path.is_file())
        self.raw = {path: path.read_bytes() for path in self.paths}

    def damage(self, dice):
        chosen = [dice.choice(self.paths) for _ in range(dice.choice([1, 1, 1, 3]))]
        for path in chosen:
            path.write_bytes(damaged(path, self.raw[path], dice))
        if dice.random() < 0.05:
            chosen[0].unlink()
        return chosen

    def put_back(self):
        shutil.rmtree(self.folder.path)
        for path, raw in self.raw.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)


def answers(folder, tmp_path):
    """What the page asks of a run, its parts each on its own."""
    tails, summaries = Tails(), Summaries()
    yield lambda: live.live(folder, tails, names="loss,share.cls", system=0)
    yield lambda: live.live(folder, tails, life=0, after=5, names="loss")
    yield lambda: live.curves(folder, "loss,share.cls,stray", points=7, smoothing=0.5)
    yield lambda: live.system(folder)
    yield lambda: runs.one_run(folder, tails)
    yield lambda: runs.epochs(folder, tails)
    yield lambda: runs.events(folder, tails)
    yield lambda: runs.result(folder)
    yield lambda: runs.log(folder)
    yield lambda: maps.overview(folder)
    yield lambda: maps.probe(folder, 0, ANY_REQUEST)
    yield lambda: maps.moment(folder, 10)
    yield lambda: published.reference(folder, folder.path.parent, tmp_path, summaries)


def look(folder, tmp_path):
    for answer in answers(folder, tmp_path):
        try:
            reply = answer()
        except HTTPException as refused:
            assert refused.status_code in (404, 409) and refused.detail
        else:
            if isinstance(reply, Json):
                json.loads(reply.body, parse_constant=pytest.fail)


def test_whatever_stands_in_a_file_list_page_and_comparison_answer(world, tmp_path):
    folder, good = world
    shelf, whole = Shelf(folder), Summaries().of(good)
    for seed in range(DAMAGES):
        chosen = shelf.damage(random.Random(seed))
        try:
            reply = json.loads(runs.every_run(folder.path.parent, Summaries()).body)["runs"]
            assert [row["id"] for row in reply] == sorted([folder.id, good.id], reverse=True)
            assert next(row for row in reply if row["id"] == good.id) == json.loads(Json(whole).body)
            look(folder, tmp_path)
        except BaseException:
            print("seed", seed, [path.name for path in chosen])
            raise
        for path in chosen:
            path.write_bytes(shelf.raw[path])


def test_whatever_stands_in_a_file_a_resume_goes_on_or_says_why_not(world, tmp_path, monkeypatch):
    """All that a resume reads but data, model and weights; nothing that was there is gone afterwards."""
    folder, _ = world
    shelf = Shelf(folder)

    def run(session, resume):
        assert session.newest_whole_checkpoint() is None  # synthetic: nothing to continue from
        set_aside(session.folder, session.reporter.status["life"], 0, 0)
        session.reporter.listen()
        session.reporter.state("running")

    monkeypatch.setattr(Session, "run", run)
    for seed in range(0, DAMAGES, EVERY):
        chosen = shelf.damage(random.Random(seed))
        try:
            assert train_run(folder, tmp_path, resume=True) in ("finished", "stopped", "failed")
            status = folder.status()
            assert (status.get("ending") or {}).get("code") != "unforeseen", status["reason"]
        except (ValueError, OSError) as said:
            assert str(said) and not isinstance(said, UnicodeError)
        except BaseException:
            print("seed", seed, [path.name for path in chosen])
            raise
        shelf.put_back()
