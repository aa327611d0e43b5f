"""A rehearsal changes nothing, and finds what cannot train before the first iteration."""

import numpy as np
import pytest
import torch

from engine.stages import stage_setup
from engine.training import rehearsal
from tests.engine.planned import PLAN, STEPS, run, same_series, told
from tests.training import new_run, new_trainer, rows, waiting_trainer, weights


def test_a_rehearsal_changes_nothing_and_tells_what_each_stage_needs(uninterrupted, tmp_path):
    folder = new_run(tmp_path, PLAN | {"rehearsal": "always"})
    assert run(folder, tmp_path) == "finished"
    assert weights(folder) == weights(uninterrupted)
    same_series(folder, uninterrupted)
    (event,) = told(folder, "rehearsed")
    measured = event["values"]["stages"]
    assert event["iteration"] == 0 and [one["stage"] for one in measured] == [0, 1, 2]
    assert all(one["seconds"] > 0 and one["memory"] > 50 * 2**20 for one in measured)
    ends = [one["ends_in"] for one in measured]
    assert ends == sorted(ends) and ends[0] >= 2 * STEPS * measured[0]["seconds"]


def test_after_a_rehearsal_all_is_as_it_was_bit_for_bit(tmp_path):
    trainer = waiting_trainer(tmp_path, PLAN | {"rehearsal": "always"})
    before = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    average = {name: value.clone() for name, value in trainer.average.model.state_dict().items()}
    states = torch.get_rng_state(), np.random.get_state()[1].tolist(), trainer.stepper.augment.generator.get_state()
    assert len(rehearsal.rehearse(trainer, trainer.step)) == 3
    assert all(torch.equal(value, before[name]) for name, value in trainer.model.state_dict().items())
    assert all(torch.equal(value, average[name]) for name, value in trainer.average.model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), states[0]) and np.random.get_state()[1].tolist() == states[1]
    assert torch.equal(trainer.stepper.augment.generator.get_state(), states[2])
    assert trainer.current_setup is None and trainer.position.iteration == 0
    assert trainer.average.steps == 0 and set(map(float, trainer.drift.known.values())) == {0.0}


def test_a_stage_that_cannot_train_fails_before_the_first_iteration_and_is_named(tmp_path, monkeypatch):
    """Memory runs out as soon as layer3 has gradients: in stage 2, and the first stage does not even begin."""
    real = stage_setup.freeze

    def freeze(model, stage, norm_rule):
        real(model, stage, norm_rule)
        if "layer3" in stage.train:
            raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(stage_setup, "freeze", freeze)
    folder = new_run(tmp_path, PLAN | {"rehearsal": "auto"})
    assert run(folder, tmp_path) == "failed"
    reason = folder.status()["reason"]
    assert reason.startswith(
        "The dry run of stage 2 of 3, which trains layer3, attention, head, failed: memory ran out"
    )
    assert rows(folder) == 0 and not told(folder, "stage_began")


@pytest.mark.parametrize("command", ["checkpoint", "next_stage", "set", "inspect"])
def test_while_a_stage_is_rehearsed_nothing_is_saved_or_changed(tmp_path, command):
    """Its weights and its place are not the run's: only pause and stop are obeyed meanwhile."""
    folder = new_run(tmp_path, PLAN | {"rehearsal": "auto", "stages": [{"epochs": 1}, {"epochs": 1}]})
    folder.send(command, {"field": "stages.0.learning_rate", "value": 1e-9} if command == "set" else {})
    assert run(folder, tmp_path) == "finished", folder.status()["reason"]
    (answer,) = told(folder, "command")
    assert not answer["values"]["done"] and told(folder, "rehearsed")
    assert rows(folder) == 2 * STEPS and not told(folder, "edit")
    assert {saved.about()["iteration"] for saved in folder.checkpoint_list()} <= {STEPS, 2 * STEPS}


def test_one_stage_is_not_rehearsed_unless_asked(tmp_path):
    trainer = new_trainer(tmp_path, {"stages": [{"epochs": 1}]})
    assert rehearsal.rehearse(trainer, trainer.step) == []
