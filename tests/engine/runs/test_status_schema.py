"""What stands in a status is what its reader relies on."""

from engine.runs.status_schema import odd_field


def test_the_first_field_of_another_kind_is_named():
    assert odd_field({"iteration": 3, "reason": "", "last": {}, "stages": [], "anything": object()}) is None
    assert odd_field({"iteration": None}) is None
    odd = [{"iteration": "3"}, {"epoch": True}, {"reason": 3}, {"last": []}, {"stages": {}}]
    assert [odd_field(status) for status in odd] == ["iteration", "epoch", "reason", "last", "stages"]
