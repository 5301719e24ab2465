"""The index as a question sees it: passages by meaning and by words, and the articles that they are from."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from rag.embed import Embedder, open_embedder
from rag.errors import CorpusError, IndexUnavailable, ManifestError
from rag.index.caches import Caches
from rag.index.files import limits_of
from rag.index.place import Report, Tick, empty_manifest, folder_of, is_damage, open_manifest, writing
from rag.index.unwritten import Unwritten
from rag.index.updating import Update
from rag.manifest import Manifest
from rag.plan import IndexReport
from rag.records import StoredPassage
from rag.settings import Settings
from rag.types import Article, Filter
from rag.vectors import Vectors

CACHED_PASSAGES = 20_000
STOPPING_S = 10  # that closing waits for an update to stop, which is between two files or two batches of passages
CLOSED = "The index was closed before it agreed with the folder. What was embedded is kept; the next update goes on from there."


def _silent(message: str) -> None:
    return None


def _untold(doing: str, done: int, total: int) -> None:
    return None


class Index:
    """Reads for a question; `update` writes. Opening loads nothing that a question does not need."""

    def __init__(self, corpus: Path, settings: Settings, report: Report = _silent) -> None:
        """Open the corpus's place in the data directory.

        Raises:
            CorpusError: there is no such folder.
            SettingError: the data directory cannot be written, or is inside the corpus.
        """
        self.corpus = corpus.resolve()
        self.settings = settings
        self.report = report
        self.lock = threading.RLock()  # who holds it sees no half of an update
        self.closed = threading.Event()
        self._updating = threading.RLock()
        self.folder = folder_of(self.corpus, settings)
        self._use(open_manifest(self.folder / "manifest.sqlite", report))

    def _use(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self._written_elsewhere = manifest.changes_elsewhere()
        self._loaded: dict[str, StoredPassage] = {}
        self.caches = Caches(self.corpus, self.folder, self.settings.chroma_url, manifest, self.load, self.report)

    def close(self) -> None:
        """Let go of everything. An update that another thread is making stops first, as by Ctrl-C; what it has embedded is kept."""
        self.closed.set()
        stopped = self._updating.acquire(timeout=STOPPING_S)
        try:
            self._let_go()
        finally:
            if stopped:
                self._updating.release()

    def _let_go(self) -> None:
        with self.lock:
            self.caches.close()
            self.manifest.close()

    def _check_open(self) -> None:
        if self.closed.is_set():
            raise IndexUnavailable(CLOSED)

    def catch_up(self) -> bool:
        """Open the caches again if another process has written to them since. Whether it has.

        Raises:
            IndexUnavailable: it embeds with another model; each time, until an update or that process makes the index otherwise.
                Or the index is closed.
        """
        with self.lock:
            if self.closed.is_set():
                raise IndexUnavailable("The index is closed. Open it again with Assistant.open.")
            changes = self._reopen()
            if changes != self._written_elsewhere:
                self._check_model()
            changed, self._written_elsewhere = changes != self._written_elsewhere, changes
            return changed

    def _reopen(self) -> int:
        changes = self.manifest.changes_elsewhere()
        if changes != self._written_elsewhere:
            self._loaded = {}
            self.caches.close()
        return changes

    def _check_model(self) -> None:
        made, mine = self.manifest.meta().get("embedding"), self.embedder.fingerprint
        if made not in {None, mine}:
            theirs, ours = str(made).rsplit(":", 1)[0], mine.rsplit(":", 1)[0]
            if theirs == ours:
                raise IndexUnavailable(
                    f"Another program built the index again with other weights of {ours} than this one has. Start it again."
                )
            raise IndexUnavailable(
                f"Another program built the index again with {theirs}, and this one embeds with {ours}. "
                "Start it again with the same EMBEDDING_MODEL."
            )

    @cached_property
    def embedder(self) -> Embedder:
        return open_embedder(self.settings, self.report)

    def nearest(self, query: Vectors, top_k: int, wanted: Filter | None = None) -> list[tuple[str, float]]:
        """Passage ids with their cosine, nearest first."""
        return self.caches.nearest(query, top_k, wanted)

    def matching(self, terms: Sequence[str], top_k: int, wanted: Filter | None = None) -> list[tuple[str, float]]:
        """Passage ids with their BM25 score, best first."""
        return self.caches.matching(terms, top_k, wanted)

    def idf(self, terms: Sequence[str]) -> dict[str, float]:
        return self.caches.words(lambda bm25: bm25.idf(terms))

    def has(self, term: str) -> bool:
        """Whether any passage has this stem."""
        return self.caches.words(lambda bm25: bm25.has(term))

    def resembling(self, term: str, errors: int, top_k: int) -> list[tuple[str, float]]:
        """Passage ids with a stem that is spelt almost like this one."""
        return self.caches.words(lambda bm25: bm25.resembling(term, errors, top_k))

    def load(self, passage_ids: Sequence[str]) -> list[StoredPassage]:
        """The passages in the order asked for; ids that the manifest does not have are left out."""
        if len(self._loaded) > CACHED_PASSAGES:
            self._loaded = {}
        loaded = self._loaded  # the end of an update makes it another
        missing = [i for i in passage_ids if i not in loaded]
        if missing:
            loaded |= self.manifest.load(missing)
        return [loaded[i] for i in passage_ids if i in loaded]

    @property
    def chroma_collection(self) -> Any:
        """The Chroma collection, for `rag.llama`."""
        return self.caches.vectors.collection

    def article(self, article_id: str) -> Article:
        found = self.manifest.article(article_id)
        if found is None:
            raise CorpusError(f"There is no article {article_id!r} in {self.corpus.name}. List them with: footnote articles")
        return found

    def update(self, tick: Tick = _untold) -> IndexReport:
        """Make the index agree with the folder. Unchanged files are neither read nor embedded.

        Raises:
            CorpusError: no such folder, or no file in it that is an article.
            EmbeddingUnavailable: the embedding model cannot be loaded.
            IndexUnavailable: the index cannot be written, or was closed meanwhile.
        """

        def going_on(doing: str, done: int, total: int) -> None:
            self._check_open()
            tick(doing, done, total)

        try:
            with writing(self.folder, self.report), self._updating:
                self._check_open()
                return self._update(going_on)
        except ManifestError:
            self._check_open()
            raise
        except OSError as error:
            self._check_open()
            raise IndexUnavailable.at(self.folder, error) from error

    def _update(self, tick: Tick) -> IndexReport:
        with self.lock:
            self._written_elsewhere = self._reopen()
        try:
            return self._run(tick)
        except ManifestError as error:
            if not is_damage(error):
                raise
            with self.lock:
                self._let_go()
                self._use(empty_manifest(self.folder / "manifest.sqlite", error, self.report))
            return self._run(tick)

    def _run(self, tick: Tick) -> IndexReport:
        limits = limits_of(self.settings)
        unwritten = Unwritten(self.folder / "unwritten.sqlite", self.corpus, limits)
        update = Update(self.corpus, limits, self.manifest, self.caches, self.embedder, self.report, tick, self.lock, unwritten)
        try:
            return update.run()
        finally:
            with self.lock:
                self._loaded = {}
