"""Values of reading: what a reader finds in a file, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass

from rag.types import Article, Removed


class Unreadable(Exception):
    """A file that cannot become an article; the message is the reason that is listed. `passing`: another time it may be readable."""

    def __init__(self, reason: str, passing: bool = False) -> None:
        super().__init__(reason)
        self.passing = passing


@dataclass(frozen=True, slots=True)
class Raw:
    """What one article's source says, before its text is cleaned. A reader fills in what its format declares, and guesses nothing."""

    text: str
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    published: str | None = None  # ISO date
    language: str | None = None
    dateline: str | None = None
    source: str | None = None
    claimed: str | None = None  # the id in front matter
    key: str | None = None  # of a record in a file of several: the same whatever the order of the records
    named: str | None = None  # the id by which a record names itself
    removed: tuple[Removed, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A file within a file, by its name there."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Bad:
    """A piece of a file that gives no article: a record, or a member of an archive."""

    name: str
    reason: str


Found = Raw | Part | Bad


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in a file that holds an article, or the reason why it holds none. `path` goes on inside of archives and record files."""

    path: str
    article: Article | None = None
    path_id: str = ""  # the article's id where it claims none
    claimed: str | None = None
    named: str | None = None
    problem: str | None = None
