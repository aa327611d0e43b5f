"""The worker keeps what it used last, and what a run changed is read anew."""

import os

import pytest
import torch
from PIL import Image

from engine.config.differences import resolve
from engine.runs import files
from engine.worker.cache import config_of, shape_of_data
from tests.made_runs import make_run


def test_the_same_data_are_loaded_once_and_nothing_is_downloaded(worker_cache):
    config = resolve({"data": {"name": "digits", "limit": 20}})
    assert worker_cache.dataset(config) is worker_cache.dataset(resolve({"data": {"name": "digits", "limit": 20}}))
    assert len(worker_cache.dataset(resolve({"data": {"name": "digits", "limit": 30}})).train) == 30
    with pytest.raises(ValueError, match="has not been downloaded yet"):
        worker_cache.dataset(resolve({"data": "kmnist"}))


def test_the_model_of_a_run_is_in_evaluation_with_the_weights_of_its_checkpoint(worker_cache):
    shift = lambda model: [parameter.add_(1) for parameter in model.parameters()]  # noqa: E731
    plain, shifted = make_run(worker_cache.runs), make_run(worker_cache.runs, change=shift)
    models = []
    for folder in (plain, shifted):
        trained = worker_cache.trained(folder, folder.find_checkpoint(), config_of(folder))
        assert worker_cache.trained(folder, folder.find_checkpoint(), config_of(folder)) is trained
        assert not trained.model.training and trained.dataset.classes == shape_of_data(folder).classes
        models.append(trained.model)
    for one, other in zip(*(model.parameters() for model in models), strict=True):
        torch.testing.assert_close(other, one + 1)


def test_pictures_of_ones_own_are_read_again_as_soon_as_one_of_them_changed(worker_cache, tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(4):
            Image.new("L", (9, 9), number).save(tmp_path / "pets" / name / f"{number}.png")
    config = resolve({"data": {"name": "image_folder", "path": str(tmp_path / "pets"), "image_size": 8}})
    changed = tmp_path / "pets" / "cat" / "0.png"
    seen = [worker_cache.dataset(config)]
    assert worker_cache.dataset(config) is seen[0]
    about = changed.stat()
    Image.new("L", (9, 9), 200).save(changed)
    os.utime(changed, ns=(about.st_atime_ns, about.st_mtime_ns + 1))  # however coarse the clock of the disk
    for change in (lambda: None, changed.unlink, lambda: (tmp_path / "pets" / "cat").rename(tmp_path / "pets" / "cow")):
        change()
        seen.append(worker_cache.dataset(config))
        assert all(seen[-1] is not other for other in seen[:-1])
        assert worker_cache.dataset(config) is seen[-1]
    assert seen[-1].classes == ["cow", "dog"] and len(seen[-1].train) + len(seen[-1].test) == 7


def test_a_model_is_built_again_where_settings_or_what_is_known_of_the_data_changed(worker_cache):
    folder = make_run(worker_cache.runs)
    saved, config = folder.find_checkpoint(), config_of(folder)
    first = worker_cache.trained(folder, saved, config)
    environment = folder.environment()
    files.replace_json(folder.environment_file, {"data": environment["data"] | {"mean": [0.1]}})
    second = worker_cache.trained(folder, saved, config)
    assert second is not first and second.dataset.mean == [0.1]
    assert worker_cache.trained(folder, saved, config.model_copy(update={"seed": 7})) is not second
