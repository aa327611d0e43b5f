"""A saved run is scored again, and every prediction is kept beside its label."""

import numpy as np

from engine.training import checkpoint
from engine.worker.predictions import evaluate_run
from tests.made_runs import make_run

FEW = {"data": {"name": "digits", "limit": 20}}


def always_the_third(model):
    model.head.fc.weight.zero_()
    model.head.fc.bias[2] += 9


def test_the_report_and_the_file_say_the_same(tmp_path):
    folder = make_run(tmp_path, {"data": {"name": "digits", "limit": 20}})
    lines = evaluate_run(folder, "best", tmp_path)
    kept = np.load(folder.predictions_file)
    assert np.array_equal(kept["predicted"], kept["logits"].argmax(1)) and len(kept["target"]) == 360
    assert np.allclose(kept["probabilities"].sum(1), 1) and kept["classes"].tolist() == list("0123456789")
    right = 100 * (kept["predicted"] == kept["target"]).mean()
    assert f"{right:.2f} % of 360 test images right" in lines[0] and str(folder.predictions_file) in lines[-1]
    rows = [line.split() for line in lines[lines.index(next(x for x in lines if x.startswith("confusion"))) + 1 : -1]]
    assert len(rows) == 10 and sum(int(count) for row in rows for count in row) == 360


def test_it_says_which_weights_it_scored_and_scores_the_best_beside_the_last(tmp_path):
    folder = make_run(tmp_path, FEW, always_the_third)
    assert evaluate_run(folder, None, tmp_path)[0].startswith("last and best weights (epoch 1, iteration-00000040): ")
    first = folder.find_checkpoint("last")
    weights = {name: value.clone() for name, value in checkpoint.load_weights(first).items()}
    weights["head.fc.bias"] = weights["head.fc.bias"].roll(1)  # always the fourth

    class Model:
        state_dict = staticmethod(lambda: weights)

    checkpoint.save(folder, Model, {}, {"iteration": 80, "epoch": 2, "stage": 0, "top1": 9.0}, ["last"])
    last, best, *_ = evaluate_run(folder, None, tmp_path)
    assert last.startswith("last weights (epoch 2, iteration-00000080): ")
    assert best.startswith("best weights (epoch 1, iteration-00000040): ")
    assert str(np.load(folder.predictions_file)["checkpoint"]) == "iteration-00000080"
    alone, following, *_ = evaluate_run(folder, "best", tmp_path)
    assert alone.startswith("best weights (epoch 1") and following.startswith("always answering")
    assert alone.split(": ")[1].split()[0] == best.split(": ")[1].split()[0]
    assert str(np.load(folder.predictions_file)["checkpoint"]) == "iteration-00000040"
    first.weights_file.write_bytes(b"damaged")
    assert "weights.safetensors" in evaluate_run(folder, None, tmp_path)[1]


def test_it_says_that_a_model_that_knows_one_class_is_no_better_than_that(tmp_path):
    lines = evaluate_run(make_run(tmp_path, FEW, always_the_third), None, tmp_path)
    counts = np.bincount(np.load(tmp_path / lines[-1].removeprefix("every prediction: "))["target"], minlength=10)
    share = 100 * counts.max() / 360
    assert "mean over classes 10.00 %" in lines[0]
    assert lines[1] == f"always answering “{counts.argmax()}” scores {share:.2f} %, guessing 10.00 %"
    assert f"is no better than always answering “{counts.argmax()}”, which scores {share:.2f} %" in lines[2]
    assert lines[3] == "Classes never recognised in the test set (9): 0, 1, 3, 4, 5, 6, 7, 8, 9."
