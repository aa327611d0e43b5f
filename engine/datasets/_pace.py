"""When to tell how far a long work is, so that it never seems to have died and can be stopped."""

import time

EVERY = 2.0  # seconds


class Pace:
    """Asked often, it says when to tell: at each tenth of the way, where `total` is known, and every two seconds."""

    def __init__(self, total: int = 0) -> None:
        self.total, self.told = total, time.monotonic()
        self.tenth = -1 if total else 0

    def due(self, done: int = 0) -> bool:
        tenth, now = 10 * done // self.total if self.total else 0, time.monotonic()
        if tenth == self.tenth and now - self.told < EVERY:
            return False
        self.tenth, self.told = tenth, now
        return True
