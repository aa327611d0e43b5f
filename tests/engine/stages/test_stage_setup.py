"""A stage is set up in one place: broken there, its preview, rehearsal, trials and training break together."""

import pytest

from engine.config.differences import resolve
from engine.device import threads
from engine.stages import stage_setup
from engine.training import rehearsal
from engine.worker import plan_summary, range_test, step_cost
from engine.worker.cache import Cache
from engine.worker.range_test import RangeTest
from engine.worker.trial_steps import TrialSteps
from tests.made_runs import ask
from tests.training import TINY, new_trainer, waiting_trainer

PLAN = {
    "allow_random_frozen": True, "probe_images": 0, "rehearsal": "always", "optimizer": {"learning_rate": 0.01},
    "stages": [{"epochs": 1, "train": ["attention", "head"]}, {"epochs": 1, "rate_factors": {"stem": 0.5}}],
}  # fmt: skip
RATES = [{"attention": 0.01, "head": 0.01}, dict.fromkeys(["layer1", "layer2", "layer3", "attention", "head"], 0.01)]
RATES[1] = {"stem": 0.005} | RATES[1]
NO_PROGRESS = lambda *_: None  # noqa: E731


def preview(folder, monkeypatch):
    groups = ask(Cache(folder, folder), "schedule", config=TINY | PLAN)["groups"]
    return [{group["part"]: group["rate"] for group in stage} for stage in groups]


def summary(folder, monkeypatch):
    seen, line = [], plan_summary._line

    def watched(setup):
        seen.append(setup.base_rates)
        return line(setup)

    with monkeypatch.context() as patched:
        patched.setattr(plan_summary, "_line", watched)
        lines, faults, _ = plan_summary.describe_plan(resolve(TINY | PLAN), Cache(folder, folder))
    assert faults == [] and len(lines) == 2
    return seen


def training(folder, monkeypatch):
    seen, trainer = {}, new_trainer(folder, PLAN | {"rehearsal": "never"})
    step = trainer.step

    def watched(images):
        seen[trainer.setup.number] = trainer.setup.base_rates
        return step(images)

    trainer.step = watched
    trainer.train()
    return list(seen.values())


def rehearsed(folder, monkeypatch):
    trainer, seen = waiting_trainer(folder, PLAN), {}

    def watched(images):
        seen[trainer.setup.number] = trainer.setup.base_rates
        return trainer.step(images)

    assert len(rehearsal.rehearse(trainer, watched)) == 2
    return list(seen.values())


def tried(monkeypatch, work):
    """The rates of every stage that a job of the worker tries out in this process."""
    seen, step = {}, TrialSteps.step

    def watched(trial, rate):
        seen[trial.setup.number] = trial.setup.base_rates
        return step(trial, rate)

    monkeypatch.setattr(TrialSteps, "step", watched)
    monkeypatch.setattr(threads, "fix_threads", lambda *_: 1)
    work()
    return list(seen.values())


def costed(folder, monkeypatch):
    return tried(monkeypatch, lambda: step_cost.measure(resolve(TINY | PLAN), folder, folder, NO_PROGRESS))


def searched(folder, monkeypatch):
    asked = RangeTest(config=TINY | PLAN, steps=10)
    return tried(monkeypatch, lambda: range_test.measure(asked, folder, folder, NO_PROGRESS))


USERS = {
    "preview": preview, "summary": summary, "rehearsal": rehearsed, "training": training, "step cost": costed,
    "range test": searched,
}  # fmt: skip


@pytest.mark.parametrize("user", USERS)
def test_all_see_the_same_rates_and_another_one_as_soon_as_the_setup_gives_it(tmp_path, monkeypatch, user):
    stages = RATES[:1] if user == "range test" else RATES  # which tries the first stage alone
    assert USERS[user](tmp_path, monkeypatch) == stages
    real = stage_setup.parameter_groups

    def threefold(*arguments):
        return [group | {"base_rate": 3 * group["base_rate"]} for group in real(*arguments)]

    monkeypatch.setattr(stage_setup, "parameter_groups", threefold)
    wanted = [{part: 3 * rate for part, rate in stage.items()} for stage in stages]
    assert USERS[user](tmp_path, monkeypatch) == wanted


@pytest.mark.parametrize("user", USERS)
def test_all_fail_where_the_setup_fails(tmp_path, monkeypatch, user):
    def broken(*_):
        raise ValueError("broken on purpose")

    monkeypatch.setattr(stage_setup, "parameter_groups", broken)
    with pytest.raises(ValueError, match="broken on purpose"):
        USERS[user](tmp_path, monkeypatch)
