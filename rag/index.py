"""The index of one corpus: a manifest (SQLite) and two caches that follow it, Chroma for meaning and BM25 for words.

`update` makes it agree with the folder: read what changed, embed what is new, bring Chroma and BM25 in line, and write the
manifest last. Passage ids contain a digest of their words, so bringing a cache in line is a comparison of two sets of ids, and
the same comparison repairs what a killed process left behind.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import astuple, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rag import ingest
from rag.bm25 import Bm25
from rag.embed import Embedder, Vectors, open_embedder
from rag.errors import CorpusError, IndexUnavailable, SettingError
from rag.manifest import SCHEMA_VERSION, STORED, FileRecord, Manifest, StoredPassage
from rag.passages import split_article
from rag.plan import IndexReport, Resolved, placed, resolve, stale
from rag.settings import Settings
from rag.types import Article, Passage
from rag.vectors import VectorStore

Report = Callable[[str], None]
Tick = Callable[[int, int], None]  # passages embedded, of how many
EMBED_AT_ONCE = 256  # passages; kept after each, so that a stopped run goes on from there
CACHED_PASSAGES = 20_000
Prepared = tuple[Article, str, list[tuple[Passage, str, bytes]]]


def _silent(message: str) -> None:
    return None


def _untold(done: int, total: int) -> None:
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
        self.folder = _folder(self.corpus, settings)
        self.manifest = _open_manifest(self.folder / "manifest.sqlite", report)
        self._loaded: dict[str, StoredPassage] = {}
        self._parsed: dict[str, Article] = {}  # by path; read in this update, not yet written
        self._limits = _limits(settings)

    def close(self) -> None:
        self.manifest.close()

    @cached_property
    def embedder(self) -> Embedder:
        return open_embedder(self.settings, self.report)

    # Reading

    def nearest(self, query: Vectors, top_k: int) -> list[tuple[str, float]]:
        """Passage ids with their cosine, nearest first."""
        try:
            return self._vectors.nearest(query, min(top_k, max(self.manifest.counts()[1], 1)))
        except IndexUnavailable as error:
            if self.settings.chroma_url:
                raise
            self._rebuild_vectors(str(error))
            return self._vectors.nearest(query, top_k)

    def matching(self, terms: Sequence[str], top_k: int) -> list[tuple[str, float]]:
        """Passage ids with their BM25 score, best first."""
        return self._bm25.search(terms, top_k)

    def idf(self, terms: Sequence[str]) -> dict[str, float]:
        return self._bm25.idf(terms)

    def has(self, term: str) -> bool:
        """Whether any passage has this stem."""
        return self._bm25.has(term)

    def resembling(self, term: str, errors: int, top_k: int) -> list[tuple[str, float]]:
        """Passage ids with a stem that is spelt almost like this one."""
        return self._bm25.resembling(term, errors, top_k)

    def load(self, passage_ids: Sequence[str]) -> list[StoredPassage]:
        """The passages in the order asked for; ids that the manifest does not have are left out."""
        missing = [i for i in passage_ids if i not in self._loaded]
        if missing:
            if len(self._loaded) > CACHED_PASSAGES:
                self._loaded = {}
            try:
                self._loaded |= self.manifest.load(missing)
            except sqlite3.DatabaseError as error:
                raise _unusable(self.folder, error) from error
        return [self._loaded[i] for i in passage_ids if i in self._loaded]

    @property
    def chroma_collection(self) -> Any:
        """The Chroma collection, for `rag.llama`."""
        return self._vectors.collection

    def article(self, article_id: str) -> Article:
        found = self.manifest.article(article_id)
        if found is None:
            raise CorpusError(f"There is no article {article_id!r} in {self.corpus.name}. List them with: footnote articles")
        return found

    # Bringing the index in line with the folder

    def update(self, tick: Tick = _untold) -> IndexReport:
        """Make the index agree with the folder. Unchanged files are neither read nor embedded.

        Raises:
            CorpusError: no such folder, or no file in it that is an article.
            EmbeddingUnavailable: the embedding model cannot be loaded.
            IndexUnavailable: the index cannot be written.
        """
        try:
            return self._update(tick)
        except sqlite3.OperationalError as error:
            raise _unusable(self.folder, error) from error
        except sqlite3.DatabaseError as error:
            self._build_from_nothing(error)
            return self._update(tick)

    def _update(self, tick: Tick) -> IndexReport:
        started = time.perf_counter()
        with self._writing():
            self._start_over_if_made_otherwise()
            known = self.manifest.files()
            found = ingest.scan(self.corpus, self._limits)
            as_now = self.manifest.meta().get("reading") == self._limits.fingerprint
            read = self._read({path: found[path] for path in (stale(found, known) if as_now else found)})
            records = placed(found, read, known)
            resolved = resolve(records.values())
            if not resolved.articles:
                first = resolved.failed[0] if resolved.failed else None
                why = f" ({first.file} {first.reason})" if first else ""
                raise CorpusError(f"No file in {str(self.corpus)!r} is an article{why}. Put .txt or .md articles into it.")
            if read or set(records) != set(known) or self.manifest.meta().get("state") != "ready":
                self._bring_in_line(records, resolved, tick)
        return _tally(records, known, resolved, self.manifest.counts(), time.perf_counter() - started)

    def _bring_in_line(self, records: dict[str, FileRecord], resolved: Resolved, tick: Tick) -> None:
        wanted = {article_id: (r.path, r.article) for article_id, r in resolved.articles.items()}
        there = self.manifest.article_keys()
        removed = [article_id for article_id, key in there.items() if wanted.get(article_id) != key]
        new = {i: resolved.articles[i] for i, key in wanted.items() if there.get(i) != key}
        prepared = self._prepare(new, tick)
        stored = [StoredPassage(p, _unpack(v, p)) for _, _, passages in prepared for p, _, v in passages]
        gone = set(self.manifest.passage_ids(removed)) - {s.passage.id for s in stored}
        interrupted = self.manifest.meta().get("state") not in {"ready", None}
        self.manifest.set_meta(state="writing")
        self._follow(stored, gone)
        meta = {"state": "ready", "schema": SCHEMA_VERSION, "embedding": self.embedder.fingerprint}
        meta |= {"reading": self._limits.fingerprint, "dimension": str(self.embedder.dimension), "runtime": self.embedder.runtime}
        self.manifest.publish(records.values(), removed, prepared, meta)
        self._loaded = {}
        if interrupted or ((stored or gone) and self._out_of_step()):
            self._reconcile()

    def _prepare(self, new: dict[str, FileRecord], tick: Tick) -> list[Prepared]:
        prepared: list[tuple[Article, str, list[Passage]]] = []
        for article_id, record in new.items():
            if article := self._article(record):
                article = replace(article, id=article_id)
                prepared.append((article, record.article, split_article(article)))
        self._parsed = {}
        vectors = self._embed([p for _, _, passages in prepared for p in passages], tick)
        return [(a, digest, [(p, _digest(p), vectors[_digest(p)]) for p in passages]) for a, digest, passages in prepared]

    def _embed(self, passages: list[Passage], tick: Tick) -> dict[str, bytes]:
        """Sentence vectors by the digest of the passage's words; known ones are not embedded again."""
        wanted = {_digest(p): p for p in passages}
        done = self.manifest.embedded(wanted)
        todo = [(d, p) for d, p in wanted.items() if d not in done]
        for start in range(0, len(todo), EMBED_AT_ONCE):
            tick(start, len(todo))
            batch = todo[start : start + EMBED_AT_ONCE]
            made = self._embed_batch(batch)
            self.manifest.keep_embedded(made)
            done |= made
        tick(len(todo), len(todo))
        return done

    def _embed_batch(self, batch: list[tuple[str, Passage]]) -> dict[str, bytes]:
        texts = [p.text[s - p.start : e - p.start] for _, p in batch for s, e in p.sentences]
        vectors = self.embedder.embed_passages(texts).astype(STORED)
        made: dict[str, bytes] = {}
        row = 0
        for digest, passage in batch:
            made[digest] = vectors[row : row + len(passage.sentences)].tobytes()
            row += len(passage.sentences)
        return made

    def _follow(self, added: list[StoredPassage], gone: set[str]) -> None:
        """Bring both caches in line; a cache that cannot be written is made again from nothing."""
        if not added and not gone:
            return
        try:
            self._vectors.delete(sorted(gone))
            self._vectors.upsert(added)
        except IndexUnavailable as error:
            if self.settings.chroma_url:
                raise
            self._rebuild_vectors(str(error), added, gone)
        try:
            self._bm25.replace(gone, [(s.passage.id, s.passage.text) for s in added])
        except (ValueError, OSError) as error:
            self._rebuild_bm25(str(error), added, gone)

    def _out_of_step(self) -> bool:
        """Whether a cache lost passages before this update wrote to it."""
        passages = self.manifest.counts()[1]
        return self._vectors.count() != passages or self._bm25.passages != passages

    def _reconcile(self) -> None:
        """Compare both caches with the manifest, id by id, and mend them."""
        wanted = set(self.manifest.passage_ids())
        there = self._vectors.ids()
        self._vectors.delete(sorted(there - wanted))
        self._vectors.upsert(self.load(sorted(wanted - there)))
        there = self._bm25.ids()
        missing = self.load(sorted(wanted - there))
        if missing or there - wanted:
            self._bm25.replace(there - wanted, [(s.passage.id, s.passage.text) for s in missing])

    # The caches, opened when first needed and made again when damaged

    @cached_property
    def _vectors(self) -> VectorStore:
        store = self._open_vectors()
        problem = self._probe(store)
        return self._refill_vectors(problem) if problem else store

    def _open_vectors(self) -> VectorStore:
        name = f"footnote-{hashlib.sha256(str(self.corpus).encode()).hexdigest()[:16]}"
        generation = self.manifest.meta().get("chroma", "0")
        return VectorStore(self.folder / f"chroma-{generation}", name, self.settings.chroma_url)

    def _probe(self, store: VectorStore) -> str | None:
        """What is wrong with the store, if anything: a wrong count, or a passage that is not nearest to itself."""
        meta = self.manifest.meta()
        if meta.get("state") != "ready":
            return None  # being written: compared when that is done
        ids = self.manifest.passage_ids()
        try:
            if store.count() != len(ids):
                return f"it has {store.count()} of {len(ids)} passages"
            (known,) = self.load(ids[:1])
            found = store.nearest(known.mean, min(3, len(ids)))
        except IndexUnavailable as error:
            return str(error)
        return None if max(score for _, score in found) > 0.999 else "it does not find a passage by its own vector"

    def _refill_vectors(self, problem: str) -> VectorStore:
        self.report(f"The vector store does not agree with the manifest ({problem}); it is made again.")
        if self.settings.chroma_url:
            store = self._open_vectors()
            store.clear()
        else:
            store = self._fresh_vectors()
        store.upsert(self.load(self.manifest.passage_ids()))
        return store

    def _fresh_vectors(self) -> VectorStore:
        # A new folder: Chroma keeps state by path within a process, and what is damaged may not be removable.
        old = int(self.manifest.meta().get("chroma", "0"))
        self.manifest.set_meta(chroma=str(old + 1))
        shutil.rmtree(self.folder / f"chroma-{old}", ignore_errors=True)
        return self._open_vectors()

    def _rebuild_vectors(self, problem: str, added: Sequence[StoredPassage] = (), gone: Set[str] = frozenset()) -> None:
        self.report(f"The vector store is damaged ({problem[:160]}); it is made again from the manifest.")
        store = self._fresh_vectors()
        keep = [i for i in self.manifest.passage_ids() if i not in gone]
        store.upsert([*self.load(keep), *added])
        self.__dict__["_vectors"] = store

    @cached_property
    def _bm25(self) -> Bm25:
        path = self.folder / "bm25"
        problem = ""
        try:
            bm25 = Bm25(path)
        except (ValueError, OSError) as error:
            problem = f"is damaged ({str(error)[:160]})"
            shutil.rmtree(path, ignore_errors=True)
            bm25 = Bm25(path)
        passages = self.manifest.counts()[1]
        if self.manifest.meta().get("state") == "ready" and bm25.passages != passages:
            problem = problem or f"does not agree with the manifest (it has {bm25.passages} of {passages} passages)"
            every = self.load(self.manifest.passage_ids())
            bm25.replace(bm25.ids(), [(s.passage.id, s.passage.text) for s in every])
        if problem:
            self.report(f"The BM25 index {problem}; it is made again from the manifest.")
        return bm25

    def _rebuild_bm25(self, problem: str, added: Sequence[StoredPassage], gone: set[str]) -> None:
        self.report(f"The BM25 index is damaged ({problem[:160]}); it is made again from the manifest.")
        self._refill_bm25(added, gone)

    def _refill_bm25(self, added: Sequence[StoredPassage], gone: set[str]) -> None:
        shutil.rmtree(self.folder / "bm25", ignore_errors=True)
        bm25 = Bm25(self.folder / "bm25")
        keep = self.load([i for i in self.manifest.passage_ids() if i not in gone])
        bm25.replace([], [(s.passage.id, s.passage.text) for s in [*keep, *added]])
        self.__dict__["_bm25"] = bm25

    def _start_over_if_made_otherwise(self) -> None:
        """An index of another embedding model or program version cannot be mixed with this one's vectors."""
        meta = self.manifest.meta()
        if "embedding" not in meta:  # said before the first vector is kept: a stopped run's are mixed with no other's
            self.manifest.set_meta(schema=SCHEMA_VERSION, embedding=self.embedder.fingerprint)
            return
        if meta["schema"] == SCHEMA_VERSION and meta["embedding"] == self.embedder.fingerprint:
            return
        before, now = meta["embedding"].rsplit(":", 1)[0], self.embedder.fingerprint.rsplit(":", 1)[0]
        why = (
            f"made with {before}, and the settings say {now}" if before != now else "made by another version of the weights or of Footnote"
        )
        self.report(f"The index was {why}: it is built again.")
        self.manifest.publish([], list(self.manifest.article_keys()), [], {"state": "rebuilding"})
        if self.settings.chroma_url:
            self._drop_remote()
        else:
            self.__dict__["_vectors"] = self._fresh_vectors()
        self._refill_bm25([], set())

    def _build_from_nothing(self, error: sqlite3.DatabaseError) -> None:
        self.manifest.close()
        self.manifest = _empty_manifest(self.folder / "manifest.sqlite", error, self.report)
        self._loaded = {}
        for cache in ("_vectors", "_bm25"):
            self.__dict__.pop(cache, None)

    def _drop_remote(self) -> None:
        self._vectors.clear()

    # Reading files

    def _read(self, found: dict[str, ingest.Stat]) -> dict[str, list[FileRecord]]:
        """Each file's record; where it holds other places than itself, theirs after it. The articles are kept until they are written."""
        self._parsed = {}
        read: dict[str, list[FileRecord]] = {}
        for path, outcome in ingest.read_files(self.corpus, found, self._limits):
            self._parsed |= {e.path: e.article for e in outcome.entries if e.article}
            mtime_ns = -1 if outcome.passing else found[path].mtime_ns
            file = FileRecord(path, found[path].size, mtime_ns, outcome.sha256, None, None, outcome.problem)
            records = [_record(file, entry) for entry in outcome.entries]
            read[path] = records if any(r.path == path for r in records) else [file, *records]
        return read

    def _article(self, record: FileRecord) -> Article | None:
        """As read in this update; of a file that did not change, as it is now. None if it has just gone: the next update sees that."""
        if record.path not in self._parsed:
            outcome = ingest.read_file(self.corpus, record.container or record.path, self._limits)
            self._parsed |= {e.path: e.article for e in outcome.entries if e.article}
        return self._parsed.get(record.path)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        lock = FileLock(self.folder / "lock")
        try:
            lock.acquire(timeout=0.05)
        except Timeout:
            self.report("Another process is indexing this corpus; waiting for it …")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


