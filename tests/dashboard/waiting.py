"""Waiting for what another process or thread does."""

import time

from dashboard.processes.worker import ENDED

PATIENCE = 20  # seconds; generous, machines differ


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def answered(worker, kind, limit=PATIENCE, **arguments):
    job = worker.submit(kind, arguments, limit)
    until(lambda: job.state in ENDED)
    return job
