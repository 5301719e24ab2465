"""What has been read by an update that is not written yet, so that one that is stopped does not read it again.

A file of its own beside the manifest: it comes and goes without anybody who reads the index noticing. Losing it loses time only.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

from rag import ingest
from rag.types import Article, Removed

KEPT_AT_ONCE = 50  # files; what a killed process has read since then is read again
KEPT_EVERY_S = 1.0
Result = TypeVar("Result")
SHAPE = str([f.name for kind in (ingest.Outcome, ingest.Entry, Article, Removed) for f in fields(kind)])  # another version's is not used


class Unwritten:
    """Outcomes by path; one counts while the file's bytes and everything else that it depends on are as they were."""

    def __init__(self, file: Path, corpus: Path, limits: ingest.Limits) -> None:
        self._file = file
        self._corpus = corpus
        self._limits = limits
        self._pending: list[tuple[str, ingest.Outcome]] = []
        self._kept_at = time.monotonic()

    def of(self, paths: Iterable[str]) -> dict[str, ingest.Outcome]:
        """Those of files that have not changed since."""
        kept = self._load()
        return {path: outcome for path in paths if (outcome := self._unchanged(path, kept))} if kept else {}

    def add(self, path: str, outcome: ingest.Outcome) -> None:
        if outcome.sha256 and not outcome.passing:
            self._pending.append((path, outcome))
        if len(self._pending) >= KEPT_AT_ONCE or time.monotonic() - self._kept_at > KEPT_EVERY_S:
            self.keep()

    def keep(self) -> None:
        """Write down what is not yet."""
        if self._pending:
            rows = [(path, self._key(path, outcome.sha256), json.dumps(asdict(outcome))) for path, outcome in self._pending]
            self._in_file(lambda db: db.executemany("insert or replace into outcomes values(?, ?, ?)", rows))
        self._pending = []
        self._kept_at = time.monotonic()

    def forget(self) -> None:
        """The manifest has it all."""
        self._pending = []
        for file in (self._file, self._file.with_name(f"{self._file.name}-journal")):
            file.unlink(missing_ok=True)

    def _unchanged(self, path: str, kept: dict[str, tuple[str, str]]) -> ingest.Outcome | None:
        if path not in kept:
            return None
        key, written = kept[path]
        with suppress(ingest.Unreadable):
            sha256 = hashlib.sha256(ingest.read_bytes(self._corpus, path, self._limits)).hexdigest()
            return _outcome(json.loads(written)) if key == self._key(path, sha256) else None
        return None

    def _key(self, path: str, sha256: str) -> str:
        return hashlib.sha256(f"{SHAPE} {self._limits.fingerprint} {sha256} {path}".encode()).hexdigest()

    def _load(self) -> dict[str, tuple[str, str]]:
        if not self._file.exists():
            return {}
        rows = self._in_file(lambda db: db.execute("select path, key, outcome from outcomes").fetchall())
        return {path: (key, outcome) for path, key, outcome in rows}

    def _in_file(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            return self._try(work)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:  # torn
            self.forget()
            return self._try(work)

    def _try(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        with closing(sqlite3.connect(self._file)) as db, db:
            db.execute("pragma synchronous=off")
            db.execute("create table if not exists outcomes(path text primary key, key text not null, outcome text not null)")
            return work(db)


def _outcome(written: dict[str, Any]) -> ingest.Outcome:
    return ingest.Outcome(**{**written, "entries": tuple(map(_entry, written["entries"]))})


def _entry(written: dict[str, Any]) -> ingest.Entry:
    return ingest.Entry(**{**written, "article": _article(written["article"]) if written["article"] else None})


def _article(written: dict[str, Any]) -> Article:
    return Article(**{**written, "removed": tuple(Removed(**piece) for piece in written["removed"]), "aliases": ()})
