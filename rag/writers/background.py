"""Read a blocking source in a thread, so that the reader stays free to report progress and to stop.

A model on a processor may be silent for minutes: while it loads, and while it reads a long prompt.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import TypeVar

T = TypeVar("T")

BEAT_S = 1.0
# Items; a stream that never ends must not fill the memory while nobody reads. More than the longest draft has, so that a server with
# one slot comes to its end, and is free to judge, while the first sentence waits for its verdict.
AHEAD = 5000
FAREWELL_S = 2.0  # how long a thread whose connection was cut may take to notice


@dataclass(frozen=True, slots=True)
class Beat:
    """Nothing came for a second; `silent_s` since the last item, or since the start."""

    silent_s: float


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


def follow(start: Callable[[], Iterable[T]], stop: Callable[[], None]) -> Generator[T | Beat]:
    """The items of `start()` as they come, and a Beat in every second without one.

    Closing this iterator calls `stop`, which must make a blocked read in `start()` return, and waits for the thread.
    """
    items: Queue[T | _End] = Queue(AHEAD)
    closed = threading.Event()
    run = contextvars.copy_context().run  # LlamaIndex keeps its tracing in context variables
    thread = threading.Thread(target=run, args=(_pump, start, items, closed), name="footnote-model", daemon=True)
    thread.start()
    try:
        yield from _drain(items)
    finally:
        closed.set()
        stop()
        thread.join(FAREWELL_S)


def _drain(items: Queue[T | _End]) -> Iterator[T | Beat]:
    since = time.monotonic()
    while True:
        try:
            item = items.get(timeout=BEAT_S)
        except Empty:
            yield Beat(time.monotonic() - since)
            continue
        since = time.monotonic()
        if not isinstance(item, _End):
            yield item
        elif item.error is not None:
            raise item.error
        else:
            return


def _pump(start: Callable[[], Iterable[T]], items: Queue[T | _End], closed: threading.Event) -> None:
    end = _End()
    try:
        for item in start():
            if not _put(items, item, closed):
                return
    except BaseException as error:
        end = _End(error)
    _put(items, end, closed)


def _put(items: Queue[T], item: T, closed: threading.Event) -> bool:
    while not closed.is_set():
        try:
            items.put(item, timeout=BEAT_S)
            return True
        except Full:
            continue
    return False
