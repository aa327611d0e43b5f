"""The routes alone, without page and guard."""

from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from dashboard.json_answer import install_errors
from dashboard.processes.worker import Worker
from dashboard.routes import api
from dashboard.routes.dependencies import provide


def client_of(runs: Path, place: Path, presets: Path | None = None, worker: Worker | None = None) -> TestClient:
    """A client of all routes; presets, unless given, and data lie in `place`, and no worker process can be started."""
    app = FastAPI()
    install_errors(app)
    worker = worker or Worker(["none"], place)
    provide(app, runs_dir=runs, presets_dir=presets or place / "presets", data_dir=place / "data", worker=worker)
    app.include_router(api.router)
    return TestClient(app, raise_server_exceptions=False)
