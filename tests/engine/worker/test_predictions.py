"""A saved run is scored again, and every prediction is kept beside its label."""

import numpy as np

from engine.worker.predictions import evaluate_run
from tests.made_runs import make_run


def test_the_report_and_the_file_say_the_same(tmp_path):
    folder = make_run(tmp_path, {"data": {"name": "digits", "limit": 20}})
    lines = evaluate_run(folder, "best", tmp_path)
    kept = np.load(folder.predictions_file)
    assert np.array_equal(kept["predicted"], kept["logits"].argmax(1)) and len(kept["target"]) == 360
    assert np.allclose(kept["probabilities"].sum(1), 1) and kept["classes"].tolist() == list("0123456789")
    right = 100 * (kept["predicted"] == kept["target"]).mean()
    assert f"{right:.2f} % of 360 test images right" in lines[0] and str(folder.predictions_file) in lines[-1]
    rows = [line.split() for line in lines[lines.index(next(x for x in lines if x.startswith("confusion"))) + 1 : -1]]
    assert len(rows) == 10 and sum(int(count) for row in rows for count in row) == 360
