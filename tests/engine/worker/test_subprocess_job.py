"""A job in a process of its own ends with an answer or a sentence."""

import pytest
import torch

from engine.worker import step_cost
from tests.made_runs import ask
from tests.training import TINY


def test_what_is_missing_is_said_by_the_process_in_a_sentence(worker_cache):
    with pytest.raises(ValueError, match=r"^path 'nowhere': folder .* does not exist"):
        ask(worker_cache, "step_cost", config=TINY | {"data": {"name": "image_folder", "path": "nowhere"}})


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_a_card_that_is_not_there_is_said_to_be_missing(worker_cache):
    with pytest.raises(ValueError, match="device: cuda:0 cannot be used: PyTorch sees 0 graphics cards"):
        ask(worker_cache, "step_cost", config=TINY | {"device": "cuda:0"})


def test_a_process_that_dies_without_a_word_is_an_error_with_advice(worker_cache, monkeypatch):
    monkeypatch.setattr(step_cost, "PROCESS", "keyword")  # a module that does nothing
    with pytest.raises(ValueError, match="most likely memory ran out: choose a smaller batch_size"):
        ask(worker_cache, "step_cost", config=TINY)
