"""A training that was saved, or stopped in any stage, goes on with the same bits."""

import pytest
import torch

from engine.training import checkpoint, saved_state
from tests.engine.planned import PLAN, run, same_series
from tests.training import AUGMENTED, batch, new_run, new_trainer, rows, weights


@pytest.mark.parametrize(
    "more",
    [{}, {"precision": "fp16"}, {"optimizer": "adaboundw"}, {"optimizer": {"name": "timm", "algorithm": "adan"}}],
)
def test_a_saved_training_goes_on_with_the_same_bits_average_included(tmp_path, more):
    differences = more | {"ema_decay": 0.9, "accumulate": 2, "augmentations": AUGMENTED, "probe_images": 0}
    one = new_trainer(tmp_path, differences)

    def train(trainer, steps):
        for step in steps:
            trainer.position.iteration = step
            trainer.step(batch(trainer, 64, 16 * step))
            trainer.position.iteration = step + 1

    train(one, range(3))
    one.position.step = 3
    saved_state.save(one, ["last"])
    saved = one.folder.find_checkpoint("last")
    other = new_trainer(tmp_path, differences)
    saved_state.restore(other, checkpoint.load_weights(saved), checkpoint.load_training(saved))
    for trainer in (one, other):
        train(trainer, range(3, 6))
    assert other.average.steps == one.average.steps == 6
    for ours, theirs in ((other.model, one.model), (other.average.model, one.average.model)):
        for name, value in ours.state_dict().items():
            assert torch.equal(value, theirs.state_dict()[name]), name


@pytest.mark.parametrize("iteration", [3, 10, 13, 22])
def test_stopped_in_any_stage_or_at_its_last_step_and_resumed_ends_with_the_same_bits(
    uninterrupted, tmp_path, iteration
):
    folder = new_run(tmp_path, PLAN)
    assert run(folder, tmp_path, {iteration: [("stop", {})]}) == "stopped"
    assert rows(folder) == folder.status()["iteration"] == iteration
    assert run(folder, tmp_path, resume=True) == "finished"
    assert weights(folder) == weights(uninterrupted)
    same_series(folder, uninterrupted)
    assert [row["epoch"] for row in folder.epochs()] == [1, 2, 3, 4, 5]
