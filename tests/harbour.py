"""The index of three short articles, what it holds, and what was embedded for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import pytest
from chromadb.api.client import SharedSystemClient

from rag.embed import Embedder
from rag.encoders import Vectors
from rag.index import Index
from rag.lexical import stems
from rag.records import StoredPassage
from rag.settings import Settings

HARBOUR = "Why was the harbour closed?"


@dataclass(frozen=True)
class CountingEmbedder(Embedder):
    """The real embedder; keeps what it was given to embed."""

    embedded: list[str] = field(default_factory=list)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded.extend(texts)
        return super().embed_passages(texts)


def counting(embedder: Embedder) -> CountingEmbedder:
    return CountingEmbedder(**{f.name: getattr(embedder, f.name) for f in fields(Embedder)})


@pytest.fixture
def messages() -> list[str]:
    return []


@pytest.fixture
def index(corpus: Path, settings: Settings, embedder: Embedder, messages: list[str]) -> Iterator[Index]:
    """An index of the harbour corpus, built."""
    made = Index(corpus, settings, messages.append)
    made.embedder = counting(embedder)
    made.update()
    yield made
    made.close()


def again(index: Index) -> Index:
    """The same index as the next process opens it, counting anew."""
    index.close()
    SharedSystemClient.clear_system_cache()  # Chroma would go on with what it has in memory
    opened = Index(index.corpus, index.settings, index.report)
    opened.embedder = counting(index.embedder)
    return opened


def embedded(index: Index) -> list[str]:
    assert isinstance(index.embedder, CountingEmbedder)
    return index.embedder.embedded


def agree(index: Index) -> set[str]:
    """The passages of the manifest, which both caches must have, each under its vector."""
    ids = set(index.manifest.passage_ids())
    assert index.caches.vectors.abouts() == index.manifest.abouts()
    assert index.caches.bm25.abouts() == index.manifest.abouts()
    for stored in index.load(sorted(ids)[:: len(ids) // 8 + 1]):
        assert stored.passage.id in [i for i, score in index.nearest(stored.mean, 5) if score > 0.999]
    return ids


def answers(index: Index) -> tuple[list[str], list[str]]:
    dense = index.nearest(index.embedder.embed_query(HARBOUR), 10)
    return [i for i, _ in dense], [i for i, _ in index.matching(stems(HARBOUR), 10)]


def vectors(index: Index) -> dict[str, StoredPassage]:
    return {stored.passage.id: stored for stored in index.load(index.manifest.passage_ids())}