def _record(file: FileRecord, entry: ingest.Entry) -> FileRecord:
    container = None if entry.path == file.path else file.path
    if entry.article is None:
        return replace(file, path=entry.path, container=container, problem=entry.problem)
    return replace(
        file,
        path=entry.path,
        container=container,
        claimed=entry.claimed,
        content=ingest.content_digest(entry.article),
        article_id=entry.path_id,
        named=entry.named,
        article=hashlib.sha256(repr(astuple(entry.article)).encode("utf-8", "replace")).hexdigest(),
    )


def _limits(settings: Settings) -> ingest.Limits:
    pairs = [pair.split("=") for pair in settings.record_fields.split(",") if pair]
    values = {f.name: getattr(settings, f.name) for f in fields(ingest.Limits)}
    return ingest.Limits(**{**values, "record_fields": {ours: theirs.strip() for ours, theirs in pairs}})


def _digest(passage: Passage) -> str:
    """Of the words and of where the sentences end: the same digest means the same vectors."""
    spans = [(s - passage.start, e - passage.start) for s, e in passage.sentences]
    return hashlib.sha256(f"{spans}{passage.text}".encode()).hexdigest()


def _unpack(vectors: bytes, passage: Passage) -> Vectors:
    return np.frombuffer(vectors, dtype=STORED).astype(np.float32).reshape(len(passage.sentences), -1)


