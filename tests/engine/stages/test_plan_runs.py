"""Whole plans at work: boundaries, resumes, edits, early ends and the rehearsal, each to the bit where bits count."""

import copy
import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from engine.config.differences import resolve
from engine.config.stage import Stage
from engine.process.run_process import live
from engine.runs import reporter, series
from engine.stages import model_parts, stage_setup
from engine.training import checkpoint, rehearsal, stage_boundaries
from engine.training.build_model import build_model
from engine.training.drift import Movement
from engine.training.stage_start import begin_stage
from tests.training import TINY, new_run, new_trainer, rows, waiting_trainer, weights

STEPS = 5  # an epoch: 160 images in batches of 32
PLAN = {
    "data": {"name": "digits", "limit": 160},
    "augmentations": [{"name": "random_crop", "padding": 2}, {"name": "mixup"}],
    "optimizer": {"name": "adam", "learning_rate": 0.005},
    "allow_random_frozen": True,
    "probe_images": 0,
    "ema_decay": 0.9,
    "rehearsal": "never",
    "stages": [
        {"epochs": 2, "train": ["attention", "head"], "frozen_batchnorm": "adapts"},
        {"epochs": 2, "train": ["layer3", "attention", "head"], "optimizer_state": "kept", "learning_rate": 0.002},
        {"epochs": 1, "begins_from": "best", "rate_factors": {"stem": 0.1}, "optimizer_state": "kept"},
    ],
}
TIMED = ("seconds", "data_seconds", "images_per_second")


@pytest.fixture(scope="module", autouse=True)
def alone():
    """One thread, as these nets are tiny, and commands heard after every iteration."""
    threads, patch = torch.get_num_threads(), pytest.MonkeyPatch()
    torch.set_num_threads(1)
    patch.setattr(reporter, "LISTEN_EVERY", 0.0)
    yield
    patch.undo()
    torch.set_num_threads(threads)


def run(folder, data, orders=None, resume=False):
    """Train in this process; orders: by iteration, commands with their arguments that are given right after it."""
    waiting = {iteration: list(given) for iteration, given in (orders or {}).items()}

    def watch(status):
        for command, arguments in waiting.pop(status.get("iteration"), []):
            folder.send(command, arguments)

    return live(folder, data, resume=resume, watch=watch)


def told(folder, *kinds):
    return [event for event in folder.events() if event["kind"] in kinds]


def same_series(one, other):
    assert series.names(one.series) == series.names(other.series)
    for name in series.names(one.series):
        if name not in TIMED:
            assert series.read(one.series, name).tobytes() == series.read(other.series, name).tobytes(), name


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = new_run(tmp_path_factory.mktemp("whole"), PLAN)
    assert run(folder, folder.path) == "finished", folder.log(0)[0]
    return folder


# --- resume


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


class Down(BaseException):
    """The machine goes down."""


@pytest.mark.parametrize("boundary", [10, 20])
def test_gone_exactly_at_a_boundary_and_resumed_ends_with_the_same_bits(uninterrupted, tmp_path, boundary):
    """The stage is over, validated and saved, and the next one has not begun."""

    def watch(status):
        if status.get("iteration") == boundary and (status.get("last") or {}).get("epoch") == boundary // STEPS:
            raise Down

    folder = new_run(tmp_path, PLAN)
    with pytest.raises(Down):
        live(folder, tmp_path, watch=watch)
    assert folder.find_checkpoint("last").about()["kept_as"].count("stage_end") == 1
    assert run(folder, tmp_path, resume=True) == "finished"
    assert told(folder, "resumed")[0]["iteration"] == boundary
    assert weights(folder) == weights(uninterrupted)
    same_series(folder, uninterrupted)


# --- optimizer state and weights over a boundary


@pytest.mark.parametrize("optimizer", ["sgd", {"name": "timm", "algorithm": "lamb"}], ids=["sgd", "lamb"])
@pytest.mark.parametrize("state", ["kept", "reset"])
def test_optimizer_state_carried_over_equals_one_that_never_stopped(tmp_path, state, optimizer):
    """T2: one stage of two epochs, and two stages of one epoch each that train the same; lamb counts by group."""
    plan = PLAN | {"schedule": "constant", "ema_decay": 0.0, "optimizer": optimizer}
    whole, split = (
        new_run(tmp_path, plan | {"stages": planned}, label=name)
        for name, planned in (
            ("whole", [{"epochs": 2}]),
            ("split", [{"epochs": 1}, {"epochs": 1, "optimizer_state": state}]),
        )
    )
    for folder in (whole, split):
        assert run(folder, tmp_path) == "finished"
    assert (weights(whole) == weights(split)) == (state == "kept")


