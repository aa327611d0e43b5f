"""Whole trainings without labels: the labels change nothing, a stop and a resume change nothing, and the run tells the
accuracy that it has to beat."""

import dataclasses

import pytest
import torch
from safetensors.torch import load_file

from engine.config.differences import changes, resolve
from engine.models import clip
from engine.process.training_session import Session
from engine.runs import all_runs, series
from engine.runs.reporter import Reporter, Stopped
from engine.training import data_split
from engine.training.build_model import build_model

TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 16, "patch_size": 4, "width": 32, "layers": 2, "head_width": 16},
    "text_cfg": {"context_length": 16, "width": 16, "heads": 2, "layers": 1},
}
STEPS = 6  # an epoch
NORMS = {"train": ["head"], "frozen_batchnorm": "affine_trains"}
OBJECTIVES = {
    "dpa": {"objective": "dpa"} | NORMS,
    "must": {"objective": {"name": "must", "threshold": 0.12, "mask_side": 1}, "layer_decay": 0.65},
    "self_distillation": {"objective": "self_distillation"},
}


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setattr(clip, "SMALL", TINY)


def new_run(runs, *stages, **more):
    config = resolve({
        "data": {"name": "digits", "limit": 100}, "validation": "test", "batch_size": 16, "probe_images": 0,
        "model": {"name": "clip", "text_tower": "kept", "templates": ["a photo of a {}.", "the {}."]},
        "augmentations": [{"name": "random_crop", "padding": 2}, {"name": "cutout", "size": 4}],
        "optimizer": {"name": "adamw", "learning_rate": 0.003}, "allow_random_frozen": True, "stages": list(stages),
    } | more)  # fmt: skip
    return all_runs.create(runs, config.model_dump(), changes(config))


class StopAt(Reporter):
    """Is told to stop at an iteration."""

    iteration = None

    def listen(self):
        if self.iteration is not None and self.status.get("iteration") == self.iteration:
            raise Stopped("stopped_by_you")
        super().listen()


def live(folder, stop_at=None, resume=False):
    reporter = StopAt(folder, int(resume))
    reporter.iteration = stop_at
    try:
        Session(resolve(folder.config()), folder.path, "cpu", reporter).run(resume)
        reporter.state("finished")
    except Stopped:
        reporter.state("stopped")
    return folder


def weights(folder):
    return folder.find_checkpoint("last").weights_file.read_bytes()


def with_labels(monkeypatch, change):
    """Let the training set have other labels than it has."""
    divide = data_split.divide

    def changed(config, dataset, *more):
        train = dataset.train.subset(torch.arange(len(dataset.train)))
        train.targets = change(train.targets)
        return divide(config, dataclasses.replace(dataset, train=train), *more)

    monkeypatch.setattr(data_split, "divide", changed)