def _folder(corpus: Path, settings: Settings) -> Path:
    name = re.sub(r"[^\w-]+", "-", corpus.name)[:40] or "corpus"
    digest = hashlib.sha256(str(corpus).encode()).hexdigest()[:12]
    if not corpus.is_dir():
        ingest.scan(corpus)
    if settings.data_dir.resolve().is_relative_to(corpus):
        raise SettingError(f"DATA_DIR={str(settings.data_dir)!r} is inside the corpus folder. Choose one outside of it.")
    folder = settings.data_dir / "corpora" / f"{name}-{digest}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
    except OSError as error:
        raise SettingError(
            f"DATA_DIR={str(settings.data_dir)!r} cannot be written ({error.strerror}). Set DATA_DIR to a folder that can."
        ) from error
    return folder


def _open_manifest(path: Path, report: Report) -> Manifest:
    try:
        return Manifest(path)
    except sqlite3.OperationalError as error:
        raise _unusable(path.parent, error) from error
    except sqlite3.DatabaseError as error:
        return _empty_manifest(path, error, report)


def _empty_manifest(path: Path, error: sqlite3.DatabaseError, report: Report) -> Manifest:
    """A new manifest in the place of a damaged one, with caches of its own."""
    report(f"The manifest is damaged ({error}); the index is built again.")
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        (path.parent / name).unlink(missing_ok=True)
    old = list(path.parent.glob("chroma-*"))
    for folder in [*old, path.parent / "bm25"]:
        shutil.rmtree(folder, ignore_errors=True)
    manifest = Manifest(path)
    # Not a folder that this process may still have open.
    manifest.set_meta(chroma=str(1 + max((int(p.name.partition("-")[2]) for p in old), default=0)))
    return manifest


def _unusable(folder: Path, error: sqlite3.DatabaseError) -> IndexUnavailable:
    return IndexUnavailable(
        f"The index in {folder} cannot be used ({error}). Is the disk full or read-only? If not, delete that folder; it is made again."
    )


def _tally(
    records: dict[str, FileRecord],
    known: dict[str, FileRecord],
    resolved: Resolved,
    counts: tuple[int, int],
    seconds: float,
) -> IndexReport:
    now = {p: r.sha256 for p, r in records.items() if r.container is None}
    before = {p: r.sha256 for p, r in known.items() if r.container is None}
    changed = sum(p in before and before[p] != sha256 for p, sha256 in now.items())
    added = sum(p not in before for p in now)
    return IndexReport(
        added=added,
        changed=changed,
        removed=len(set(before) - set(now)),
        unchanged=len(now) - added - changed,
        duplicates=len(resolved.duplicates),
        failed=resolved.failed,
        articles=counts[0],
        passages=counts[1],
        seconds=round(seconds, 3),
        duplicate_files=resolved.duplicates,
    )
