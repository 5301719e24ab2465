"""The Assistant, opened in the background while the page is already served.

Loading models takes seconds and a first index minutes; a reader should see what is going on instead of a
connection error. Knows nothing of Gradio.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from rag.errors import UnusableInput
from rag.plan import IndexReport
from rag.types import Answer, Article, Event, Evidence, Listed, Progress
from ui import render

POLL_S = 0.1  # how often a waiting page looks for news; below what a reader notices


class Status(Protocol):
    """What is in the index and who writes."""

    @property
    def articles(self) -> int: ...
    @property
    def passages(self) -> int: ...
    @property
    def writer(self) -> str: ...
    @property
    def model(self) -> str | None: ...
    @property
    def why(self) -> str: ...


class Assistant(Protocol):
    """The part of `rag.Assistant` that the page uses."""

    report: IndexReport

    def stream(
        self, question: str, history: Sequence[str] = (), writer: str | None = None, model: str | None = None, **only: Any
    ) -> Iterator[Event]: ...
    def ask(self, question: str, history: Sequence[str] = (), writer: str | None = None, **only: Any) -> Answer: ...
    def retrieve(self, question: str, top_k: int = 10, **only: Any) -> tuple[Evidence, ...]: ...
    def left_out(self, **only: Any) -> int: ...
    @property
    def revision(self) -> str: ...
    def articles(self) -> tuple[Article, ...]: ...
    def listed(self) -> tuple[Listed, ...]: ...
    def outlets(self) -> tuple[str, ...]: ...
    def article(self, article_id: str) -> Article: ...
    def status(self, model: str | None = None, writer: str | None = None) -> Status: ...
    def refresh(self, tick: Callable[[str, int, int], None] | None = None) -> IndexReport: ...
    def close(self) -> None: ...


Open = Callable[[Callable[[str], None]], Assistant]


class Opening:
    """An Assistant that will be there soon. `message` says what it is doing until then."""

    def __init__(self, open_assistant: Open) -> None:
        self._open = open_assistant
        self._done = threading.Event()
        self._assistant: Assistant | None = None
        self._error: Exception | None = None
        self.message = "starting"

    def start(self) -> None:
        # A daemon, so that Ctrl-C need not wait for a model to load.
        threading.Thread(target=self._run, name="opening", daemon=True).start()

    def _run(self) -> None:
        try:
            self._assistant = self._open(self._report)
        except Exception as error:
            self._error = error
        finally:
            self._done.set()

    def _report(self, message: str) -> None:
        self.message = message

    @property
    def ready(self) -> bool:
        return self._done.is_set()

    @property
    def revision(self) -> str:
        """The Assistant's; empty where there is none, or none yet."""
        return self._assistant.revision if self._done.is_set() and self._assistant else ""

    def wait(self, timeout_s: float | None = None) -> bool:
        return self._done.wait(timeout_s)

    def assistant(self) -> Assistant:
        """The Assistant, waited for if need be. Raises what opening it raised."""
        self._done.wait()
        if self._error is not None:
            raise self._error
        assert self._assistant is not None
        return self._assistant

    def progress(self) -> Iterator[Progress]:
        """What is being done, each step once, until the Assistant is there."""
        shown = ""
        while not self._done.wait(POLL_S):
            if self.message != shown:
                shown = self.message
                yield Progress(shown)

    def examples(self) -> list[str]:
        """Questions to begin with; none where nothing can be asked."""
        self._done.wait()
        return render.examples(self._assistant.listed()) if self._assistant else []

    def find(self, article_id: str) -> Article | None:
        """An article by its id; None when there is none, or none yet."""
        try:
            return self._assistant.article(article_id) if self._assistant else None
        except UnusableInput:
            return None

    def close(self) -> None:
        if self._assistant is not None:
            self._assistant.close()
