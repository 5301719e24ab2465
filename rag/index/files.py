"""What reading files gives → the records that the manifest keeps of them, and their articles."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import astuple, fields, replace
from pathlib import Path

from rag import ingest
from rag.index.place import Tick
from rag.index.unwritten import Unwritten
from rag.manifest import Manifest
from rag.records import FileRecord
from rag.settings import Settings
from rag.types import Article


class Files:
    """The files of a corpus as one update reads them. Articles are kept by path until they are written."""

    def __init__(self, corpus: Path, limits: ingest.Limits, manifest: Manifest, unwritten: Unwritten) -> None:
        self._corpus = corpus
        self._manifest = manifest
        self._limits = limits
        self._unwritten = unwritten
        self._parsed: dict[str, Article] = {}

    def read(self, found: Mapping[str, ingest.Stat], tick: Tick) -> dict[str, list[FileRecord]]:
        """Each file's record; where it holds other places than itself, theirs after it."""
        read: dict[str, list[FileRecord]] = {}
        with closing(self._outcomes(found)) as outcomes:  # who stops the update stops the reading
            for path, outcome in outcomes:
                tick("reading", len(read), len(found))
                self._parsed |= {e.path: e.article for e in outcome.entries if e.article}
                mtime_ns = -1 if outcome.passing else found[path].mtime_ns
                file = FileRecord(path, found[path].size, mtime_ns, outcome.sha256, None, None, outcome.problem)
                records = [_record(file, entry) for entry in outcome.entries]
                read[path] = records if any(r.path == path for r in records) else [file, *records]
        if found:
            tick("reading", len(found), len(found))
        return read

    def _outcomes(self, found: Mapping[str, ingest.Stat]) -> Generator[tuple[str, ingest.Outcome], None, None]:
        """In order; what a stopped update has read is not read again."""
        known = self._unwritten.of(found)
        reading = ingest.read_files(self._corpus, {path: stat for path, stat in found.items() if path not in known}, self._limits)
        try:
            for path in found:
                if path not in known:
                    _, known[path] = next(reading)
                    self._unwritten.add(path, known[path])
                yield path, known[path]
        finally:
            self._unwritten.keep()

    def article(self, record: FileRecord) -> Article | None:
        """As read in this update, else as the manifest has it, else from the file.

        None if the file is no longer as it was when it was scanned: the next update sees that.
        """
        if record.path not in self._parsed:
            if stored := self._manifest.stored_article(record.path, record.article):
                return stored
            file = record.container or record.path
            ((_, outcome),) = ingest.read_files(self._corpus, {file: ingest.Stat(record.size, record.mtime_ns)}, self._limits)
            self._parsed |= {e.path: e.article for e in outcome.entries if e.article and article_digest(e.article) == record.article}
        return self._parsed.get(record.path)


def limits_of(settings: Settings) -> ingest.Limits:
    pairs = [pair.split("=") for pair in settings.record_fields.split(",") if pair]
    values = {f.name: getattr(settings, f.name) for f in fields(ingest.Limits)}
    return ingest.Limits(**{**values, "record_fields": {ours: theirs.strip() for ours, theirs in pairs}})


def article_digest(article: Article) -> str:
    """Of everything about it."""
    return hashlib.sha256(repr(astuple(article)).encode("utf-8", "replace")).hexdigest()


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
        article=article_digest(entry.article),
        published=entry.article.published,
    )
