"""What is waited for, in words: how far an update is, with its pace and the time left, and what a model is busy with.

A line that changes on a terminal, else one now and then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

UNITS = {"reading": "files", "embedding": "passages"}
EVERY_S = 5.0
SOON_S = 0.5  # an update that is done by then needs no progress
Say = Callable[[str], None]
Tick = Callable[[str, int, int], None]


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


@contextmanager
def ticks(say: Say) -> Iterator[Tick]:
    """How far reading and embedding are."""
    with _changing_line() as show:
        if show is None:
            yield lines(say)
            return
        pace, shown = Pace(), show

        def tick(doing: str, done: int, total: int) -> None:
            if pace.seconds(doing) > SOON_S:
                shown(pace.describe(doing, done, total))

        yield tick


@contextmanager
def messages(say: Say) -> Iterator[Say]:
    """What a question waits for; it may be told every second."""
    with _changing_line() as show:
        yield show or paced(say)


@contextmanager
def _changing_line() -> Iterator[Say | None]:
    """Shows a message in the place of the one before; None where standard error is no terminal."""
    from rich.console import Console
    from rich.status import Status
    from rich.text import Text

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    status = Status("", console=console)

    def show(message: str) -> None:
        status.update(Text(message))
        status.start()

    try:
        yield show
    finally:
        status.stop()


def paced(say: Say, every_s: float = EVERY_S, clock: Callable[[], float] = time.monotonic) -> Say:
    """Says the first message, and another one when some seconds have passed."""
    last, said_at = "", -every_s

    def show(message: str) -> None:
        nonlocal last, said_at
        now = clock()
        if message != last and (not last or now - said_at >= every_s):
            last, said_at = message, now
            say(message)

    return show


def lines(say: Say, every_s: float = EVERY_S, clock: Callable[[], float] = time.monotonic) -> Tick:
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
