"""The two caches of the manifest, Chroma and BM25: opened when first needed, kept in line with it, made again from it when damaged."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from rag.bm25 import Bm25, translated
from rag.errors import CacheError, IndexUnavailable
from rag.index.place import Report
from rag.manifest import Manifest
from rag.records import About, Body, StoredPassage
from rag.types import Filter
from rag.vectors import Vectors, VectorStore

# Below this many passages BM25 is filled anew at every change (0.3 s), so that its word frequencies are those of a fresh build;
# beyond it, when those of removed passages have come to this share.
FILLED_ANYWAY = 3_000
STALE_SHARE = 0.05
EQUAL = 0.999  # cosine of a vector with itself, as float16 keeps it
CHECKED_TOP = 10
Load = Callable[[Sequence[str]], list[StoredPassage]]
Result = TypeVar("Result")


class Caches:
    """Both stores of one corpus. What they hold is in the manifest, too, so that nothing is lost when they are."""

    def __init__(self, corpus: Path, folder: Path, chroma_url: str, manifest: Manifest, load: Load, report: Report) -> None:
        self._name = f"footnote-{hashlib.sha256(str(corpus).encode()).hexdigest()[:16]}"
        self._folder = folder
        self._url = chroma_url
        self._manifest = manifest
        self._load = load
        self._report = report

    @cached_property
    def vectors(self) -> VectorStore:
        store = self._open_vectors()
        problem = self._probe(store)
        return self._refill_vectors(problem) if problem else store

    @cached_property
    def bm25(self) -> Bm25:
        try:
            with translated("open"):
                return self._open_bm25()
        except CacheError as error:
            return self._rebuilt_bm25(str(error))

    def _open_bm25(self) -> Bm25:
        bm25 = Bm25(self._folder / "bm25")
        passages = self._manifest.counts()[1]
        if self._manifest.meta().get("state") == "ready" and bm25.passages != passages:
            problem = f"does not agree with the manifest (it has {bm25.passages} of {passages} passages)"
            bm25.fill(self._manifest.bodies())
            self._report(f"The BM25 index {problem}; it is made again from the manifest.")
        return bm25

    def nearest(self, query: Vectors, top_k: int, wanted: Filter | None) -> list[tuple[str, float]]:
        """Passage ids with their cosine, nearest first."""
        top_k = min(top_k, max(self._manifest.counts()[1], 1))
        try:
            return self.vectors.nearest(query, top_k, wanted)
        except CacheError as error:
            if self._url or self._manifest.meta().get("dimension") != str(len(query)):  # another program's model: no damage
                raise
            self._rebuild_vectors(str(error))
            return self.vectors.nearest(query, top_k, wanted)

    def matching(self, terms: Sequence[str], top_k: int, wanted: Filter | None) -> list[tuple[str, float]]:
        """Passage ids with their BM25 score, best first."""
        return self.words(lambda bm25: bm25.search(terms, top_k, wanted))

    def words(self, ask: Callable[[Bm25], Result]) -> Result:
        """What BM25 answers; where that fails, what it answers when it has been made again."""
        try:
            with translated("search"):
                return ask(self.bm25)
        except CacheError as error:
            self.bm25 = self._rebuilt_bm25(str(error))
        with translated("search"):
            return ask(self.bm25)

    def close(self) -> None:
        """Let go of both; they are opened again when they are next needed."""
        if vectors := self.__dict__.pop("vectors", None):
            vectors.close()
        self.__dict__.pop("bm25", None)

    # In line with the manifest

    def follow(self, added: list[StoredPassage], gone: set[str]) -> None:
        """Take in what the manifest is about to say; a cache that cannot be written is made again from nothing."""
        if not added and not gone:
            return
        try:
            self.vectors.delete(sorted(gone))
            self.vectors.upsert(added)
        except CacheError as error:
            if self._url:
                raise
            self._rebuild_vectors(str(error), added, gone)
        try:
            with translated("write"):
                self._follow_words(added, gone)
        except CacheError as error:
            self.bm25 = self._rebuilt_bm25(str(error), added, gone)

    def _follow_words(self, added: list[StoredPassage], gone: set[str]) -> None:
        removed = int(self._manifest.meta().get("bm25_removed", "0")) + len(gone) + sum(self.bm25.holds(s.passage.id) for s in added)
        if self.bm25.passages and removed > STALE_SHARE * max(self.bm25.passages - FILLED_ANYWAY, 0):
            self.bm25.fill(self._after(added, gone))
            self._manifest.set_meta(bm25_removed="0")
        else:
            self.bm25.replace(gone, [s.body for s in added])
            self._manifest.set_meta(bm25_removed=str(removed))

    def _after(self, added: Sequence[StoredPassage], gone: Set[str]) -> Iterator[Body]:
        """All passages as the manifest is about to have them."""
        new = {s.passage.id: s.body for s in added}
        yield from (body for body in self._manifest.bodies() if body.passage_id not in gone and body.passage_id not in new)
        yield from new.values()

    def out_of_step(self) -> bool:
        """Whether a cache lost passages before this update wrote to it."""
        passages = self._manifest.counts()[1]
        return self.vectors.count() != passages or self.bm25.passages != passages

    def reconcile(self) -> None:
        """Compare Chroma with the manifest, passage by passage, and mend it; BM25 is filled again, which is as fast."""
        wanted = self._manifest.abouts()
        there = self.vectors.abouts()
        self.vectors.delete(sorted(set(there) - set(wanted)))
        self.vectors.upsert(self._load(_differing(wanted, there)))
        self.bm25.fill(self._manifest.bodies())
        self._manifest.set_meta(bm25_removed="0")

    def check(self, passage_ids: Sequence[str], most: int) -> None:
        """Make Chroma again where one of these passages is not found by its own vector: its graph may lose some when it is torn."""
        every = max(len(passage_ids) // most, 1)
        for stored in self._load(passage_ids[::every]):
            found = self.vectors.nearest(stored.mean, CHECKED_TOP)
            if stored.passage.id not in [i for i, _ in found] and (not found or found[-1][1] < EQUAL):
                self.vectors = self._refill_vectors("it does not find a passage by its own vector")
                return

    def start_over(self) -> None:
        """Both empty, for vectors of another model."""
        if self._url:
            self.vectors.clear()
        else:
            self.vectors = self._fresh_vectors()
        self.bm25 = self._refilled_bm25([], set())

    # Damage

    def _open_vectors(self) -> VectorStore:
        generation = self._manifest.meta().get("chroma", "0")
        return VectorStore(self._folder / f"chroma-{generation}", self._name, self._url)

    def _probe(self, store: VectorStore) -> str | None:
        """What is wrong with the store, if anything: a wrong count, or a passage that is not nearest to itself."""
        meta = self._manifest.meta()
        if meta.get("state") != "ready":
            return None  # being written: compared when that is done
        passages, any_id = self._manifest.counts()[1], self._manifest.any_passage_id()
        try:
            if store.count() != passages:
                return f"it has {store.count()} of {passages} passages"
            if any_id is None:
                return None
            (known,) = self._load([any_id])
            found = store.nearest(known.mean, min(3, passages))
        except CacheError as error:
            return str(error)
        return None if max(score for _, score in found) > EQUAL else "it does not find a passage by its own vector"

    def _refill_vectors(self, problem: str) -> VectorStore:
        self._report(f"The vector store does not agree with the manifest ({problem}); it is made again.")
        if self._url:
            store = self._open_vectors()
            store.clear()
        else:
            store = self._fresh_vectors()
        store.upsert(self._load(self._manifest.passage_ids()))
        return store

    def _fresh_vectors(self) -> VectorStore:
        # A new folder: Chroma keeps state by path within a process, and what is damaged may not be removable.
        old = int(self._manifest.meta().get("chroma", "0"))
        self._manifest.set_meta(chroma=str(old + 1))
        shutil.rmtree(self._folder / f"chroma-{old}", ignore_errors=True)
        return self._open_vectors()

    def _rebuild_vectors(self, problem: str, added: Sequence[StoredPassage] = (), gone: Set[str] = frozenset()) -> None:
        self._report(f"The vector store is damaged ({problem[:160]}); it is made again from the manifest.")
        store = self._fresh_vectors()
        keep = [i for i in self._manifest.passage_ids() if i not in gone]
        store.upsert([*self._load(keep), *added])
        self.vectors = store

    def _rebuilt_bm25(self, problem: str, added: Sequence[StoredPassage] = (), gone: Set[str] = frozenset()) -> Bm25:
        self._report(f"The BM25 index is damaged ({problem[:160]}); it is made again from the manifest.")
        return self._refilled_bm25(added, gone)

    def _refilled_bm25(self, added: Sequence[StoredPassage], gone: Set[str]) -> Bm25:
        shutil.rmtree(self._folder / "bm25", ignore_errors=True)
        try:
            with translated("write"):
                bm25 = Bm25(self._folder / "bm25")
                bm25.fill(self._after(added, gone))
        except CacheError as error:
            raise IndexUnavailable.at(self._folder, error) from error
        return bm25


def _differing(wanted: Mapping[str, About], there: Mapping[str, About]) -> list[str]:
    return sorted(i for i, about in wanted.items() if there.get(i) != about)
