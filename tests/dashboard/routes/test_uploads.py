"""Uploads have a limit and an end."""

import os
import time

from dashboard.routes import uploads
from tests.synthetic_run import write_run


def test_an_upload_beyond_the_limit_is_refused_and_no_part_of_it_stays(client_with_worker, runs, monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST", 100_000)
    assert client_with_worker.post("/api/uploads", content=b"x" * 100_000).status_code == 201
    announced = client_with_worker.post("/api/uploads", content=b"x" * 100_001)
    read = []

    def endless():
        for i in range(1000):
            read.append(i)
            yield b"x" * 10_000

    streamed = client_with_worker.post("/api/uploads", content=endless())
    assert announced.status_code == streamed.status_code == 413
    assert [path.stat().st_size for path in (runs / uploads.FOLDER).iterdir()] == [100_000]


def test_old_uploads_are_forgotten(client_with_worker, runs, monkeypatch):
    monkeypatch.setattr(uploads, "MOST", 3)
    ids = [client_with_worker.post("/api/uploads", content=bytes([i])).json()["id"] for i in range(5)]
    for age, upload in enumerate(reversed(ids[2:])):
        os.utime(runs / uploads.FOLDER / upload, (time.time() - age, time.time() - age))
    client_with_worker.post("/api/uploads", content=b"new")
    kept = {path.name for path in (runs / uploads.FOLDER).iterdir()}
    assert len(kept) == 3 and ids[0] not in kept and ids[4] in kept


def test_a_picture_that_a_job_waits_for_is_kept_whatever_comes_after_it(client_with_worker, runs, monkeypatch):
    monkeypatch.setattr(uploads, "MOST", 2)
    run = write_run(runs, 40)
    upload = client_with_worker.post("/api/uploads", content=b"awaited").json()["id"]
    order = {"kind": "attention", "arguments": {"run": run.id, "upload": upload}}
    job = client_with_worker.post("/api/jobs", json=order).json()
    age(runs, upload, 2 * uploads.KEPT)
    newer = [client_with_worker.post("/api/uploads", content=bytes([i])).json()["id"] for i in range(4)]
    assert there(runs) == {upload, *newer[2:]}
    client_with_worker.delete(f"/api/jobs/{job['id']}")
    client_with_worker.post("/api/uploads", content=b"one more")
    assert upload not in there(runs)


def test_a_picture_that_is_looked_at_again_is_as_good_as_new_and_one_that_still_comes_is_left_alone(
    client_with_worker, runs, monkeypatch
):
    monkeypatch.setattr(uploads, "MOST", 2)
    first, second = (client_with_worker.post("/api/uploads", content=bytes([i])).json()["id"] for i in range(2))
    age(runs, first, 100)
    age(runs, second, 50)
    (runs / uploads.FOLDER / f"{'0' * 32}.part").write_bytes(b"half")
    uploads.find(runs, first)
    third = client_with_worker.post("/api/uploads", content=b"third").json()["id"]
    assert there(runs) == {first, third, f"{'0' * 32}.part"}


def age(runs, upload, seconds):
    os.utime(runs / uploads.FOLDER / upload, (time.time() - seconds, time.time() - seconds))


def there(runs):
    return {path.name for path in (runs / uploads.FOLDER).iterdir()}
