"""Turns only ever rise, and only what lives and stands in this very queue counts."""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.runs import all_runs, files, queue_tickets
from engine.runs.process_identity import identity
from engine.runs.queue_tickets import BESIDE, QUEUE, TRAINS, WAITS, living, next_turn, ticket_of, write

HOUR = 3600.0


@pytest.fixture
def queue(tmp_path):
    queue = tmp_path / QUEUE / "cpu"
    queue.mkdir(parents=True)
    return queue


@pytest.mark.parametrize("shift", [-HOUR, -24 * HOUR, HOUR])
def test_a_run_made_later_has_a_later_turn_whatever_the_clock_says(tmp_path, monkeypatch, shift):
    first = all_runs.create(tmp_path, {}, {})
    really = time.time
    monkeypatch.setattr(time, "time", lambda: really() + shift)
    second = all_runs.create(tmp_path, {}, {})
    assert first.status()["turn"] < second.status()["turn"]


def test_turns_taken_at_once_are_all_different_and_a_lost_count_starts_behind_who_waits(tmp_path, queue):
    with ThreadPoolExecutor(8) as pool:
        turns = list(pool.map(lambda _: next_turn(tmp_path), range(24)))
    assert len(set(turns)) == 24
    write(ticket_of(queue, 500, "run"), "run", WAITS)
    for damage in ("", "[]", "-3"):
        (queue.parent / "turns.json").write_text(damage, encoding="utf-8")
        assert next_turn(tmp_path) == 501


def test_tickets_come_in_the_order_of_their_turns_with_those_of_an_older_thaw(queue):
    for turn, run in ((11, "later"), (9, "first")):
        write(ticket_of(queue, turn, run), run, WAITS)
    old = queue / "1764535524.123456-20261130-204524-ab12.json"
    files.replace_json(old, identity())
    assert [(ticket.run, ticket.state) for ticket in living(queue)] == [
        ("first", WAITS), ("later", WAITS), ("20261130-204524-ab12", ""),
    ]  # fmt: skip


def test_the_dead_and_the_copied_are_cleared_away_and_other_machines_left_alone(queue, tmp_path):
    write(ticket_of(queue, 1, "alive"), "alive", TRAINS)
    dead, elsewhere = ticket_of(queue, 2, "dead"), ticket_of(queue, 3, "elsewhere")
    files.replace_json(dead, identity() | {"process_created": 1.0})
    files.replace_json(elsewhere, identity() | {"host": "another"})
    ticket_of(queue, 4, "damaged").write_text("[", encoding="utf-8")
    copy = shutil.copytree(queue, tmp_path / "copied" / QUEUE / "cpu")
    assert [ticket.run for ticket in living(queue)] == ["alive"]
    assert elsewhere.exists() and not dead.exists()
    assert list(living(copy)) == []
    assert queue_tickets.is_any_taken(tmp_path) and not queue_tickets.is_any_taken(tmp_path / "copied")


def test_a_sign_of_life_is_seen_on_a_disk_whose_time_begins_in_1980(queue, monkeypatch):
    """As of FAT and exFAT, which keep what is earlier as their first day; and FAT counts by two seconds."""
    utime, begins, step = os.utime, 315_532_800 * 10**9, 2 * 10**9
    monkeypatch.setattr(os, "utime", lambda path, ns: utime(path, ns=tuple(max(begins, n // step * step) for n in ns)))
    ticket, now = ticket_of(queue, 1, "run"), time.monotonic_ns()
    write(ticket, "run", WAITS)
    beats = set()
    for later in (0, 1, 2):
        monkeypatch.setattr(time, "monotonic_ns", lambda later=later: now + later * step)
        queue_tickets.give_sign(ticket, "run")
        beats |= {one.beat for one in living(queue)}
    assert len(beats) == 3


def test_a_ticket_that_somebody_reads_and_so_cannot_be_removed_stops_nobody(queue, monkeypatch):
    """As on Windows."""

    def refused(path, missing_ok=False):
        raise PermissionError(path)

    write(ticket_of(queue, 1, "alive"), "alive", WAITS)
    dead = ticket_of(queue, 2, "dead")
    files.replace_json(dead, identity() | {"process_created": 1.0})
    monkeypatch.setattr(Path, "unlink", refused)
    queue_tickets.leave(dead)
    assert [ticket.run for ticket in living(queue)] == ["alive"]


@pytest.mark.parametrize(("state", "taken"), [(WAITS, False), (TRAINS, True), (BESIDE, True)])
def test_a_device_is_taken_by_who_trains(queue, tmp_path, state, taken):
    write(ticket_of(queue, 1, "run"), "run", state)
    assert queue_tickets.is_any_taken(tmp_path) is taken


def test_a_sign_of_life_is_another_number_each_time_and_brings_a_lost_ticket_back(queue):
    ticket = ticket_of(queue, 1, "run")
    write(ticket, "run", WAITS)
    beats = set()
    for _ in range(3):
        queue_tickets.give_sign(ticket, "run")
        beats |= {one.beat for one in living(queue)}
    assert len(beats) == 3
    shutil.rmtree(queue)
    queue_tickets.give_sign(ticket, "run")
    assert [one.run for one in living(queue)] == ["run"]
