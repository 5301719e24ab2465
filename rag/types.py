"""Values that pass between the stages.

Pure data: nothing here opens a file, a store or a socket. Offsets are always characters into
`Article.text`, end exclusive, so `article.text[start:end]` is the quoted text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

WriterName = Literal["ollama", "extractive"]


@dataclass(frozen=True, slots=True)
class Removed:
    """A piece of a source that is no part of its article's text, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Alias:
    """Another article with nearly the same text: the same source, which is never retrieved beside the one it is an alias of."""

    id: str
    title: str
    outlet: str | None
    published: str | None
    path: str


@dataclass(frozen=True, slots=True)
class Article:
    """A source document. `text` is what every offset refers to."""

    id: str
    title: str
    text: str
    path: str  # inside the corpus folder, with forward slashes
    outlet: str | None = None
    published: str | None = None  # ISO date
    dateline: str | None = None
    source: str | None = None
    author: str | None = None
    language: str | None = None  # ISO 639-1
    removed: tuple[Removed, ...] = field(default=(), repr=False)
    alias_of: str | None = None  # the article that stands for this one
    aliases: tuple[Alias, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """An article as a list of thousands shows it: without its text, which need not be read for it."""

    id: str
    title: str
    outlet: str | None
    published: str | None
    path: str
    words: int
    copies: int  # near-duplicates of it
    alone: bool  # whether its file holds this article and nothing else


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles are asked: from these dates on and up to them (ISO, inclusive), of these outlets. Empty is all.

    `passages` are asked besides, by their ids: those of articles that stand for one that is wanted.
    """

    since: str | None = None
    until: str | None = None
    outlets: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()

    @property
    def dated(self) -> bool:
        return bool(self.since or self.until)

    def __bool__(self) -> bool:
        return self.dated or bool(self.outlets)


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is retrieved: whole sentences of one article."""

    id: str  # article id, '#', start offset and a digest of the text: same id, same words
    article_id: str
    start: int
    end: int
    text: str
    sentences: tuple[tuple[int, int], ...]  # article offsets


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage chosen for a question. Rank starts at 1; a higher score is better."""

    passage: Passage
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Citation:
    """From a statement to the verbatim words that support it: `text[start:end] == quotation`."""

    article_id: str
    title: str
    outlet: str | None
    published: str | None
    quotation: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One displayed sentence of an answer, with at least one citation."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Withheld:
    """A sentence of the draft that nothing supports, and why it is not shown."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Side:
    """What one article says where articles disagree."""

    value: str
    article_id: str
    quotation: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Articles give different values for what was asked."""

    about: str
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Abstention:
    """No answer in the articles. `nearest` are the article ids that come closest."""

    reason: str
    nearest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds spent by stage."""

    retrieve: float
    write: float
    verify: float
    total: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What the user gets. `answered` is false exactly when there are no statements."""

    question: str
    query: str  # the question made standalone with the help of the history
    statements: tuple[Statement, ...]
    withheld: tuple[Withheld, ...]
    conflicts: tuple[Conflict, ...]
    abstention: Abstention | None
    writer: WriterName
    model: str | None
    timings_ms: Timings
    notices: tuple[str, ...] = ()  # what went wrong on the way, one clear sentence each, with the fix
    evidence: tuple[Evidence, ...] = field(default=(), repr=False)

    @property
    def answered(self) -> bool:
        return bool(self.statements)

    @property
    def text(self) -> str:
        """The statements with their article ids, or the reason for the abstention."""
        if not self.statements:
            return self.abstention.reason if self.abstention else ""
        return " ".join(f"{s.text} {markers(s.citations)}" for s in self.statements)


def markers(citations: Sequence[Citation]) -> str:
    """`[000] [002]`: the cited articles, each once, in order."""
    return " ".join(f"[{article_id}]" for article_id in dict.fromkeys(c.article_id for c in citations))


@dataclass(frozen=True, slots=True)
class Understood:
    """Event: the standalone query that the question was read as."""

    query: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Event: something the user waits for ("loading the model …"), or ought to know: then it lasts, among the answer's notices."""

    message: str
    lasts: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """Event: all unverified text since the last verified or withheld sentence (replaces the one before)."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """Last event: the whole answer."""

    answer: Answer


Event = Understood | Progress | Draft | Statement | Withheld | Done


@dataclass(frozen=True, slots=True)
class Support:
    """The verifier's judgement of one statement against sources.

    `score` in 0..1 is the calibrated probability of support; `source`, `start` and `end` locate the best quotation
    (offsets into that source's text). `reason` says what is missing when not supported, `notice` what kept the judge of the
    settings from judging.
    """

    supported: bool
    score: float
    source: int
    start: int
    end: int
    reason: str = ""
    notice: str = ""
