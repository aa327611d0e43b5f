"""Nothing leaves the machine: a training, an evaluation and the worker behind the page open no connection at all.

(That the page's server opens none is in tests/dashboard/test_app.py; that the page itself asks no other host is checked
by every test in tests/page.)
"""

import socket

import pytest

from engine.process.run_process import train_run
from engine.worker.cache import Cache
from engine.worker.predictions import evaluate_run
from tests.made_runs import ask
from tests.training import TINY, new_run


@pytest.fixture
def attempts(monkeypatch):
    """Every try to reach another machine; each fails."""
    tried = []

    def refuse(*arguments, **keywords):
        tried.append(arguments)
        raise OSError("there is no network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    return tried


def test_training_evaluating_and_asking_the_worker_reach_for_no_other_machine(attempts, tmp_path):
    """From Start to the maps of a picture, with the network gone: it works, and nobody even tried."""
    folder = new_run(tmp_path / "runs", TINY | {"stages": [{"epochs": 1}]})
    assert train_run(folder, tmp_path / "data") == "finished", folder.log(0)[0]
    assert evaluate_run(folder, "last", tmp_path / "data")
    worker_cache = Cache(tmp_path / "data", tmp_path / "runs")
    config = {"data": {"name": "digits"}, "model": {"depth": 8}}
    assert ask(worker_cache, "check", config=config)["faults"] == []
    assert ask(worker_cache, "summary", config=config)["total"] > 0
    assert ask(worker_cache, "preview", config=config, count=2)["images"]
    assert ask(worker_cache, "samples", run=str(folder.path))
    assert attempts == []


def test_data_that_is_not_here_is_said_to_be_elsewhere_and_asked_for_by_nobody(attempts, tmp_path):
    """A check never downloads, and a training that cannot download says what to put where."""
    config = {"data": {"name": "cifar10"}, "model": {"depth": 8}}
    worker_cache = Cache(tmp_path / "data", tmp_path / "runs")
    assert ask(worker_cache, "check", config=config)["faults"] == []
    with pytest.raises(ValueError, match="has not been downloaded yet"):
        ask(worker_cache, "preview", config=config, count=2)
    assert attempts == []
    folder = new_run(tmp_path / "runs", config | {"stages": [{"epochs": 1}]})
    assert train_run(folder, tmp_path / "data") == "failed"
    assert attempts  # that one was asked to
    reason = folder.status()["reason"]
    assert "http" in reason and str(tmp_path / "data") in reason and "Traceback" not in reason
