"""The routes alone, without page and guard."""

from fastapi import FastAPI
from starlette.testclient import TestClient

from dashboard.json_answer import install_errors
from dashboard.processes.worker import Worker
from dashboard.routes import api


def client_of(runs, place):
    """A client of all routes; presets and data lie in `place`, and no worker is there."""
    app = FastAPI()
    install_errors(app)
    app.include_router(api.routes(runs, place / "presets", place / "data", Worker(["none"], place)))
    return TestClient(app, raise_server_exceptions=False)
