"""The registry of sentences: what it holds can be filled in, and every code is known by its key."""

import re
import string
from pathlib import Path

import pytest

import engine
from engine.messages.sentences import ENDINGS, ERRORS, EVENTS, FAULTS, by_key


@pytest.mark.parametrize("key", by_key())
def test_placeholders_are_plain_names(key):
    """So that Python and the page's JavaScript fill them in alike."""
    for _, name, form, conversion in string.Formatter().parse(by_key()[key]):
        assert name is None or (name.isidentifier() and not form and not conversion)


def test_no_code_is_lost_among_the_keys():
    assert len(by_key()) == sum(map(len, (FAULTS, ERRORS, ENDINGS, EVENTS)))
    assert by_key()["fault.too_long"] == FAULTS["too_long"]


def test_an_error_may_stand_for_a_fault_or_an_ending():
    """Faults and endings look their codes up among the errors too, so that none may mean two things."""
    assert not set(ERRORS) & (set(FAULTS) | set(ENDINGS))


# Where the variants of a code are made, in engine/
EMITTERS = {
    "command": "messages/events.py",
    "edit": "stages/plan_edits.py",
    "ended_early": "stages/early_end_rule.py",
    "judged": "runs/baselines.py",
    "kept": "training/trainer.py",
    "weights_remark": "training/weight_remarks.py",
    "word": "runs/command_files.py",
}


@pytest.mark.parametrize("code", EVENTS)
def test_every_event_is_emitted_by_the_engine(code):
    """No run so far holds an event that the engine no longer emits, so no sentence is kept for one."""
    root = Path(engine.__file__).parent
    kind, _, variant = code.removesuffix("_for_one").partition(".")
    if variant:
        files, emitted = [root / EMITTERS[kind]], rf'"\.?{variant}"'
        files += [root / "process/training_session.py"] if kind == "kept" else []
    else:
        files, emitted = sorted(root.rglob("*.py")), rf'(event(_text)?\(\s*|EVENTS\[|"kind": )"{kind}"'
    assert any(re.search(emitted, file.read_text(encoding="utf-8")) for file in files)
