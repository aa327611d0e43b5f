"""Jobs reach the worker with paths of what they name, and nothing else."""

import json
from pathlib import Path

import pytest

from dashboard.processes import worker as worker_module
from tests.dashboard.waiting import answered
from tests.synthetic_run import write_run


def test_a_job_gets_paths_for_the_run_and_the_upload_it_names(client_with_worker, runs, worker):
    folder = write_run(runs, 40)
    upload = client_with_worker.post("/api/uploads", content=b"picture").json()["id"]
    asked = []
    worker.submit = lambda kind, arguments, limit: (
        asked.append((kind, arguments)) or worker_module.Job(1, kind, {}, limit)
    )
    order = {"kind": "attention", "arguments": {"run": folder.id, "upload": upload, "checkpoint": "best"}}
    assert client_with_worker.post("/api/jobs", json=order).json()["state"] == "waiting"
    kind, arguments = asked[0]
    assert kind == "attention" and arguments["run"] == str(folder.path) and arguments["checkpoint"] == "best"
    assert Path(arguments["upload"]).read_bytes() == b"picture"


def test_jobs_over_the_routes(client_with_worker, worker):
    assert client_with_worker.get("/api/jobs/1").status_code == 404
    number = client_with_worker.post("/api/jobs", json={"kind": "summary", "arguments": {}}).json()["id"]
    assert client_with_worker.get(f"/api/jobs/{number}").json()["state"] in ("waiting", "running")
    assert client_with_worker.delete(f"/api/jobs/{number}").status_code == 204
    assert client_with_worker.get(f"/api/jobs/{number}").json()["state"] == "cancelled"
    assert client_with_worker.post("/api/jobs", json={"kind": "shell", "arguments": {}}).status_code == 422


@pytest.mark.parametrize("name", ["../../etc/passwd", "0" * 32, "", "nothing", {"a": 1}])
def test_a_job_reaches_no_other_file(client_with_worker, name):
    for argument in ("run", "upload"):
        reply = client_with_worker.post("/api/jobs", json={"kind": "attention", "arguments": {argument: name}})
        assert reply.status_code == 404 and "error" in reply.json()


def test_results_with_nan_stay_valid_json(client_with_worker, worker):
    job = answered(worker, "babble")
    assert json.loads(client_with_worker.get(f"/api/jobs/{job.id}").text)["result"] == [1, None]
