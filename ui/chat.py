"""One reader's chat: questions in, turns out. Belongs to one browser session; knows nothing of Gradio.

A question is read in a thread of its own, so that Stop and a closed tab take effect while a model is silent.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from rag.errors import FootnoteError
from rag.types import Event
from ui import render
from ui.opening import POLL_S, Opening
from ui.render import Turn

log = logging.getLogger(__name__)
BROKEN = "Something broke while answering; the terminal says what. Ask again, or start Footnote again."


@dataclass
class Chat:
    """The turns of one session, oldest first."""

    turns: list[Turn] = field(default_factory=list)

    def stop(self) -> None:
        for turn in self.turns:
            turn.stopped = turn.stopped or turn.running

    def clear(self) -> None:
        self.stop()
        self.turns = []

    def take_back(self) -> str:
        """The last question, removed to be asked again."""
        return self.turns.pop().question if self.turns else ""

    def view(self, opening: Opening) -> dict[str, Any]:
        return {
            "turns": [self._drawn(turn, opening) for turn in self.turns],
            "examples": [] if self.turns else opening.examples,
        }

    def _drawn(self, turn: Turn, opening: Opening) -> dict[str, Any]:
        if turn.running:
            return render.turn_view(turn, opening.find)
        if turn.drawn is None:  # a finished turn stays as it was
            turn.drawn = render.turn_view(turn, opening.find)
        return turn.drawn


def converse(opening: Opening, chat: Chat, question: str) -> Iterator[None]:
    """Answer one question; yields whenever there is something new to draw."""
    history = [turn.question for turn in chat.turns]
    turn = Turn(question)
    chat.turns.append(turn)
    yield
    try:
        for batch in _batches(lambda: _events(opening, question, history), lambda: turn.stopped):
            for event in batch:
                turn.take(event)
            yield
    except FootnoteError as error:
        turn.error = str(error)
    except Exception:
        log.exception("answering failed")
        turn.error = BROKEN
    finally:
        turn.stopped = turn.stopped or turn.running  # also when the reader has gone


def _events(opening: Opening, question: str, history: list[str]) -> Generator[Event, None, None]:
    yield from opening.progress()
    yield from opening.assistant().stream(question, history)


def _batches(source: Callable[[], Generator[Event, None, None]], stopped: Callable[[], bool]) -> Iterator[list[Event]]:
    """What `source` gives, as it comes. A stop ends this at once and closes the source at its next event."""
    inbox: SimpleQueue[Event | Exception | None] = SimpleQueue()
    threading.Thread(target=_read, args=(source, inbox, stopped), name="answering", daemon=True).start()
    while not stopped():
        try:
            items = [inbox.get(timeout=POLL_S)]
        except Empty:
            continue
        while not inbox.empty():  # drawing once what came at once saves the browser work
            items.append(inbox.get())
        events = [item for item in items if item is not None and not isinstance(item, Exception)]
        if events:
            yield events
        for item in items:
            if isinstance(item, Exception):
                raise item
            if item is None:
                return


def _read(
    source: Callable[[], Generator[Event, None, None]],
    inbox: SimpleQueue[Event | Exception | None],
    stopped: Callable[[], bool],
) -> None:
    try:
        with closing(source()) as events:
            for event in events:
                inbox.put(event)
                if stopped():
                    break
        inbox.put(None)
    except Exception as error:
        inbox.put(error)
