"""The plan of a run is told before it starts, with what stays random."""

import pytest
import torch

from engine.config.differences import resolve
from engine.worker.cache import Cache
from engine.worker.plan_summary import describe_plan
from tests.engine.models.library_weights import no_connection
from tests.made_runs import TINY, make_run


def test_the_check_knows_which_parts_a_library_has_weights_for(tmp_path, monkeypatch) -> None:
    """It says so before the start, without a download: the head starts anew, so it must not be frozen."""
    no_connection(monkeypatch)
    plan = {"data": "digits", "model": {"name": "timm", "architecture": "test_resnet"}, "weights": "pretrained"}
    for train, random in ((["head"], None), (["layer4"], "head")):
        config = resolve(plan | {"stages": [{"train": train}]})
        lines, faults, _ = describe_plan(config, Cache(tmp_path / "data", tmp_path / "runs"))
        assert [fault.values["parts"] for fault in faults] == ([random] if random else [])
        assert bool(lines) == (not faults)


@pytest.mark.parametrize(
    ("teacher", "data", "said"),
    [
        ("{run}", {}, ""),
        ("{run}/best", {}, ""),
        ("nowhere.pth", {}, "neither the id of a saved run nor a file"),
        ("20200101-000000-0000", {}, "there is no run"),
        ("{file}", {}, "weights are missing or of another shape"),
        ("{run}", {"classes": ["Coat", "Bag"]}, "learned other classes"),
    ],
)
def test_a_teacher_of_no_use_is_a_fault_before_the_start_also_of_a_later_stage(tmp_path, teacher, data, said) -> None:
    run = make_run(tmp_path, TINY)
    torch.save({"fc.weight": torch.ones(1)}, tmp_path / "net.pth")
    source = teacher.format(run=run.id, file=tmp_path / "net.pth")
    learns = {"name": "distillation", "teacher": source}
    plan = TINY | {"data": {"name": "clothing"} | data, "stages": [{"epochs": 1}, {"epochs": 1, "objective": learns}]}
    _, faults, _ = describe_plan(resolve(plan), Cache(tmp_path / "data", tmp_path))
    assert [fault.field for fault in faults] == (["stages.1.objective.teacher"] if said else [])
    assert all(said in fault.message for fault in faults)
