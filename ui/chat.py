"""A question on its way to its answer; knows nothing of Gradio.

The chat itself is kept by the reader's browser, which sends the earlier questions along: no session holds another's.
A question is read in a thread of its own, so that Stop and a closed tab take effect while a model is silent.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from rag.errors import FootnoteError
from rag.filters import searched, undated
from rag.types import Event, Filter
from ui.models import is_name
from ui.opening import POLL_S, Opening
from ui.render import Turn
from ui.suggest import suggestions

log = logging.getLogger(__name__)
BROKEN = "Something broke while answering; the terminal says what. Ask again, or start Footnote again."
REMEMBERED = 20  # earlier questions that a question is understood with
REMEMBERED_STOPS = 1000  # of questions that had not begun
LONGEST_TOKEN = 40  # characters; the page's own have about 14
WRITERS = ("extractive",)  # a reader may do without the model; whether there is one is for the settings to say


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the page sends it; by the `token` the page knows what the answer belongs to."""

    question: str
    history: tuple[str, ...] = ()
    token: str = ""
    writer: str | None = None
    model: str | None = None  # the reader's choice among those that the server has
    wanted: Filter = Filter()  # as the reader wrote it

    @property
    def only(self) -> dict[str, Any]:
        """The filter as `Assistant.ask` takes it."""
        return {"since": self.wanted.since, "until": self.wanted.until, "outlets": self.wanted.outlets}

    @classmethod
    def read(cls, sent: Any) -> Asked | None:
        match sent:
            case {"question": str(question), "history": [*history], "token": str(token)} if question.strip():
                earlier = tuple(q for q in history if isinstance(q, str))[-REMEMBERED:]
                return cls(question, earlier, token, writer_chosen(sent), model_chosen(sent), _filter(sent.get("only")))
        return None


def model_chosen(sent: Any) -> str | None:
    """The model that the page says its reader chose; none where that is no name of one."""
    model = sent.get("model") if isinstance(sent, dict) else None
    return model if isinstance(model, str) and is_name(model) else None


def writer_chosen(sent: Any) -> str | None:
    """The writer that the page says its reader chose; none where that is no choice of a reader's."""
    writer = sent.get("writer") if isinstance(sent, dict) else None
    return writer if writer in WRITERS else None


def _filter(sent: Any) -> Filter:
    """Which articles the page says are to be asked; whether the dates are dates is looked at when they are used."""
    said = sent if isinstance(sent, dict) else {}
    first, last = (date if isinstance(date, str) and date else None for date in (said.get("since"), said.get("until")))
    outlets = said.get("outlets")
    return Filter(first, last, tuple(o for o in outlets if isinstance(o, str) and o) if isinstance(outlets, list) else ())


class Turns:
    """The questions that are being answered, by their tokens, and which were stopped before they began."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, Turn] = {}
        self._stopped: deque[str] = deque(maxlen=REMEMBERED_STOPS)

    @contextmanager
    def begin(self, token: str, question: str) -> Iterator[Turn]:
        """The question's turn, which a stop reaches until the end of the block; then it is over, also where the reader has gone."""
        turn = Turn(question)
        with self._lock:
            turn.stopped = token in self._stopped
            self._running[token] = turn
        try:
            yield turn
        finally:
            turn.stopped = turn.stopped or turn.running
            with self._lock:
                if self._running.get(token) is turn:
                    del self._running[token]

    def stop(self, token: Any) -> None:
        """What the page says is to be stopped; a question that still waits for others to be answered never begins."""
        if not isinstance(token, str) or not 0 < len(token) <= LONGEST_TOKEN:
            return
        with self._lock:
            if turn := self._running.get(token):
                turn.stopped = turn.stopped or turn.running
            else:
                self._stopped.append(token)


def converse(opening: Opening, turns: Turns, asked: Asked) -> Iterator[Turn]:
    """Answer one question; yields the turn whenever there is something new to draw."""
    with turns.begin(asked.token, asked.question) as turn:
        yield turn
        try:
            for batch in _batches(lambda: _events(opening, asked), lambda: turn.stopped):
                for event in batch:
                    turn.take(event)
                _complete(opening, asked, turn)
                yield turn
        except FootnoteError as error:
            turn.error = str(error)
        except Exception:
            log.exception("answering failed")
            turn.error = BROKEN
    yield turn


def _complete(opening: Opening, asked: Asked, turn: Turn) -> None:
    """What stands above or between what is shown comes with it: the page must not jump under the reader."""
    if turn.statements or (turn.answer and turn.answer.evidence):
        turn.limits = turn.limits or _limits(opening, asked)
    if turn.answer and turn.answer.abstention and turn.answer.evidence:
        turn.suggestions = suggestions(opening.assistant(), turn.answer)


def _limits(opening: Opening, asked: Asked) -> str:
    """That not all articles were asked, and how many fell out for want of a date; empty where all were."""
    if not asked.wanted:
        return ""
    left_out = opening.assistant().left_out(**asked.only)
    return f"Asked: {searched(0, asked.wanted)}. {undated(left_out) if left_out else ''}".strip()


def _events(opening: Opening, asked: Asked) -> Generator[Event, None, None]:
    yield from opening.progress()
    yield from opening.assistant().stream(asked.question, asked.history, asked.writer, asked.model, **asked.only)


def _batches(source: Callable[[], Generator[Event, None, None]], stopped: Callable[[], bool]) -> Iterator[list[Event]]:
    """What `source` gives, as it comes. A stop ends this at once and closes the source at its next event."""
    if stopped():
        return
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
