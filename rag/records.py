"""What the index keeps of files, articles and passages: the values that its parts hand to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rag.types import Article, Passage

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was last read, or a place in it where it holds several articles.

    `content` is the digest of the article's words, `article` that of everything about it; `problem` why it is no article.
    """

    path: str
    size: int
    mtime_ns: int
    sha256: str
    claimed: str | None
    content: str | None
    problem: str | None
    container: str | None = None  # the file that this is in
    article_id: str = ""  # the id by its path
    named: str | None = None  # the id by which a record names itself
    article: str = ""
    published: str | None = None


@dataclass(frozen=True, slots=True)
class ArticleKey:
    """What tells whether a stored article is as it should be: where it was read, the digest of everything about it, whose copy it is."""

    path: str
    sha256: str
    alias_of: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What a passage can be filtered by, as both caches keep it: the outlet without its case, the date as a number; empty where unknown."""

    outlet: str = ""
    published: int = 0

    @classmethod
    def of(cls, outlet: str | None, published: str | None) -> About:
        return cls((outlet or "").casefold(), int(published.replace("-", "")) if published else 0)


@dataclass(frozen=True, slots=True)
class Body:
    """What BM25 is given of a passage."""

    passage_id: str
    text: str
    about: About


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its sentences' unit vectors, shape (sentences, dimension)."""

    passage: Passage
    vectors: Vectors
    about: About = About()

    @property
    def mean(self) -> Vectors:
        """The passage's vector: the mean direction of its sentences."""
        total = self.vectors.sum(axis=0)
        mean: Vectors = total / max(float(np.linalg.norm(total)), 1e-9)
        return mean

    @property
    def body(self) -> Body:
        return Body(self.passage.id, self.passage.text, self.about)


@dataclass(frozen=True, slots=True)
class ToStore:
    """An article on its way into the manifest, with its passages, their digests and vectors; an alias has none."""

    article: Article
    sha256: str
    passages: tuple[tuple[Passage, str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What an update writes, all of it or nothing."""

    files: Sequence[FileRecord] = ()
    files_gone: Sequence[str] = ()
    articles: Sequence[ToStore] = ()
    articles_gone: Sequence[str] = ()
    signatures: Mapping[str, tuple[int, bytes]] = field(default_factory=dict)
    compared: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    contents_gone: Sequence[str] = ()
