"""Passages by their meaning: their vectors in Chroma, embedded in this process or on a Chroma server (`CHROMA_URL`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rag import chroma
from rag.chroma import translated
from rag.records import About, StoredPassage
from rag.types import Filter

Vectors = NDArray[np.float32]
# Chroma's defaults lose neighbours: recall@50 0.959 on 60,000 real passages; with these 0.998 at 2.3 ms a query
# (`python -m eval bench hnsw` measures it again).
HNSW = {"space": "cosine", "ef_search": 400, "ef_construction": 200, "max_neighbors": 32}
BATCH = 1000
Item = TypeVar("Item")


class VectorStore:
    """One Chroma collection: a vector, the words and the place of every passage, under the passage's id."""

    def __init__(self, path: Path, name: str, url: str = "") -> None:
        """Open or make the collection.

        Raises:
            IndexUnavailable: the Chroma server does not answer, or the files cannot be read.
        """
        self._client = chroma.connected(url) if url else chroma.embedded(path)
        self._name = name
        self._collection = self._open()

    def _open(self) -> Any:
        with translated("open"):
            return self._client.get_or_create_collection(self._name, embedding_function=None, configuration={"hnsw": HNSW})

    def close(self) -> None:
        """Let go of the files: Chroma goes on with what it has in memory, whatever another process has written."""
        with translated("close"):
            self._client.close()

    def clear(self) -> None:
        """Empty it. A collection keeps the dimension of its first vector even when all are deleted, so it is a new one."""
        with translated("write"):
            self._client.delete_collection(self._name)
        self._collection = self._open()

    @property
    def collection(self) -> Any:
        """The Chroma collection itself, for `rag.llama`."""
        return self._collection

    def count(self) -> int:
        with translated("count"):
            return int(self._collection.count())

    def abouts(self) -> dict[str, About]:
        """What every passage can be filtered by, by its id."""
        with translated("list"):
            found = self._collection.get(include=["metadatas"])
        return {i: About(m["outlet"], m["published"]) for i, m in zip(found["ids"], found["metadatas"], strict=True)}

    def upsert(self, passages: Sequence[StoredPassage]) -> None:
        for batch in _batches(passages):
            with translated("write"):
                self._collection.upsert(
                    ids=[p.passage.id for p in batch],
                    embeddings=np.stack([p.mean for p in batch]),
                    documents=[p.passage.text for p in batch],
                    metadatas=[_metadata(p) for p in batch],
                )

    def delete(self, passage_ids: Sequence[str]) -> None:
        for batch in _batches(passage_ids):
            with translated("write"):
                self._collection.delete(ids=list(batch))

    def nearest(self, query: Vectors, top_k: int, wanted: Filter | None = None) -> list[tuple[str, float]]:
        """Passage ids with their cosine, nearest first."""
        where = _where(wanted) if wanted else None
        with translated("search"):
            found = self._collection.query(query_embeddings=query[None], n_results=top_k, where=where, include=["distances"])
        return [(i, 1.0 - float(d)) for i, d in zip(found["ids"][0], found["distances"][0], strict=True)]


def _metadata(stored: StoredPassage) -> dict[str, str | int]:
    p, about = stored.passage, stored.about
    return {"article_id": p.article_id, "start": p.start, "end": p.end, "outlet": about.outlet, "published": about.published}


def _where(wanted: Filter) -> dict[str, Any]:
    first, last = About.of(None, wanted.since).published, About.of(None, wanted.until).published
    clauses: list[dict[str, Any]] = []
    if wanted.dated:
        clauses.append({"published": {"$gte": max(first, 1)}})
    if wanted.until:
        clauses.append({"published": {"$lte": last}})
    if wanted.outlets:
        clauses.append({"outlet": {"$in": [outlet.casefold() for outlet in wanted.outlets]}})
    asked = clauses[0] if len(clauses) == 1 else {"$and": clauses}
    if not wanted.passages:
        return asked
    return {"$or": [asked, {"article_id": {"$in": sorted({i.rpartition("#")[0] for i in wanted.passages})}}]}


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
