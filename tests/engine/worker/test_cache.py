"""The worker keeps what it used last, and what a run changed is read anew."""

import pytest
import torch

from engine.config.differences import resolve
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
