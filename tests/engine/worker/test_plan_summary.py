"""The plan of a run is told before it starts, with what stays random."""

from engine.config.differences import resolve
from engine.worker.cache import Cache
from engine.worker.plan_summary import describe_plan
from tests.engine.models.library_weights import no_connection


def test_the_check_knows_which_parts_a_library_has_weights_for(tmp_path, monkeypatch) -> None:
    """It says so before the start, without a download: the head starts anew, so it must not be frozen."""
    no_connection(monkeypatch)
    plan = {"data": "digits", "model": {"name": "timm", "architecture": "test_resnet"}, "weights": "pretrained"}
    for train, random in ((["head"], None), (["layer4"], "head")):
        config = resolve(plan | {"stages": [{"train": train}]})
        lines, faults, _ = describe_plan(config, Cache(tmp_path / "data", tmp_path / "runs"))
        assert [fault.values["parts"] for fault in faults] == ([random] if random else [])
        assert bool(lines) == (not faults)
