"""How far an update is: passages or files a second and the time left, in words."""

from __future__ import annotations

import time
from collections.abc import Callable

UNITS = {"reading": "files", "embedding": "passages"}
EVERY_S = 5.0


class Pace:
    """Of one piece of work at a time; a new name starts a new one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._doing = ""
        self._started = 0.0

    def seconds(self, doing: str) -> float:
        """Since this piece of work was first heard of."""
        now = self._clock()
        if doing != self._doing:
            self._doing, self._started = doing, now
        return now - self._started

    def describe(self, doing: str, done: int, total: int) -> str:
        """`Embedding: 512 of 2,000 passages, 84 a second, 18 s left`."""
        seconds = self.seconds(doing)
        said = f"{doing.capitalize()}: {done:,} of {total:,} {UNITS[doing]}"
        if not done or seconds <= 0:
            return said
        return f"{said}, {_rounded(done / seconds)} a second, {_time(seconds / done * (total - done))} left"


def lines(
    say: Callable[[str], None], every_s: float = EVERY_S, clock: Callable[[], float] = time.monotonic
) -> Callable[[str, int, int], None]:
    """A tick that says now and then how far it is: nothing about what takes a moment only."""
    pace, said = Pace(clock), 0.0

    def tick(doing: str, done: int, total: int) -> None:
        nonlocal said
        seconds = pace.seconds(doing)
        said = min(said, seconds)
        if done < total and seconds - said >= every_s:
            said = seconds
            say(pace.describe(doing, done, total))

    return tick


def _rounded(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
