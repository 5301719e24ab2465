"""Folder → manifest and caches: reads what changed, embeds what is new, brings Chroma and BM25 in line, writes the manifest last.

Passage ids contain a digest of their words, so bringing a cache in line is a comparison of two sets of ids, and the same
comparison repairs what a killed process left behind.
"""

from __future__ import annotations

import hashlib
import time
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import numpy as np

from rag import ingest
from rag.embed import Embedder
from rag.errors import CorpusError
from rag.index.caches import Caches
from rag.index.files import Files
from rag.index.place import Report, Tick
from rag.index.sources import Sources
from rag.index.unwritten import Unwritten
from rag.manifest import SCHEMA_VERSION, STORED, Manifest
from rag.passages import split_article
from rag.plan import IndexReport, Resolved, placed, resolve, stale, with_aliases
from rag.records import About, ArticleKey, Change, FileRecord, StoredPassage, ToStore
from rag.types import Article, Passage

CHECKED, CHECKED_AFTER_A_STOP = 50, 2_000  # passages that are looked for by their own vectors, 2 ms each
EMBED_AT_ONCE = 256  # passages; kept after each, so that a stopped run goes on from there


class Update:
    """One update of one index. The caller holds the lock."""

    def __init__(
        self,
        corpus: Path,
        limits: ingest.Limits,
        manifest: Manifest,
        caches: Caches,
        embedder: Embedder,
        report: Report,
        tick: Tick,
        exclusively: AbstractContextManager[object],
        unwritten: Unwritten,
    ) -> None:
        self._corpus = corpus
        self._limits = limits
        self._manifest = manifest
        self._caches = caches
        self._embedder = embedder
        self._report = report
        self._tick = tick
        self._exclusively = exclusively
        self._unwritten = unwritten
        self._files = Files(corpus, limits, manifest, unwritten)

    def run(self) -> IndexReport:
        started = time.perf_counter()
        self._start_over_if_made_otherwise()
        known = self._manifest.files()
        found = ingest.scan(self._corpus, self._limits)
        as_now = self._manifest.meta().get("reading") == self._limits.fingerprint
        read = self._files.read({path: found[path] for path in (stale(found, known) if as_now else found)}, self._tick)
        records = placed(found, read, known)
        resolved = resolve(records.values())
        if not resolved.articles:
            first = resolved.failed[0] if resolved.failed else None
            why = f" ({first.file} {first.reason})" if first else ""
            raise CorpusError(f"No file in {str(self._corpus)!r} is an article{why}. Put .txt or .md articles into it.")
        there = self._manifest.article_keys()
        if records == known and self._manifest.meta().get("state") == "ready" and as_now and not _lacking(resolved, there):
            resolved = with_aliases(resolved, {i: key.alias_of for i, key in there.items() if key.alias_of})
        else:
            resolved = self._bring_in_line(records, known, resolved, there)
        self._unwritten.forget()
        return _tally(records, known, resolved, self._manifest.counts(), time.perf_counter() - started)

    def _start_over_if_made_otherwise(self) -> None:
        """An index of another embedding model or program version cannot be mixed with this one's vectors."""
        meta = self._manifest.meta()
        if "embedding" not in meta:  # said before the first vector is kept: a stopped run's are mixed with no other's
            self._manifest.set_meta(**self._made_with())
            return
        if meta["schema"] == SCHEMA_VERSION and meta["embedding"] == self._embedder.fingerprint:
            return
        before, now = meta["embedding"].rsplit(":", 1)[0], self._embedder.fingerprint.rsplit(":", 1)[0]
        why = (
            f"made with {before}, and the settings say {now}" if before != now else "made by another version of the weights or of Footnote"
        )
        self._report(f"The index was {why}: it is built again.")
        self._manifest.empty(state="rebuilding")
        self._caches.start_over()
        self._manifest.set_meta(**self._made_with())  # not before: a run that is stopped while it empties them starts over again

    def _made_with(self) -> dict[str, str]:
        return {"schema": SCHEMA_VERSION, "embedding": self._embedder.fingerprint, "dimension": str(self._embedder.dimension)}

    def _bring_in_line(
        self, records: dict[str, FileRecord], known: dict[str, FileRecord], resolved: Resolved, there: dict[str, ArticleKey]
    ) -> Resolved:
        sources = Sources(self._manifest, self._text_of)
        resolved = with_aliases(resolved, sources.aliases(resolved.articles))
        wanted = {i: ArticleKey(r.path, r.article, resolved.aliases.get(i)) for i, r in resolved.articles.items()}
        removed = [article_id for article_id, key in there.items() if wanted.get(article_id) != key]
        new = self._prepare({i: (resolved.articles[i], key.alias_of) for i, key in wanted.items() if there.get(i) != key})
        change = Change(
            files=[r for path, r in records.items() if known.get(path) != r],
            files_gone=[path for path in known if path not in records],
            articles=new,
            articles_gone=removed,
            signatures=sources.signatures,
            compared=sources.compared,
            contents_gone=sources.gone,
        )
        with self._exclusively:
            self._write(change, {"alike": sources.algorithm})
        return resolved

    def _write(self, change: Change, meta: dict[str, str]) -> None:
        """The caches first, the manifest last: whoever is stopped between them has `state` writing, and the next update reconciles."""
        stored = [_stored(a.article, p, v) for a in change.articles for p, _, v in a.passages]
        gone = set(self._manifest.passage_ids(change.articles_gone)) - {s.passage.id for s in stored}
        interrupted = self._manifest.meta().get("state") not in {"ready", None}
        self._manifest.set_meta(state="writing")
        self._caches.follow(stored, gone)
        meta |= {**self._made_with(), "state": "ready", "reading": self._limits.fingerprint, "runtime": self._embedder.runtime}
        if interrupted:  # not before the manifest is written: a run that is stopped while it reconciles was interrupted, too
            self._manifest.publish(change, meta | {"state": "written"})
            self._caches.reconcile()
            self._caches.check(self._manifest.passage_ids(), CHECKED_AFTER_A_STOP)
            self._manifest.set_meta(state="ready")
            return
        self._manifest.publish(change, meta)
        if (stored or gone) and self._caches.out_of_step():
            self._caches.reconcile()
        self._caches.check([s.passage.id for s in stored], CHECKED)

    def _text_of(self, record: FileRecord) -> str | None:
        article = self._files.article(record)
        return article.text if article else None

    def _prepare(self, new: dict[str, tuple[FileRecord, str | None]]) -> list[ToStore]:
        prepared: list[tuple[Article, str, list[Passage]]] = []
        for article_id, (record, alias_of) in new.items():
            if article := self._files.article(record):
                article = replace(article, id=article_id, alias_of=alias_of)
                prepared.append((article, record.article, [] if alias_of else split_article(article)))
        vectors = self._embed([p for _, _, passages in prepared for p in passages])
        return [ToStore(a, digest, tuple((p, _digest(p), vectors[_digest(p)]) for p in passages)) for a, digest, passages in prepared]

    def _embed(self, passages: list[Passage]) -> dict[str, bytes]:
        """Sentence vectors by the digest of the passage's words; known ones are not embedded again."""
        wanted = {_digest(p): p for p in passages}
        done = self._manifest.embedded(wanted)
        todo = [(d, p) for d, p in wanted.items() if d not in done]
        for start in range(0, len(todo), EMBED_AT_ONCE):
            self._tick("embedding", start, len(todo))
            batch = todo[start : start + EMBED_AT_ONCE]
            made = self._embed_batch(batch)
            self._manifest.keep_embedded(made)
            done |= made
        if todo:
            self._tick("embedding", len(todo), len(todo))
        return done

    def _embed_batch(self, batch: list[tuple[str, Passage]]) -> dict[str, bytes]:
        texts = [p.text[s - p.start : e - p.start] for _, p in batch for s, e in p.sentences]
        vectors = self._embedder.embed_passages(texts).astype(STORED)
        made: dict[str, bytes] = {}
        row = 0
        for digest, passage in batch:
            made[digest] = vectors[row : row + len(passage.sentences)].tobytes()
            row += len(passage.sentences)
        return made


def _lacking(resolved: Resolved, there: dict[str, ArticleKey]) -> bool:
    """Whether an article is not stored as it should be: its file had gone when it was to be read."""
    return {i: (r.path, r.article) for i, r in resolved.articles.items()} != {i: (key.path, key.sha256) for i, key in there.items()}


def _digest(passage: Passage) -> str:
    """Of the words and of where the sentences end: the same digest means the same vectors."""
    spans = [(s - passage.start, e - passage.start) for s, e in passage.sentences]
    return hashlib.sha256(f"{spans}{passage.text}".encode()).hexdigest()


def _stored(article: Article, passage: Passage, vectors: bytes) -> StoredPassage:
    rows = np.frombuffer(vectors, dtype=STORED).astype(np.float32).reshape(len(passage.sentences), -1)
    return StoredPassage(passage, rows, About.of(article.outlet, article.published))


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
