"""Events as log and file tell them."""

import pytest

from engine.messages.events import event_text


@pytest.mark.parametrize(
    ("kind", "values", "text"),
    [
        ("finished", {}, "Finished."),
        (
            "evaluated",
            {"top1": 81.8, "count": 10_000, "loss": 0.512},
            "10,000 images: accuracy 81.80 %, loss 0.512.",
        ),
        ("checkpoint", {"name": "iteration-00000040", "kept_as": ["best", "stage_end"]}, "(best, end of stage)."),
        ("weights", {"parts": [], "unfit": []}, "Weights loaded into nothing."),
        ("command", {"number": 1, "command": "next_stage", "done": True, "why": ""}, "Next stage requested."),
        ("command", {"number": 1, "command": "set", "done": False, "why": "too late"}, "refused: too late."),
        ("warning", {"why": "bf16 is slower"}, "Warning: bf16 is slower"),
    ],
)
def test_an_event_is_a_sentence_with_its_values(kind, values, text):
    assert event_text(kind, values).endswith(text)


def test_a_stage_is_counted_from_one_and_named():
    values = {"stage": 0, "title": "", "train": ["head"], "frozen": [], "learning_rate": {"head": 0.1, "layer3": 0.01}}
    assert event_text("stage_began", values) == (
        "Stage 1 started: train head. Training: head; frozen: nothing; rate head 0.1, layer3 0.01."
    )
    assert event_text("stage_began", values | {"title": "warm-up"}).startswith("Stage 1 started: warm-up.")


def test_an_edit_tells_what_it_changed():
    values = {"stage": 2, "ends": 300, "iterations": 1200, "running": True, "field": "stages.1.learning_rate"}
    assert event_text("edit", values | {"what": "learning_rate", "value": None}).endswith("is now the optimizer's.")
    assert event_text("edit", values | {"what": "end", "value": 300}).endswith("the plan ends after iteration 1,200.")


def test_a_dry_run_tells_what_each_stage_needs():
    stages = [{"stage": 0, "seconds": 0.25, "memory": 2**30, "ends_in": 60.0},
              {"stage": 1, "seconds": 0.5, "memory": 2**30, "ends_in": 7200.0}]  # fmt: skip
    assert event_text("rehearsed", {"stages": stages}) == (
        "Dry run of each stage passed. Stage 1: 0.25 s per iteration, 1,024 MiB, ends after about 60 s. "
        "Stage 2: 0.5 s per iteration, 1,024 MiB, ends after about 2.0 h."
    )


def test_an_unknown_kind_is_a_mistake_in_the_program():
    with pytest.raises(KeyError):
        event_text("surprise", {})
