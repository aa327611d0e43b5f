"""Whatever the C library, keeping freed memory is no error."""

import sys

from engine.device import allocator


def test_glibc_is_told_and_others_are_left_alone(monkeypatch):
    said = []

    class Library:
        def mallopt(self, what, value):
            said.append((what, value))
            return int(value < 1 << 30)  # an old one, which refuses the largest block

    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda name: Library())
    monkeypatch.setattr(sys, "platform", "darwin")
    allocator.keep_freed_memory()
    assert said == []
    monkeypatch.setattr(sys, "platform", "linux")
    allocator.keep_freed_memory()
    assert said == [
        (allocator.MMAP_THRESHOLD, 1 << 30), (allocator.MMAP_THRESHOLD, 1 << 25),
        (allocator.TRIM_THRESHOLD, allocator.MOST_KEPT),
    ]  # fmt: skip


def test_a_library_without_the_call_is_none(monkeypatch):
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda name: object())
    allocator.keep_freed_memory()
