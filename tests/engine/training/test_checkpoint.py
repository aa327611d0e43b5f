"""A checkpoint is whole or absent: whatever fails while one is written, those that are listed load."""

import errno
import itertools
import pickle
import shutil

import pytest
import torch
from torch import nn

from engine.runs import files
from engine.runs.disk_facts import disk_facts
from engine.runs.run_folder import RunFolder
from engine.training import checkpoint


class Broken(OSError):
    """The disk is full."""


STEPS = ((files, "write_durably"), (torch, "save"), (files, "replace_json"), (files, "move"), (shutil, "rmtree"))


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path / "20260101-000000-abcd")


def model(value=1.0):
    made = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    nn.init.constant_(made[0].weight, value)
    return made


def save(folder, iteration, *kept_as, value=1.0):
    about = {"iteration": iteration, "epoch": 1, "stage": 0, "top1": None}
    return checkpoint.save(folder, model(value), {"step": iteration}, about, list(kept_as))


def kept(folder):
    return {saved.about()["iteration"]: saved.about()["kept_as"] for saved in folder.checkpoint_list()}


def test_last_best_and_stop_are_one_each_and_stage_ends_and_epochs_stay(folder):
    save(folder, 1, "last", "best")
    save(folder, 2, "last", "stage_end")
    save(folder, 3, "last", "epoch")
    save(folder, 4, "last", "best")
    save(folder, 5, "last", "stop")
    save(folder, 6, "last", "stop")
    assert kept(folder) == {2: ["stage_end"], 3: ["epoch"], 4: ["best"], 6: ["last", "stop"]}
    assert folder.find_checkpoint("best").about()["iteration"] == 4
    assert folder.find_checkpoint("last").about()["iteration"] == 6
    with pytest.raises(ValueError, match=r"no checkpoint 'first'; there is: iteration-00000002, .*iteration-00000006"):
        folder.find_checkpoint("first")


def test_where_there_is_no_room_for_the_first_one_the_error_knows_how_much_it_takes(folder, monkeypatch):
    def full(path, write):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(files, "write_durably", full)
    training = {"optimizer": {"state": [torch.zeros(100), torch.zeros(28)]}}
    with pytest.raises(OSError) as failed:
        checkpoint.save(folder, model(), training, {"iteration": 1}, ["last"])
    assert failed.value.needed == 4 * (128 + 8 + 8) + 8  # float32, and the counter of batches
    facts = disk_facts(failed.value, folder)
    assert facts["needed"] == "584 bytes" and facts["file"].endswith("weights.safetensors")


def test_saving_the_same_iteration_again_keeps_its_names(folder):
    save(folder, 1, "last", "best")
    save(folder, 1, "last", "stop", value=2.0)
    assert kept(folder) == {1: ["best", "last", "stop"]}
    assert checkpoint.load_weights(folder.find_checkpoint("last"))["0.weight"].unique().tolist() == [2.0]
    save(folder, 1, "last", value=3.0)
    assert kept(folder) == {1: ["best", "last", "stop"]}
    assert checkpoint.load_weights(folder.find_checkpoint("best"))["0.weight"].unique().tolist() == [3.0]


def test_a_failure_while_an_iteration_is_saved_again_keeps_the_first(folder, monkeypatch):
    save(folder, 1, "last")
    for module, name in STEPS[:4]:
        with monkeypatch.context() as patch:
            patch.setattr(module, name, lambda *_, **__: (_ for _ in ()).throw(Broken(errno.EIO, "broken")))
            with pytest.raises(Broken):
                save(folder, 1, "last", value=2.0)
        assert checkpoint.load_weights(folder.find_checkpoint("last"))["0.weight"].unique().tolist() == [1.0]


def test_whichever_step_of_saving_fails_every_listed_checkpoint_loads(folder, monkeypatch):
    """The k-th step fails, for k = 1, 2, ... until nothing fails any more."""
    save(folder, 1, "last", "best")
    failures = 0
    for fails_at in itertools.count(1):
        count = itertools.count(1)

        def failing(real, count=count, fails_at=fails_at):
            def step(*arguments, **keywords):
                if next(count) == fails_at:
                    raise Broken(errno.ENOSPC, "No space left on device")
                return real(*arguments, **keywords)

            return step

        with monkeypatch.context() as patch:
            for module, name in STEPS:
                patch.setattr(module, name, failing(getattr(module, name)))
            try:
                save(folder, 1 + fails_at, "last", value=float(fails_at))
            except Broken:
                failures += 1
            else:
                break
        listed = folder.checkpoint_list()
        assert listed
        for saved in listed:
            assert checkpoint.load_weights(saved)["0.weight"].isfinite().all()
            assert checkpoint.load_training(saved) == {"step": saved.about()["iteration"]}
    assert failures >= 5
    assert folder.find_checkpoint("last").about()["iteration"] == 1 + fails_at
    assert not list(folder.checkpoints.glob(".unfinished-*"))


def test_a_weight_that_is_not_finite_is_not_saved(folder):
    save(folder, 1, "last")
    with pytest.raises(FloatingPointError, match=r"0\.weight is not finite"):
        save(folder, 2, "last", value=float("nan"))
    assert kept(folder) == {1: ["last"]}


@pytest.mark.parametrize("name", ["weights_file", "training_file"])
@pytest.mark.parametrize("damage", ["cut", "flip", "remove"])
def test_a_damaged_file_is_named_and_not_loaded(folder, name, damage):
    saved = save(folder, 1, "last")
    path = getattr(saved, name)
    content = bytearray(path.read_bytes())
    if damage == "remove":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    load = checkpoint.load_weights if name == "weights_file" else checkpoint.load_training
    with pytest.raises(ValueError, match=f"{path.name} is (missing|damaged)"):
        load(saved)


class Evil:
    def __reduce__(self):
        return (print, ("run by a pickle",))


@pytest.mark.usefixtures("nothing_runs")
def test_a_file_that_would_run_code_is_refused_without_a_fallback(tmp_path, capsys):
    path = tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps({"weight": Evil()}, protocol=4))
    with pytest.raises(ValueError, match=r"evil\.pth holds Python objects beside weights \(pickle protocol 4\)"):
        checkpoint.read_weights_file(path)
    torch.save({"weight": Evil()}, path)
    with pytest.raises(ValueError, match=r"evil\.pth holds Python objects beside weights \(print\)"):
        checkpoint.read_weights_file(path)
    assert "run by a pickle" not in capsys.readouterr().out


def test_weights_of_other_programs_are_found_inside_their_files(tmp_path):
    weights = model().state_dict()
    for content in (weights, {"state_dict": weights, "epoch": 3}, {"model": weights}):
        torch.save(content, tmp_path / "x.pth")
        assert checkpoint.read_weights_file(tmp_path / "x.pth").keys() == weights.keys()
    torch.save([1, 2], tmp_path / "x.pth")
    with pytest.raises(ValueError, match="has no named weights"):
        checkpoint.read_weights_file(tmp_path / "x.pth")
    with pytest.raises(ValueError, match="is not a weights file"):
        checkpoint.read_weights_file(tmp_path / "x.txt")
