"""One corpus, open to be asked: its index, and the questions put to it by the page, the command line and Python.

How a question becomes an answer is `rag.pipeline`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack

from rag.conversation import clean
from rag.filters import make_filter, stand_ins
from rag.index import Index, Tick
from rag.pipeline import RETRIEVED, Pipeline
from rag.plan import IndexReport
from rag.retrieve import Retrieved
from rag.settings import Settings, load_settings
from rag.spelling import corrected
from rag.types import Answer, Article, Done, Event, Evidence, Filter, Listed

EMPTY = IndexReport()


class Only(TypedDict, total=False):
    """Which articles are asked: ISO dates, inclusive, and outlets in whatever case."""

    since: str | None
    until: str | None
    outlets: Sequence[str]


@dataclass(frozen=True, slots=True)
class Status:
    """What the assistant works with, and what to do to get the other writer."""

    articles: int
    passages: int
    writer: str
    model: str | None
    why: str


class Assistant:
    """Answers questions from one corpus. Open it once; ask it from any thread."""

    def __init__(self, index: Index, settings: Settings, report: IndexReport = EMPTY) -> None:
        self._index = index
        self.report = report  # of the last time that the folder was looked at
        self._pipeline = Pipeline(index, settings)

    @classmethod
    def open(
        cls,
        corpus: str | Path = "seeds",
        settings: Settings | None = None,
        progress: Callable[[str], None] | None = None,
        tick: Tick | None = None,
    ) -> Assistant:
        """Bring the corpus's index up to date and open it.

        Raises:
            UnusableInput: no such corpus, no article in it, or a setting that cannot be used.
            FootnoteError: the index or the embedding model cannot be opened.
        """
        settings = settings or load_settings()
        index = Index(Path(corpus), settings, progress or (lambda message: None))
        report = index.update(tick) if tick else index.update()
        for problem in report.failed:
            index.report(f"Not indexed: {problem.file} {problem.reason}.")
        return cls(index, settings, report)

    def close(self) -> None:
        """Let go of the index. Asking afterwards fails."""
        self._index.close()

    def refresh(self, tick: Tick | None = None) -> IndexReport:
        """Make the index agree with the folder again. Questions may be asked meanwhile; each is answered from one state of it.

        Raises:
            CorpusError: the folder is gone, or has no article any more; the index is as before.
            IndexUnavailable: the index cannot be written.
        """
        self.report = self._index.update(tick) if tick else self._index.update()
        return self.report

    def ask(
        self, question: str, history: Sequence[str] = (), writer: str | None = None, model: str | None = None, **only: Unpack[Only]
    ) -> Answer:
        """Answer a question; `history` is the earlier questions, oldest first.

        `writer` and `model` are used instead of the settings'; where WRITER=extractive, a model alone changes nothing.
        `since`, `until` (ISO dates, inclusive) and `outlets` leave the other articles out.

        Raises:
            UnusableInput: a date that is none.
            QuestionError: the question is empty or far too long.
            ModelUnavailable: never; the answer is then extractive, and a notice says why.
            SettingError, JudgeUnavailable: the cross-encoder of VERIFIER or RERANKER turns out to be another model, or fails.
        """
        for event in self.stream(question, history, writer, model, **only):
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("a stream ends with Done")

    def stream(
        self, question: str, history: Sequence[str] = (), writer: str | None = None, model: str | None = None, **only: Unpack[Only]
    ) -> Iterator[Event]:
        """The same, step by step. Closing the iterator stops the model. What `Done` brings replaces all before it."""
        yield from self._pipeline.stream(question, history, make_filter(**only), writer, model)

    def retrieve(self, question: str, top_k: int = 10, **only: Unpack[Only]) -> tuple[Evidence, ...]:
        """The passages for a question, best first. Takes and raises what `ask` does."""
        wanted = make_filter(**only)
        with self._index.lock:
            self._index.catch_up()
            return self.look_up(corrected(clean(question), self._index), top_k, wanted).evidence

    def standing_in(self, evidence: Sequence[Evidence], **only: Unpack[Only]) -> list[str]:
        """Which of their articles are not asked for themselves but for a copy's sake, in a sentence each."""
        return stand_ins(make_filter(**only), map(self.article, dict.fromkeys(e.passage.article_id for e in evidence)))

    def look_up(self, query: str, top_k: int = RETRIEVED, wanted: Filter | None = None) -> Retrieved:
        """The passages for a query with what was computed about them: for `eval`."""
        return self._pipeline.look_up(query, top_k, wanted)

    def left_out(self, **only: Unpack[Only]) -> int:
        """How many articles a filter by date leaves out because their date is not known."""
        wanted = make_filter(**only)
        return self._index.manifest.undated() if wanted and wanted.dated else 0

    def articles(self) -> tuple[Article, ...]:
        """The articles in the index, by id; near-duplicates are their `aliases`."""
        return self._index.manifest.articles()

    def listed(self) -> tuple[Listed, ...]:
        """The same without their texts: quick, however many there are."""
        return self._index.manifest.listed()

    def outlets(self) -> tuple[str, ...]:
        """The outlets that a question can be limited to."""
        return self._index.manifest.outlets()

    @property
    def revision(self) -> str:
        """Another whenever the index was written: for whoever shows what is in it."""
        return self._index.manifest.revision()

    def article(self, article_id: str) -> Article:
        """One article. Raises CorpusError where there is none of this id."""
        return self._index.article(article_id)

    def status(self, model: str | None = None, writer: str | None = None) -> Status:
        """Which writer would be used now, and why; asks the model server. `model` and `writer` are used instead of the settings'."""
        articles, passages = self._index.manifest.counts()
        chosen = self._pipeline.choose_writer(writer, model)
        return Status(articles, passages, chosen.name, chosen.model, chosen.why)

    def warm(self) -> None:
        """Load what the first question would wait for. Raises as `ask`."""
        self._pipeline.warm()

    @property
    def index(self) -> Index:
        """For `rag.llama` and `rag.doctor`."""
        return self._index
