"""A training that was saved, or stopped in any stage, goes on with the same bits."""

import copy

import pytest
import torch
from timm.layers import EvoNorm2dB0, RmsNorm2d

from engine.config.differences import resolve
from engine.training import checkpoint, ghost_batchnorm, saved_state, stepper
from engine.training.build_model import build_model
from engine.training.stage_start import begin_stage
from tests.engine.planned import PLAN, run, same_series
from tests.training import AUGMENTED, TINY, batch, new_run, new_trainer, rows, waiting_trainer, weights


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


def with_rms_norm():
    """A model with a layer that once did not count as normalisation."""
    model = build_model(resolve(TINY), 1, 10, 16)
    model.layer1[0].bn1 = RmsNorm2d(model.layer1[0].bn1.num_features)
    return model


def saved_by_the_first_rule(trainer):
    """What an older version saved of a training that has taken a step: no word of a rule."""
    trainer.norm_rule = 1
    begin_stage(trainer, 0)
    trainer.step(batch(trainer, 64))
    trainer.position.iteration = trainer.position.step = 1
    saved = saved_state.state_of(trainer)
    del saved["norm_rule"]
    return copy.deepcopy((trainer.model.state_dict(), saved))


def test_a_training_saved_by_an_older_rule_of_norms_goes_on_by_it(tmp_path):
    differences = {"decay_on": "all_but_norm", "probe_images": 0, "stages": [{"epochs": 1}, {"epochs": 1}],
                   "optimizer": {"learning_rate": 0.05, "weight_decay": 0.1}}  # fmt: skip
    one, other = (waiting_trainer(tmp_path, differences, with_rms_norm()) for _ in range(2))
    weights_then, saved = saved_by_the_first_rule(one)
    saved_state.restore(other, weights_then, saved)
    assert saved_state.state_of(other)["norm_rule"] == 1
    for stage in (0, 1):
        for trainer in (one, other):
            if stage:
                begin_stage(trainer, stage)
            decays = {weight: group["weight_decay"] for group in trainer.setup.groups for weight in group["params"]}
            assert decays[trainer.model.layer1[0].bn1.weight] == 0.1
            assert decays[trainer.model.layer1[0].bn2.weight] == 0.0
            trainer.step(batch(trainer, 64, 64))
    for name, value in one.model.state_dict().items():
        assert torch.equal(value, other.model.state_dict()[name]), name

    newest = waiting_trainer(tmp_path, differences, with_rms_norm())
    begin_stage(newest, 0)
    decays = {weight: group["weight_decay"] for group in newest.setup.groups for weight in group["params"]}
    assert decays[newest.model.layer1[0].bn1.weight] == 0.0
    assert saved_state.state_of(newest)["norm_rule"] == 3


def with_other_norms():
    """A model of which two layers count as norms only by the third rule: for ghost batches, and for fp16."""
    model = with_rms_norm()
    model.layer2[0].bn1 = EvoNorm2dB0(model.layer2[0].bn1.num_features)
    return model


@pytest.mark.parametrize("more", [{"ghost_batch": 8}, {"precision": "fp16"}])
def test_ghost_batches_and_fp16_too_go_on_by_the_rule_that_a_training_began_with(tmp_path, more, monkeypatch):
    differences = more | {"probe_images": 0, "stages": [{"epochs": 1}]}

    def made(built_by):
        model = with_other_norms()
        if "ghost_batch" in more:
            ghost_batchnorm.use_ghost_batches(model, 8, built_by)
        return waiting_trainer(tmp_path, differences, model)

    with monkeypatch.context() as then:  # an older version knew no other norms in 32 bits
        then.setattr(stepper, "keep_norms_from_overflow", lambda model: None)
        one = made(built_by=2)
    begin_stage(one, 0)
    one.norm_rule = 2
    one.step(batch(one, 32))
    one.position.iteration = one.position.step = 1
    other = made(built_by=3)
    saved_state.restore(other, *copy.deepcopy((one.model.state_dict(), saved_state.state_of(one))))
    newest = made(built_by=3)
    saved_state.restore(newest, *copy.deepcopy((one.model.state_dict(), saved_state.state_of(one) | {"norm_rule": 3})))
    losses = [float(trainer.step(batch(trainer, 32, 32))["loss"]) for trainer in (one, other, newest)]
    assert losses[0] == losses[1] != losses[2]
    assert all(torch.equal(value, other.model.state_dict()[name]) for name, value in one.model.state_dict().items())


def test_pure_fp16_of_an_older_rule_of_norms_is_refused_where_it_would_compute_something_else(tmp_path):
    differences = {"precision": "pure_fp16", "probe_images": 0}
    usual, rms = (waiting_trainer(tmp_path, differences, model) for model in (None, with_rms_norm()))
    for trainer in (usual, rms):
        begin_stage(trainer, 0)
        saved = saved_state.state_of(trainer)
        del saved["norm_rule"]
        if trainer is usual:
            saved_state.restore(trainer, trainer.model.state_dict(), saved)
            continue
        with pytest.raises(ValueError, match=r"RmsNorm2d in 16 bits in pure fp16.*start a new run from its weights"):
            saved_state.restore(trainer, trainer.model.state_dict(), saved)


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
