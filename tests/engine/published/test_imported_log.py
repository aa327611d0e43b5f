"""Seed 000's own log: its twenty rows satisfy our percentages, and it opens as a run."""

import json

import numpy as np
import pytest

from engine.config import presets
from engine.objectives._label_free import log_keys, percentages
from engine.published import imported_log
from engine.runs import run_summary, series

LOG = presets.HOUSE / "seed_000" / "clip_vitb32_cifar10.jsonl"
HEADER, ROWS = imported_log.read(LOG)


def test_the_log_has_twenty_epochs_and_the_arguments_of_its_head():
    assert [row["epoch"] for row in ROWS] == list(range(20))
    assert HEADER["clip_model"] == "ViT-B/32" and HEADER["layer_decay"] == 0.65


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"epoch {row['epoch']}")
def test_its_percentages_are_those_of_the_weighted_parts(row):
    ours = percentages(row)
    for part in ("cls", "reg", "align"):
        assert ours[f"{part}_percent"] == pytest.approx(row[f"{part}_percent"], abs=1e-12)
    # The log divides a sum of float32 numbers by their float64 mean: hence the eighth digit.
    assert ours["hierarchical_percent"] == pytest.approx(row["hierarchical_percent"], abs=1e-12)
    assert ours["hierarchical_percent"] == pytest.approx(100, abs=1e-5)
    assert ours["distill_percent"] == row["distill_percent"] == 0


def test_an_epoch_of_ours_has_every_key_of_the_log_and_the_same_figures():
    row = ROWS[7]
    ours = {"train.loss": row["loss"], "val.top1": row["* Acc@1"]}
    ours |= {f"loss.{part}": row[f"{part}_avg"] for part in ("cls", "reg", "align")}
    keys = log_keys(ours, "hierarchical", 1.0, ["cls", "reg", "align"])
    assert set(row) - {"epoch"} == set(keys)
    for key, value in keys.items():
        assert value == pytest.approx(row[key], abs=1e-12), key


def test_fairness_stays_above_its_floor_in_every_row():
    assert all(row["loss_reg"] > np.log(10) for row in ROWS)


def test_the_log_opens_as_a_finished_run(tmp_path):
    folder = imported_log.import_log(LOG, tmp_path / "runs 训练")
    summary = run_summary.summary(folder)
    assert summary["status"]["state"] == "finished" and summary["parts"]["objective"] == "dpa"
    assert summary["status"]["last"] == {"epoch": 20, "top1": 95.99, "loss": None}
    assert summary["status"]["best"]["epoch"] == 15
    epochs = folder.epochs()
    assert [row["epoch"] for row in epochs] == list(range(1, 21))
    assert [row["val.top1"] for row in epochs] == [row["* Acc@1"] for row in ROWS]
    assert {"loss", "loss.cls", "share.reg"} <= set(series.names(folder.series))
    shares = [series.read(folder.series, f"share.{part}") for part in ("cls", "reg", "align")]
    np.testing.assert_allclose(sum(shares), 100, atol=1e-5)
    assert folder.config()["stages"][0]["epochs"] == 20


def test_a_title_and_blank_lines_are_passed_over(tmp_path):
    path = tmp_path / "日志.txt"
    path.write_text("两阶段训练\n" + LOG.read_text(encoding="utf-8") + "\n\n", encoding="utf-8")
    assert imported_log.read(path) == (HEADER, ROWS)


def test_what_is_no_such_log_is_said(tmp_path):
    path = tmp_path / "log.txt"
    path.write_text("{}\nhello\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"log\.txt contains no epoch"):
        imported_log.import_log(path, tmp_path)
    path.write_text(json.dumps({"* Acc@1": 1.0, "epoch": 0, "loss": 1.0, "cls_avg": 1.0}), encoding="utf-8")
    with pytest.raises(ValueError, match="line 1: an epoch without reg_avg, align_avg"):
        imported_log.import_log(path, tmp_path)
    path.write_text(json.dumps({"dataset": "cifar1O"}) + "\n" + json.dumps(ROWS[0]), encoding="utf-8")
    with pytest.raises(ValueError, match="'cifar1O', which is unknown; did you mean 'cifar10'"):
        imported_log.import_log(path, tmp_path)
    assert not list(tmp_path.glob("2*"))
