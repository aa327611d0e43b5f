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
            "Last weights on 10,000 test images: accuracy 81.80 %, loss 0.512.",
        ),
        (
            "evaluated_best",
            {"top1": 91.7, "count": 12, "loss": 0.5, "of_epoch": 3},
            "Best weights (epoch 3) on 12 test images: accuracy 91.70 %, loss 0.5.",
        ),
        (
            "judged",
            {"verdict": "unbalanced", "top1": 94.8, "balanced": 92.5, "share": 95.2, "majority": "cat"},
            "Always answering “cat” scores 95.20 %, no worse than the test accuracy of 94.80 %; the balanced accuracy, "
            "92.50 %, shows that the model does tell them apart.",
        ),
        ("never_right", {"count": 2, "names": ["best", "b"]}, "recognised in the test set (2): best, b."),
        (
            "checkpoint",
            {"name": "iteration-00000040", "kept_as": ["best", "stage_end"]},
            "Checkpoint iteration-00000040 saved (best, end of stage).",
        ),
        (
            "weights",
            {"parts": [], "random": ["stem"], "unfit": []},
            "Weights loaded into nothing; random: stem; did not fit: nothing.",
        ),
        (
            "weights",
            {"parts": ["stem"], "random": [], "unfit": list("abcdefghij")},
            "random: nothing; did not fit: a, b, c, d, e, f, g, h.",
        ),
        (
            "weights",
            {"parts": ["stem"], "partly": ["layer1"], "random": ["head"], "unfit": []},
            "Weights loaded into stem, layer1 (partly); random: head; did not fit: nothing.",
        ),
        (
            "starting",
            {"data": "digits", "model": "resnet", "device": "cpu"},
            "Loading digits and building resnet on cpu.",
        ),
        ("resumed", {"iteration": 1300, "life": 1}, "Resumed at iteration 1,300 (attempt 2)."),
        ("stopped", {"iteration": 1300}, "Stopped at iteration 1,300."),
        (
            "zero_shot",
            {"stage": 1, "top1": 40.0, "count": 500},
            "Accuracy on 500 images before stage 2, which trains without labels: 40.00 %.",
        ),
        (
            "ended_early",
            {"stage": 1, "why": "accuracy", "epoch": 3, "top1": 91.5, "patience": 0, "until_accuracy": 90.0},
            "Stage 1 ended early, after epoch 3: accuracy 91.50 % reached the target of 90 %.",
        ),
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
    values = {
        "stage": 2,
        "ends": 300,
        "iterations": 1200,
        "running": True,
        "iteration": 40,
        "field": "stages.1.learning_rate",
    }
    assert event_text("edit", values | {"what": "learning_rate", "value": None}).endswith("is now the optimizer's.")
    assert event_text("edit", values | {"what": "end", "value": 300}) == (
        "At iteration 40: stage 2 ended; the plan ends after iteration 1,200."
    )
    assert "now lasts 1 epoch and" in event_text("edit", values | {"what": "epochs", "value": 1})
    assert "now lasts 2 epochs and" in event_text("edit", values | {"what": "epochs", "value": 2})


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
