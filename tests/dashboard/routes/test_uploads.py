"""Uploads have a limit and an end."""

import os
import time

from dashboard.routes import uploads


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