def test_a_stage_may_begin_from_the_best_weights_so_far(tmp_path):
    """T6: the rate of the second stage destroys what the first one learned; the third goes back and hardly moves."""
    plan = PLAN | {"ema_decay": 0.0, "schedule": "constant", "augmentations": [], "stages": [
        {"epochs": 4, "learning_rate": 0.02}, {"epochs": 1, "learning_rate": 1.0},
        {"epochs": 1, "train": ["head"], "learning_rate": 1e-30, "begins_from": "best"},
    ]}  # fmt: skip
    folder = new_run(tmp_path, plan)
    assert run(folder, tmp_path) == "finished", folder.log(0)[0]
    (event,) = told(folder, "took_over")
    scores = [row["val.top1"] for row in folder.epochs()]
    best = event["values"]["best_epoch"]
    assert event["iteration"] == 5 * STEPS and best <= 4
    assert scores[4] < max(scores[:4]) == scores[best - 1] == scores[5]
    kept = checkpoint.load_weights(folder.find_checkpoint("best"))
    last = checkpoint.load_weights(folder.find_checkpoint("last"))
    assert all(torch.equal(kept[name], value) for name, value in last.items())


@pytest.mark.parametrize("objective", ["must", "dpa"])
def test_with_the_best_weights_their_average_and_what_the_objective_remembers_come_back(tmp_path, objective):
    """Else the average would mix in the weights that are given up, and a teacher would go on teaching from them."""
    stages = [{"epochs": 1}, {"epochs": 1}, {"epochs": 1, "begins_from": "best"}]
    trainer = unlabelled(tmp_path, objective, stages)
    wanted = remembered(trainer)
    fall_behind(trainer)
    assert not same(remembered(trainer), wanted)
    stage_boundaries.take_over_best(trainer, 2)
    assert same(remembered(trainer), wanted)
    kept = trainer.setup.objective
    begin_stage(trainer, 2)
    assert trainer.setup.objective is kept and same(remembered(trainer), wanted)


def test_an_objective_that_was_not_there_at_the_best_weights_begins_anew_from_them(tmp_path):
    stages = [{"objective": "supervised"}, {"objective": "must"}, {"objective": "must", "begins_from": "best"}]
    trainer = unlabelled(tmp_path, "must", [{"epochs": 1} | stage for stage in stages])
    fall_behind(trainer)
    stage_boundaries.take_over_best(trainer, 2)
    begin_stage(trainer, 2)
    objective = trainer.setup.objective
    assert same(objective.teacher.state_dict(), trainer.model.state_dict()) and objective.steps == 0


def unlabelled(runs, objective, stages):
    """A trainer of a small CLIP whose first epoch is over and was the best one."""
    plan = PLAN | {"augmentations": [], "attention": "none", "model": "clip", "objective": objective, "stages": stages}
    trainer = new_trainer(runs, plan | {"schedule": "constant"})
    trainer.train_epoch()
    trainer.end_epoch()
    return trainer


def fall_behind(trainer):
    """A second stage that is worse."""
    begin_stage(trainer, 1)
    trainer.train_epoch()
    best, trainer.best = trainer.best, {"top1": 200.0}
    trainer.end_epoch()
    trainer.best = best


def remembered(trainer):
    """Copies of the averaged weights and of the objective's state."""
    return copy.deepcopy({"average": trainer.average.state_dict(), "objective": trainer.setup.objective.state_dict()})


