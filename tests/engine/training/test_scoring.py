"""The weights and their average are scored after each epoch."""

from engine.evaluation import evaluate
from engine.training import scoring
from tests.training import new_trainer


def test_the_row_of_an_epoch_scores_the_average_beside_the_weights(tmp_path):
    adam = {"optimizer": {"name": "adam", "learning_rate": 0.005}, "stages": [{"epochs": 3}], "probe_images": 0}
    trainer = new_trainer(tmp_path, adam | {"ema_decay": 0.9})
    trainer.train()
    rows, split = trainer.folder.epochs(), trainer.data.validation
    average = evaluate.scores(scoring.logits_of(trainer, split, trainer.average.model), split.targets)["top1"]
    assert rows[-1]["val.ema_top1"] == average == trainer.folder.result()["ema_top1"]
    assert any(row["val.ema_top1"] != row["val.top1"] for row in rows)