@pytest.mark.parametrize("validation", ["test", 0.2])
@pytest.mark.parametrize("name", OBJECTIVES)
def test_garbage_labels_give_the_same_weights_bit_for_bit(tmp_path, monkeypatch, name, validation):
    """From the very beginning on: also which images are held out does not follow from labels."""
    stage = OBJECTIVES[name] | {"epochs": 2}
    honest = live(new_run(tmp_path, stage, validation=validation))
    with_labels(monkeypatch, lambda targets: targets.flip(0) // 2)
    garbage = live(new_run(tmp_path, stage, validation=validation))
    assert weights(honest) == weights(garbage)
    judged = [series.read(folder.series, "pseudo.accuracy") for folder in (honest, garbage)]
    assert judged[0].tobytes() != judged[1].tobytes()  # there, and only there, labels were looked at
    assert series.read(honest.series, "loss").tobytes() == series.read(garbage.series, "loss").tobytes()


def test_captions_are_read_where_they_are_meant_to_be(tmp_path, monkeypatch):
    stage = {"objective": "contrastive", "epochs": 1}
    honest = live(new_run(tmp_path, stage))
    with_labels(monkeypatch, lambda targets: targets.flip(0))
    assert weights(honest) != weights(live(new_run(tmp_path, stage)))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_stopped_in_the_middle_of_an_epoch_and_resumed_ends_with_the_same_bits(tmp_path, name):
    stages = [{"objective": "contrastive", "epochs": 1}, OBJECTIVES[name] | {"epochs": 2, "images": [0.1, 1.0]}]
    whole = live(new_run(tmp_path, *stages))
    broken = live(new_run(tmp_path, *stages), stop_at=STEPS * 2 + 3)
    assert broken.status()["state"] == "stopped" and series.rows(broken.series) == STEPS * 2 + 3
    live(broken, resume=True)
    assert weights(broken) == weights(whole)
    for quantity in ("loss", "accuracy", "pseudo.accuracy"):
        there, here = (series.read(folder.series, quantity) for folder in (whole, broken))
        assert there.tobytes() == here.tobytes(), quantity
    assert broken.epochs()[-1]["pseudo.balance"] == whole.epochs()[-1]["pseudo.balance"]


def test_stages_follow_each_other_in_one_plan_and_tell_what_they_have_to_beat(tmp_path):
    folder = live(new_run(
        tmp_path, {"objective": "contrastive", "epochs": 1, "images": [0, 0.3]},
        OBJECTIVES["dpa"] | {"epochs": 1, "images": [0.3, 1]}, OBJECTIVES["self_distillation"] | {"epochs": 1},
    ))  # fmt: skip
    (event,) = [event for event in folder.events() if event["kind"] == "zero_shot"]
    epochs = folder.epochs()
    count = folder.status()["evaluated_on"]["count"]
    assert event["values"] == {"top1": pytest.approx(epochs[0]["val.top1"]), "stage": 1, "count": count}
    assert event["text"].startswith(f"Accuracy on {count} images before stage 2, which trains without labels: ")
    assert event["iteration"] == STEPS
    assert folder.status()["zero_shot"] == {"top1": event["values"]["top1"], "iteration": STEPS}
    assert "use_hierarchical" not in epochs[0]
    assert epochs[1]["use_hierarchical"] and epochs[2]["use_self_distillation"]
    assert epochs[1]["hierarchical_percent"] == pytest.approx(100, abs=1e-4)
    parts = [epochs[1][f"{part}_percent"] for part in ("cls", "reg", "align")]
    assert sum(parts) == pytest.approx(100, abs=1e-4)
    assert epochs[2]["distill_percent"] == pytest.approx(100, abs=1e-4)
    for row in epochs[1:]:
        assert sum(row["pseudo.balance"]) == pytest.approx(100) and len(row["pseudo.balance"]) == 10
        assert 0 <= row["pseudo.accuracy"] <= 100
    assert epochs[1]["* Acc@1"] == epochs[1]["val.top1"]


def test_dpa_trains_the_norms_of_the_image_tower_and_the_classifier_alone(tmp_path):
    folder = live(new_run(tmp_path, OBJECTIVES["dpa"] | {"epochs": 1}))
    trained = load_file(folder.find_checkpoint("last").weights_file)
    config = resolve(folder.config())
    fresh = build_model(config, 1, 10, 16).state_dict()
    moved = {name for name in fresh if not torch.equal(trained[name], fresh[name])}
    assert "head.weight" in moved
    assert all(".ln_" in name or name == "head.weight" for name in moved)


def test_must_also_trains_what_it_draws_with(tmp_path):
    folder = live(new_run(tmp_path, OBJECTIVES["must"] | {"epochs": 1}))
    assert "learning_rate.objective" in series.names(folder.series)
    state = torch.load(folder.find_checkpoint("last").training_file, weights_only=True)["objective"]
    assert state["steps"] == STEPS and state["modules"]["token"].abs().sum() > 0
    assert {"loss.mim", "loss.align", "pseudo.taken", "pseudo.decay"} <= set(series.names(folder.series))


def test_the_teacher_of_must_is_scored_beside_the_student(tmp_path):
    """A teacher that never moves keeps the accuracy that it began with."""
    still = {"name": "must", "threshold": 0.12, "mask_ratio": 0.0, "first_decay": 1.0, "last_decay": 1.0}
    folder = live(new_run(tmp_path, {"objective": still, "epochs": 2}))
    begun_with = folder.status()["zero_shot"]["top1"]
    assert [row["val.ema_top1"] for row in folder.epochs()] == pytest.approx([begun_with] * 2)
    assert folder.result()["ema_top1"] == pytest.approx(begun_with) and folder.epochs()[-1]["val.top1"] != begun_with


def test_all_pseudo_labels_in_one_class_become_a_warning_in_the_run(tmp_path, monkeypatch):
    def fixed(model, images):
        return model.head(model.features(images)) * 0 + torch.eye(10)[3] * 9

    monkeypatch.setattr(clip.Clip, "forward", fixed)
    folder = live(new_run(tmp_path, OBJECTIVES["self_distillation"] | {"epochs": 1}))
    warnings = [event["text"] for event in folder.events() if event["kind"] == "warning"]
    assert any(text.startswith("Warning: All pseudo-labels are of one class (3)") for text in warnings), warnings
    assert folder.status()["state"] == "finished" and max(folder.epochs()[-1]["pseudo.balance"]) > 99.9


@pytest.mark.parametrize("batch_size", [30, 128])
def test_batches_that_do_not_divide_the_images_or_are_larger_than_all_of_them(tmp_path, batch_size):
    """100 images: three batches of 30 and 10 left over, then one batch of all there are."""
    folder = live(new_run(tmp_path, OBJECTIVES["dpa"] | {"epochs": 2}, batch_size=batch_size))
    assert folder.status()["state"] == "finished" and series.rows(folder.series) == 2 * max(1, 100 // batch_size)
    state = torch.load(folder.find_checkpoint("last").training_file, weights_only=True)["objective"]
    assert (state["memory"]["labels"] >= 0).all() and len(state["memory"]["labels"]) == 100


def test_an_objective_that_lacks_its_model_is_named_with_its_stage(tmp_path):
    folder = new_run(tmp_path, {"epochs": 1}, {"objective": "dpa", "epochs": 1}, model={"name": "resnet", "depth": 8})
    with pytest.raises(ValueError, match=r"stages\.1\.objective: objective dpa .* needs model clip"):
        live(folder)


def test_two_batches_a_step_move_the_teacher_once(tmp_path):
    stage = OBJECTIVES["must"] | {"epochs": 1}
    folder = live(new_run(tmp_path, stage, batch_size=8, accumulate=2))
    state = torch.load(folder.find_checkpoint("last").training_file, weights_only=True)["objective"]
    assert state["steps"] == STEPS
