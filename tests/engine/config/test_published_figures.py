"""Published figures are found by name, and the log among them adds up."""

import pytest

from engine.config import published_figures


def test_a_figure_that_does_not_exist_is_named_with_the_nearest():
    with pytest.raises(ValueError, match=r"'resnet43' is unknown; did you mean 'resnet34'\?"):
        published_figures.find(["hysts-001", "resnet43"])


def test_the_shares_in_the_published_log_are_those_of_its_parts():
    """Parts sum to the loss and shares are parts over the loss, as far as the log's digits go."""
    (log,) = published_figures.find(["dpa_cgm"])
    assert len(log["epochs"]) == 20 and max(row["val.top1"] for row in log["epochs"]) == 96.05
    for row in log["epochs"]:
        parts = {name: row[f"loss.{name}"] for name in ("cls", "reg", "align")}
        assert sum(parts.values()) == pytest.approx(row["train.loss"], abs=2e-6)
        for name, part in parts.items():
            assert row[f"share.{name}"] == pytest.approx(100 * part / row["train.loss"], abs=1e-3)
