"""The weights and their average are scored after each epoch; at the end the last and the best weights are tested."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from engine.evaluation import evaluate
from engine.process.run_process import train_run
from engine.training import scoring
from tests.training import new_run, new_trainer, paint_classes


def test_the_row_of_an_epoch_scores_the_average_beside_the_weights(tmp_path):
    adam = {"optimizer": {"name": "adam", "learning_rate": 0.005}, "stages": [{"epochs": 3}], "probe_images": 0}
    trainer = new_trainer(tmp_path, adam | {"ema_decay": 0.9})
    trainer.train()
    rows, split = trainer.folder.epochs(), trainer.data.validation
    average = evaluate.scores(scoring.logits_of(trainer, split, trainer.average.model), split.targets)["top1"]
    assert rows[-1]["val.ema_top1"] == average == trainer.folder.result()["ema_top1"]
    assert any(row["val.ema_top1"] != row["val.top1"] for row in rows)


class Recorder:
    """Keeps the newest event of each kind, and the status."""

    def __init__(self, reporter):
        self.reporter, self.told, self.status = reporter, {}, reporter.status

    def event(self, kind, **values):
        self.told[kind] = values

    def update(self, **changes):
        self.status |= changes

    def __getattr__(self, name):
        return getattr(self.reporter, name)


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory):
    """Right after a stage of small steps, then spoiled by one of huge ones: the best weights are not the last."""
    here = tmp_path_factory.mktemp("here")
    easy = paint_classes(here / "pictures", {"red": 15, "green": 15, "blue": 15})
    stages = [{"epochs": 4}, {"epochs": 1, "learning_rate": 3.0}]
    folder = new_run(here / "runs", easy | {"stages": stages, "probe_images": 0})
    assert train_run(folder, here) == "finished", folder.log(0)[0]
    return folder


def test_the_best_weights_are_scored_beside_the_last_and_each_figure_says_whose_it_is(spoiled):
    result, status = spoiled.result(), spoiled.status()
    best, epoch = result["best"], status["best"]["epoch"]
    assert result["checkpoint"] == {"kept_as": ["last"], "epoch": 5, "iteration": 45}
    assert best["checkpoint"] == {"kept_as": ["best"], "epoch": epoch, "iteration": 9 * epoch}
    assert best["top1"] == status["best"]["top1"] > result["top1"] == status["last"]["top1"]
    for figures, report in ((status["test"], result), (status["test_best"], best)):
        same = ("top1", "loss", "count", "balanced", "verdict")
        assert [figures[key] for key in same] == [report[key] for key in same]
        assert {key: figures[key] for key in report["checkpoint"]} == report["checkpoint"]
    kept = [len(np.load(path)["images"]) for path in (spoiled.mistakes_file, spoiled.best_mistakes_file)]
    assert kept == [len(result["mistakes"]), len(best["mistakes"])] and kept[0] > kept[1]
    texts = [event["text"] for event in spoiled.events()]
    assert any(text.startswith("Last weights on 9 test images") for text in texts)
    assert any(text.startswith(f"Best weights (epoch {best['checkpoint']['epoch']}) on 9") for text in texts)


def test_scoring_the_best_weights_changes_nothing_of_the_model(tmp_path):
    trainer = new_trainer(tmp_path, {"stages": [{"epochs": 1}], "probe_images": 0})
    trainer.train()
    before = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    kept = trainer.folder.find_checkpoint("best")
    with torch.no_grad():
        trainer.model.head.fc.bias += 1
    trainer.best = trainer.best | {"epoch": 0}
    scoring.score_test(trainer)
    after = trainer.model.state_dict()
    assert [name for name in before if not before[name].equal(after[name])] == ["head.fc.bias"]
    assert trainer.folder.result()["best"]["checkpoint"]["iteration"] == kept.about()["iteration"]


def test_weights_that_are_last_and_best_are_scored_once(tmp_path):
    trainer = new_trainer(tmp_path, {"stages": [{"epochs": 1}], "probe_images": 0})
    trainer.train()
    result = trainer.folder.result()
    assert result["checkpoint"]["kept_as"] == ["last", "best"] and "best" not in result


def test_damaged_best_weights_cost_the_run_nothing(tmp_path):
    trainer = new_trainer(tmp_path, {"stages": [{"epochs": 1}], "probe_images": 0})
    trainer.train()
    weights_file = trainer.folder.find_checkpoint("best").weights_file
    weights_file.write_bytes(weights_file.read_bytes()[:-1])
    trainer.reporter = Recorder(trainer.reporter)
    trainer.best = trainer.best | {"epoch": 0}
    scoring.score_test(trainer)
    assert trainer.folder.result()["top1"] and "best" not in trainer.folder.result()
    assert "weights.safetensors" in trainer.reporter.told["warning"]["why"]


def test_a_model_that_always_says_one_class_is_told_as_no_better_than_that(tmp_path, monkeypatch):
    trainer = new_trainer(tmp_path, {"stages": [{"epochs": 1}], "probe_images": 0})
    most = trainer.data.dataset.test.targets.bincount().argmax()
    always = F.one_hot(most, 10).float()
    monkeypatch.setattr(scoring, "logits_of", lambda training, split, model=None: always.expand(len(split), 10))
    trainer.reporter = Recorder(trainer.reporter)
    trainer.train()
    result, told, test = trainer.folder.result(), trainer.reporter.told, trainer.reporter.status["test"]
    assert result["verdict"] == told["judged"]["verdict"] == test["verdict"] == "no_better"
    assert told["judged"]["majority"] == test["majority"] == str(int(most))
    assert told["judged"]["share"] == pytest.approx(result["top1"]) and result["balanced"] == 10
    assert told["never_right"]["count"] == 9