def same(one, other):
    """Whether two nested states are equal to the bit."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other


# --- early ends


def test_a_stage_ends_early_on_a_plateau_and_the_plan_is_shorter(tmp_path):
    """Nothing trains to speak of, so accuracy stays; the next stage begins where the first one ended."""
    plan = PLAN | {"ema_decay": 0.0, "stages": [
        {"epochs": 9, "train": ["head"], "learning_rate": 1e-30, "patience": 2}, {"epochs": 1},
    ]}  # fmt: skip
    folder = new_run(tmp_path, plan)
    assert run(folder, tmp_path) == "finished"
    assert [row["stage"] for row in folder.epochs()] == [0, 0, 0, 1]
    assert folder.status()["iterations"] == rows(folder) == 4 * STEPS
    (event,) = told(folder, "ended_early")
    assert event["values"]["why"] == "plateau" and event["iteration"] == 3 * STEPS
    assert "stage_end" in folder.checkpoint(3 * STEPS).about()["kept_as"]


def test_a_stage_ends_at_the_accuracy_that_it_was_to_reach(tmp_path):
    plan = PLAN | {"stages": [{"epochs": 9, "until_accuracy": 1.0}, {"epochs": 1}]}
    folder = new_run(tmp_path, plan)
    assert run(folder, tmp_path) == "finished"
    reached = next(row["epoch"] for row in folder.epochs() if row["val.top1"] >= 1)
    assert rows(folder) == (reached + 1) * STEPS
    assert told(folder, "ended_early")[0]["text"].endswith("has reached 1 %.")


# --- edits


EDITS = {
    2: [
        ("set", {"field": "stages.0.learning_rate", "value": 0.004}),
        ("set", {"field": "stages.2.epochs", "value": 2}),
    ],
    7: [("set", {"field": "stages.1.learning_rate", "value": {"head": 0.01, "layer3": 0.001}})],
    13: [("next_stage", {})],
}  # fmt: skip


@pytest.fixture(scope="module")
def edited(tmp_path_factory):
    folder = new_run(tmp_path_factory.mktemp("edited"), PLAN)
    assert run(folder, folder.path, EDITS) == "finished", folder.log(0)[0]
    return folder


def of_plan(folder):
    kinds = ("stage_began", "edit", "took_over", "ended_early")
    return [(event["kind"], event["iteration"], event["text"], event["values"]) for event in told(folder, *kinds)]


def test_edits_are_told_with_what_came_of_them_and_kept_in_the_config(edited):
    assert rows(edited) == 10 + 3 + 10
    assert [event["values"]["what"] for event in told(edited, "edit")] == [
        "learning_rate",
        "epochs",
        "learning_rate",
        "end",
    ]
    assert told(edited, "edit")[1]["text"] == (
        "Changed at iteration 2: stage 3 now lasts 2 epochs and ends after iteration 30; "
        "the plan ends after iteration 30."
    )
    assert [(e["iteration"], e["field"]) for e in edited.config()["edits"]] == [
        (2, "stages.0.learning_rate"), (2, "stages.2.epochs"), (7, "stages.1.learning_rate"), (13, "stages.1.end"),
    ]  # fmt: skip
    rates = series.read(edited.series, "learning_rate.head")
    assert rates[2] < 0.004 < rates[1] and rates[10] == 0.01


def test_a_run_of_the_saved_config_repeats_the_edits_with_the_same_events_and_bits(edited, tmp_path):
    again = new_run(tmp_path, edited.config())
    assert run(again, tmp_path) == "finished"
    assert of_plan(again) == of_plan(edited)
    assert weights(again) == weights(edited)
    same_series(again, edited)


@pytest.mark.parametrize("stopped", [5, 13])
def test_a_resumed_run_does_no_edit_twice_and_misses_none(edited, tmp_path, stopped):
    """Stopped before or together with an edit; those of before the checkpoint are not done again."""
    folder = new_run(tmp_path, PLAN)
    orders = EDITS | {stopped: [*EDITS.get(stopped, []), ("stop", {})]}
    assert run(folder, tmp_path, orders) == "stopped"
    later = {iteration: given for iteration, given in EDITS.items() if iteration > stopped}
    assert run(folder, tmp_path, later, resume=True) == "finished"
    assert weights(folder) == weights(edited)
    assert folder.config()["edits"] == edited.config()["edits"]


def test_an_edit_that_no_longer_fits_is_a_warning_and_not_the_end(tmp_path):
    edits = [
        {"iteration": 1, "field": "stages.1.end", "value": 3},
        {"iteration": 1, "field": "stages.0.learning_rate", "value": {"nose": 1.0}},
    ]
    folder = new_run(tmp_path, PLAN | {"stages": [{"epochs": 1}, {"epochs": 1}], "edits": edits})
    assert run(folder, tmp_path) == "finished"
    warnings = [event["values"]["why"] for event in told(folder, "warning")]
    assert "stage 2 cannot end at iteration 1" in warnings[0] and "no part 'nose'" in warnings[1]


# --- the rehearsal


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
    assert trainer.begun is None and trainer.position.iteration == 0
    assert trainer.average.steps == 0 and set(map(float, trainer.movement.known.values())) == {0.0}


def test_a_stage_that_cannot_train_fails_before_the_first_iteration_and_is_named(tmp_path, monkeypatch):
    """Memory runs out as soon as layer3 has gradients: in stage 2, and the first stage does not even begin."""
    real = stage_setup.freeze

    def freeze(model, stage):
        real(model, stage)
        if "layer3" in stage.train:
            raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(stage_setup, "freeze", freeze)
    folder = new_run(tmp_path, PLAN | {"rehearsal": "auto"})
    assert run(folder, tmp_path) == "failed"
    reason = folder.status()["reason"]
    assert reason.startswith(
        "The rehearsal of stage 2 of 3, in which layer3, attention, head train, failed: memory ran out"
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


# --- which parts move


def test_drift_is_zero_until_a_part_thaws_and_relative_to_where_it_began(uninterrupted):
    start = build_model(resolve(TINY | PLAN), 1, 10, 16)
    end = build_model(resolve(TINY | PLAN), 1, 10, 16)
    end.load_state_dict(checkpoint.load_weights(uninterrupted.find_checkpoint("last")))
    for part in ("stem", "layer3", "head"):
        drift = series.read(uninterrupted.series, f"drift.{part}")
        names = [name for name, _ in start.named_parameters() if model_parts.owner(name, start.parts) == part]
        before = torch.cat([start.get_parameter(name).flatten() for name in names])
        after = torch.cat([end.get_parameter(name).flatten() for name in names])
        assert math.isclose(drift[-1], 100 * ((after - before).norm() / before.norm()).item(), rel_tol=1e-4), part
    assert not series.read(uninterrupted.series, "drift.stem")[:20].any()
    assert not series.read(uninterrupted.series, "drift.layer3")[:10].any()
    assert series.read(uninterrupted.series, "drift.layer3")[10:].all()


def test_the_squares_of_the_parts_gradients_sum_to_that_of_the_whole(uninterrupted):
    parts = [name for name in series.names(uninterrupted.series) if name.startswith("gradient_norm.")]
    table = np.array([series.read(uninterrupted.series, name) for name in parts])
    whole = series.read(uninterrupted.series, "gradient_norm")
    assert np.allclose(np.sqrt(np.nansum(table**2, axis=0)), whole, rtol=1e-4)
    assert np.isnan(table[parts.index("gradient_norm.stem")][:20]).all()


def test_a_part_that_begins_at_zero_has_a_finite_drift():
    model = torch.nn.Linear(2, 2)
    model.parts = {"head": ["weight", "bias"]}
    torch.nn.init.zeros_(model.weight), torch.nn.init.zeros_(model.bias)
    movement = Movement(model)
    torch.nn.init.ones_(model.weight)
    assert movement.drift([{"part": "head"}])["drift.head"].isfinite()


# --- rates


def test_factors_and_decay_multiply_the_rate_of_the_stage_and_a_rate_of_its_own_stays():
    parts = ["stem", "layer1", "layer2", "head"]
    stage = Stage(learning_rate=0.1, rate_factors={"stem": 0.1, "head": 2.0}, layer_decay=0.5)
    assert [stage.rate(part, 9.0, parts) for part in parts] == pytest.approx([0.1 * 0.1 / 8, 0.1 / 4, 0.1 / 2, 0.2])
    stage = Stage(learning_rate={"stem": 0.3}, rate_factors={"stem": 0.1, "head": 2.0})
    assert [stage.rate(part, 0.1, parts) for part in parts] == pytest.approx([0.3, 0.1, 0.1, 0.2])


def test_the_published_rates_of_ulmfit_fall_by_2_6_from_part_to_part():
    parts = ["layer1", "layer2", "layer3", "head"]
    stage = Stage(learning_rate=0.01, layer_decay=1 / 2.6)
    rates = [stage.rate(part, 1.0, parts) for part in parts]
    assert [after / before for before, after in pairwise(rates)] == pytest.approx([2.6] * 3)
