"""The whole flow, top to bottom.

    question (+ history) → query → evidence → draft (writer) → statements → verifier → answer, or abstention

`Pipeline.stream` is that line; everything else here is one of its steps.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from rag import abstention, conversation, wording
from rag.casing import cased
from rag.choose import Choices, choose
from rag.clauses import only_asks
from rag.conflicts import find_conflicts
from rag.errors import IndexUnavailable, ModelUnavailable
from rag.filters import searched, stand_ins
from rag.index import Index
from rag.judges import open_judge
from rag.quotations import Source
from rag.reference import name_pointed_at, plain, says_what
from rag.rerank import open_reranker
from rag.retrieve import Retrieved, distinct_articles, read_as, retrieve
from rag.settings import Settings
from rag.spelling import corrected
from rag.types import (
    Abstention,
    Answer,
    Article,
    Citation,
    Conflict,
    Done,
    Draft,
    Event,
    Evidence,
    Filter,
    Passage,
    Progress,
    Statement,
    Timings,
    Understood,
    Withheld,
)
from rag.writers import DraftSentence, Writer
from rag.writers.choosing import Chosen, choose_writer
from rag.writers.extractive import ExtractiveWriter, rests_on_an_answer

RETRIEVED = 20  # passages looked at for a question
TRIES = 3  # another process may be writing
WRITTEN_FROM = 6  # of them given to the writer; a statement they do not support is tried against the rest


@dataclass
class _Work:
    """One question on its way. Only `Pipeline.stream` and its steps touch it."""

    question: str
    wanted: Filter | None = None
    started: float = field(default_factory=time.perf_counter)
    asked: str = ""  # the question, spelt as the articles spell it
    query: str = ""
    statements: list[Statement] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)  # of the model's writer
    conflicts: tuple[Conflict, ...] = ()
    abstention: Abstention | None = None
    writer: Writer | None = None
    retrieve_ms: float = 0.0
    verify_ms: float = 0.0
    found: Retrieved | None = None
    articles: dict[str, Article] = field(default_factory=dict)
    choices: Choices = Choices((), 0.0)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return self.found.evidence if self.found else ()


class Pipeline:
    """From a question to an answer, over one index. Any thread may use it."""

    def __init__(self, index: Index, settings: Settings) -> None:
        self._index = index
        self._settings = settings
        self._verifier = open_judge(settings, index.embedder)
        self._reranker = open_reranker(settings)

    def stream(
        self, question: str, history: Sequence[str], wanted: Filter | None = None, writer: str | None = None, model: str | None = None
    ) -> Iterator[Event]:
        """The steps of answering as they are taken; see `rag.assistant.Assistant.stream`."""
        work = _Work(conversation.clean(question), wanted)
        chat = wording.small_talk(work.question)
        if chat:
            work.query, work.abstention = work.question, Abstention(chat, ())
            yield Done(self._answer(work))
            return
        self._understand(work, history)
        yield Understood(work.query)
        self._find(work)
        if self._declined(work):
            yield Done(self._answer(work))
            return
        if self._answers(work):
            yield from self._write(work, writer, model)
        yield from self._other_sides(work)
        cited = dict.fromkeys(c.article_id for s in work.statements for c in s.citations)
        work.notices += stand_ins(work.wanted, [work.articles[i] for i in cited])
        yield Done(self._answer(work))

    def look_up(self, query: str, top_k: int = RETRIEVED, wanted: Filter | None = None) -> Retrieved:
        """The passages for a query, best first, by the reranker where there is one.

        What stands beside a follow-up says where to look, and is no part of what is asked.
        """
        most = max(top_k, self._reranker.most) if self._reranker else top_k
        found = retrieve(self._index, query, most, wanted)
        if self._reranker:
            found = self._reranker.rerank(found, top_k)
        asked = plain(query)
        return read_as(found, asked, self._index, wanted) if asked != query and found.stored and says_what(asked) else found

    def warm(self) -> None:
        """Load what the first question would wait for."""
        self.look_up("ready?", 1)
        with suppress(ModelUnavailable):  # an answer says so when it comes to it
            self._verifier.about()

    def _understand(self, work: _Work, history: Sequence[str]) -> None:
        with self._index.lock:
            self._index.catch_up()
            work.asked = corrected(cased(wording.asked(work.question), self._index), self._index)
            earlier = [cased(question, self._index) for question in conversation.earlier(history)]
            alone = conversation.understand(work.asked, earlier, partial(self._name_of, work.wanted))
            work.query = work.asked if alone == work.asked else corrected(alone, self._index)

    def _name_of(self, wanted: Filter | None, query: str) -> str:
        """The name that answers a query: whom a pronoun of the next question means."""
        choices = choose(self.look_up(query, RETRIEVED, wanted))
        return name_pointed_at(choices.ranked[0].view.text, choices.pointed) if abstention.answers(choices, query, query) else ""

    def _find(self, work: _Work) -> None:
        """Passages and their articles, of one state of the index: all that follows looks at these."""
        with self._index.lock:
            found = self._look_up(work)
            work.choices = choose(found)
            work.conflicts = find_conflicts(work.query, found)
        work.retrieve_ms = _ms_since(work.started)

    def _look_up(self, work: _Work) -> Retrieved:
        for _ in range(TRIES):
            self._index.catch_up()
            found = work.found = self.look_up(work.query, RETRIEVED, work.wanted)
            ids = dict.fromkeys(e.passage.article_id for e in found.evidence)
            work.articles = {i: article for i in ids if (article := self._index.manifest.article(i))}
            if all(_is_from(e.passage, work.articles.get(e.passage.article_id)) for e in found.evidence):
                return found
        raise IndexUnavailable("The index changes faster than it can be read. Ask again when the indexing is done.")

    def _declined(self, work: _Work) -> bool:
        """Abstain where the evidence does not answer the question; articles that disagree about what is asked do answer it."""
        if abstention.speaks_of(work.asked, self._index) and (work.conflicts or self._answers(work)):
            return False
        where = searched(self._index.manifest.counts()[0], work.wanted)
        work.abstention = Abstention(f"I found no answer to this in {where}.", distinct_articles(work.evidence))
        return True

    def _answers(self, work: _Work) -> bool:
        return abstention.answers(work.choices, work.asked, work.query)

    def _write(self, work: _Work, wanted: str | None, model: str | None) -> Iterator[Event]:
        chosen = self.choose_writer(wanted, model)
        choice = wanted or self._settings.writer
        if chosen.writer is not None:
            work.writer = chosen.writer
            try:
                yield from self._verified(work, chosen.writer)
            except ModelUnavailable as error:
                work.notices.append(f"{error} Answered from the articles' own sentences instead.")
                work.statements.clear()
            else:
                work.notices += work.warnings
                if not work.statements:
                    work.notices.append("Nothing that the model wrote could be verified; these are the articles' own sentences.")
                elif not rests_on_an_answer(work.choices, work.statements):
                    yield from self._led_by_the_articles(work)
        elif choice == "ollama" or (choice == "auto" and model):
            work.notices.append(f"{chosen.why} Answered from the articles' own sentences instead.")
        if not work.statements:
            work.writer = ExtractiveWriter(work.choices)
            yield from self._verified(work, work.writer)

    def _verified(self, work: _Work, writer: Writer) -> Iterator[Event]:
        """Each finished sentence of the draft, judged: shown with its quotation, or withheld with the reason."""
        for piece in writer.write(work.query, work.evidence[:WRITTEN_FROM]):
            if isinstance(piece, Progress) and piece.lasts:
                work.warnings.append(piece.message)
            if not isinstance(piece, DraftSentence):
                yield piece
                continue
            started = time.perf_counter()
            judged = self._judge(work, piece)
            work.verify_ms += _ms_since(started)
            if isinstance(judged, Statement):
                work.statements.append(judged)
            else:
                work.withheld.append(judged)
            yield judged
            yield Draft("")

    def _led_by_the_articles(self, work: _Work) -> Iterator[Event]:
        """True is not to the point: where the model's statements rest on no sentence that answers, those that do come first."""
        written, work.statements = work.statements, []
        yield from self._verified(work, ExtractiveWriter(work.choices))
        work.statements += written
        work.notices.append("What the model wrote may be beside the question; the articles' own sentences come first.")

    def _other_sides(self, work: _Work) -> Iterator[Event]:
        """Where articles disagree, the sides that the writer left out."""
        shown = [(c.article_id, c.start, c.end) for s in work.statements for c in s.citations]
        for side in (side for conflict in work.conflicts for side in conflict.sides):
            if not any(a == side.article_id and start < side.end and side.start < end for a, start, end in shown):
                statement = Statement(side.quotation, (self._citation(work, side.article_id, side.start, side.end),))
                work.statements.append(statement)
                yield statement

    def _judge(self, work: _Work, sentence: DraftSentence) -> Statement | Withheld:
        if sentence.at:
            return Statement(sentence.text, (self._citation(work, *sentence.at),))
        if only_asks(sentence.text, work.query):
            return Withheld(sentence.text, "it says no more than the question")
        reason = ""
        for passages in (work.evidence[:WRITTEN_FROM], work.evidence):  # all: what says otherwise must not be left out
            sources = [self._source(work, e) for e in passages]
            support = self._verifier.judge(sentence.text, sources)
            reason = reason or support.reason
            if support.notice and support.notice not in work.notices:
                work.notices.append(support.notice)
            if support.supported:
                start = passages[support.source].passage.start
                article_id = passages[support.source].passage.article_id
                return Statement(sentence.text, (self._citation(work, article_id, start + support.start, start + support.end),))
        return Withheld(sentence.text, reason)

    def _source(self, work: _Work, evidence: Evidence) -> Source:
        assert work.found is not None
        passage = evidence.passage
        article = work.articles[passage.article_id]
        spans = tuple((s - passage.start, e - passage.start) for s, e in passage.sentences)
        known = " ".join(x for x in (article.outlet, article.published) if x)
        return Source(passage.text, spans, work.found.stored[evidence.rank - 1].vectors, known)

    def _citation(self, work: _Work, article_id: str, start: int, end: int) -> Citation:
        a = work.articles[article_id]
        return Citation(a.id, a.title, a.outlet, a.published, a.text[start:end], start, end)

    def choose_writer(self, wanted: str | None, model: str | None) -> Chosen:
        return choose_writer(self._settings, self._index.manifest.article, wanted, model)

    def _answer(self, work: _Work) -> Answer:
        total = _ms_since(work.started)
        written = total - work.retrieve_ms - work.verify_ms if work.writer else 0.0
        timings = Timings(*(round(x, 1) for x in (work.retrieve_ms, written, work.verify_ms, total)))
        writer = work.writer or ExtractiveWriter(work.choices)
        return Answer(
            question=work.question,
            query=work.query,
            statements=tuple(work.statements),
            withheld=tuple(work.withheld),
            conflicts=work.conflicts if work.statements else (),
            abstention=work.abstention,
            writer=writer.name,
            model=writer.model,
            timings_ms=timings,
            notices=tuple(work.notices),
            evidence=work.evidence,
        )


def _is_from(passage: Passage, article: Article | None) -> bool:
    """Whether the article has the passage's words there: not when another process has just replaced it."""
    return article is not None and article.text[passage.start : passage.end] == passage.text


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
