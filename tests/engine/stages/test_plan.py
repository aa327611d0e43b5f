"""A plan in iterations."""

from tests.training import new_trainer


def test_an_epoch_has_as_many_steps_as_whole_accumulated_batches(tmp_path):
    trainer = new_trainer(tmp_path, {"batch_size": 32, "accumulate": 3})  # of 320 images
    assert trainer.plan.steps_per_epoch == 3 and trainer.plan.iterations == 6
