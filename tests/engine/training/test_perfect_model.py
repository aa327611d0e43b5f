"""A model without a mistake is trained, scored and looked at like any other: nothing that may be empty stops it."""

import numpy as np
import pytest

from engine.process.run_process import train_run
from engine.worker.attention_viewer import Samples, samples
from engine.worker.cache import Cache
from engine.worker.predictions import evaluate_run
from tests.training import new_run, paint_classes


@pytest.fixture(scope="module")
def perfect(tmp_path_factory):
    here = tmp_path_factory.mktemp("here")
    easy = paint_classes(here / "pictures", {"red": 15, "green": 15, "blue": 15})
    easy["data"] |= {"storage": "files"}
    folder = new_run(here / "runs", easy | {"stages": [{"epochs": 4}], "probe_images": 0})
    assert train_run(folder, here) == "finished", folder.log(0)[0]
    return folder


def test_its_result_has_no_mistakes_and_no_images_of_them(perfect):
    result = perfect.result()
    assert result["mistakes"] == [] and result["top1"] == 100 and result["per_class"] == [100, 100, 100]
    assert np.load(perfect.mistakes_file)["images"].shape == (0, 3, 8, 8)


def test_it_is_evaluated_again_and_looked_at(perfect, tmp_path):
    assert "100.00 % of 9 test images right (mean over classes 100.00 %" in evaluate_run(perfect, "last", tmp_path)[0]
    found = samples(Samples(run=str(perfect.path), count=2), Cache(tmp_path, tmp_path), lambda *progress: None)
    assert [sample["name"] for sample in found["samples"]] == ["blue", "green"]
