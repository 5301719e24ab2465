"""The manifest: what is indexed, in SQLite. Files with their hashes, articles, passages with their sentence vectors.

It is the truth; Chroma and BM25 are caches that are made to agree with it, and can be made again from it without embedding
anything. `publish` writes it last, in one transaction.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.types import Article, Passage, Removed

Vectors = NDArray[np.float32]
SCHEMA_VERSION = "3"  # a change of tables, of how passages are cut or words are stemmed makes every index be built again
SWITCH_TRIES = 40
STORED = np.float16  # of a unit vector's numbers; moves a cosine by less than 0.0005

_TABLES = """
create table if not exists meta(key text primary key, value text not null);
create table if not exists files(path text primary key, size integer, mtime_ns integer, sha256 text, claimed text,
    content text, problem text, container text, article_id text, named text, article text);
create table if not exists articles(id text primary key, path text, sha256 text, title text, outlet text, published text,
    dateline text, source text, author text, language text, removed text, text text);
create table if not exists passages(id text primary key, article_id text, start integer, end integer, sentences text,
    digest text, vectors blob);
create index if not exists passages_by_article on passages(article_id, start);
create index if not exists passages_by_digest on passages(digest);
create table if not exists embedded(digest text primary key, vectors blob);
"""


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


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its sentences' unit vectors, shape (sentences, dimension)."""

    passage: Passage
    vectors: Vectors

    @property
    def mean(self) -> Vectors:
        """The passage's vector: the mean direction of its sentences."""
        total = self.vectors.sum(axis=0)
        mean: Vectors = total / max(float(np.linalg.norm(total)), 1e-9)
        return mean


class Manifest:
    """One SQLite file. Safe to read from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, timeout=30, isolation_level=None)
        self._use_a_log()
        self._db.execute("pragma synchronous=full")
        self._drop_tables_of_another_schema()
        self._db.executescript(_TABLES)

    def _use_a_log(self) -> None:
        """WAL. SQLite does not wait, whatever the timeout, while another process is just changing the same file to it."""
        for attempt in range(SWITCH_TRIES):
            try:
                self._db.execute("pragma journal_mode=wal")
                return
            except sqlite3.OperationalError:
                if attempt == SWITCH_TRIES - 1:
                    raise
                time.sleep(0.05)

    def _drop_tables_of_another_schema(self) -> None:
        """What was made with other tables is built again; `meta` stays, and says what the index was made with."""
        if self._rows("select 1 from sqlite_master where name = 'meta'") and self.meta().get("schema", SCHEMA_VERSION) != SCHEMA_VERSION:
            self._db.executescript("".join(f"drop table if exists {table};" for table in ("files", "articles", "passages", "embedded")))

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Any:
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def meta(self) -> dict[str, str]:
        return dict(self._rows("select key, value from meta"))

    def set_meta(self, **values: str) -> None:
        with self._lock:
            self._db.executemany("insert or replace into meta values(?, ?)", list(values.items()))

    def files(self) -> dict[str, FileRecord]:
        return {row[0]: FileRecord(*row) for row in self._rows("select * from files order by path")}

    def article_keys(self) -> dict[str, tuple[str, str]]:
        """Article id → path that it was read from, and digest of everything about it."""
        return {row[0]: (row[1], row[2]) for row in self._rows("select id, path, sha256 from articles")}

    def articles(self) -> tuple[Article, ...]:
        return tuple(_article(row) for row in self._rows(f"select {_ARTICLE} from articles order by id"))

    def article(self, article_id: str) -> Article | None:
        rows = self._rows(f"select {_ARTICLE} from articles where id = ?", (article_id,))
        return _article(rows[0]) if rows else None

    def counts(self) -> tuple[int, int]:
        """Articles and passages."""
        (row,) = self._rows("select (select count(*) from articles), (select count(*) from passages)")
        return row[0], row[1]

    def passage_ids(self, article_ids: Iterable[str] | None = None) -> list[str]:
        if article_ids is None:
            return [row[0] for row in self._rows("select id from passages order by id")]
        marks = json.dumps(list(article_ids))
        sql = "select id from passages where article_id in (select value from json_each(?)) order by id"
        return [row[0] for row in self._rows(sql, (marks,))]

    def load(self, passage_ids: Sequence[str]) -> dict[str, StoredPassage]:
        """The passages that are there, by id; unknown ids are left out."""
        sql = (
            "select p.id, p.article_id, p.start, p.end, substr(a.text, p.start + 1, p.end - p.start), p.sentences, p.vectors "
            "from passages p join articles a on a.id = p.article_id where p.id in (select value from json_each(?))"
        )
        return {row[0]: _stored(row) for row in self._rows(sql, (json.dumps(list(passage_ids)),))}

    def embedded(self, digests: Iterable[str]) -> dict[str, bytes]:
        """Vectors that are known by the digest of their passage's words: stored ones, and those of a run that was stopped."""
        marks = json.dumps(list(digests))
        sql = "select digest, vectors from {} where digest in (select value from json_each(?))"
        return dict(self._rows(sql.format("passages"), (marks,)) + self._rows(sql.format("embedded"), (marks,)))

    def keep_embedded(self, vectors: dict[str, bytes]) -> None:
        with self._lock:
            self._db.executemany("insert or replace into embedded values(?, ?)", list(vectors.items()))

    def publish(
        self,
        files: Iterable[FileRecord],
        removed_articles: Iterable[str],
        added: Iterable[tuple[Article, str, Sequence[tuple[Passage, str, bytes]]]],
        meta: dict[str, str],
    ) -> None:
        """Replace the file records, remove and add articles: all of it or nothing."""
        with self.transaction():
            self._db.execute("delete from files")
            rows = [astuple(f) for f in files]
            self._db.executemany("insert into files values(?,?,?,?,?,?,?,?,?,?,?)", rows)
            for article_id in removed_articles:
                self._db.execute("delete from passages where article_id = ?", (article_id,))
                self._db.execute("delete from articles where id = ?", (article_id,))
            for article, sha256, passages in added:
                self._add(article, sha256, passages)
            self._db.execute("delete from embedded")
            self.set_meta(**meta)

    def _add(self, a: Article, sha256: str, passages: Sequence[tuple[Passage, str, bytes]]) -> None:
        removed = json.dumps([asdict(r) for r in a.removed], ensure_ascii=False)
        row = (a.id, a.path, sha256, a.title, a.outlet, a.published, a.dateline, a.source, a.author, a.language, removed, a.text)
        self._db.execute("insert into articles values(?,?,?,?,?,?,?,?,?,?,?,?)", row)
        rows = [(p.id, p.article_id, p.start, p.end, json.dumps(p.sentences), digest, vectors) for p, digest, vectors in passages]
        self._db.executemany("insert into passages values(?,?,?,?,?,?,?)", rows)


_ARTICLE = "id, title, text, path, outlet, published, dateline, source, author, language, removed"


def _article(row: Sequence[Any]) -> Article:
    *fields, removed = row
    return replace(Article(*fields), removed=tuple(Removed(**piece) for piece in json.loads(removed)))


def _stored(row: Sequence[Any]) -> StoredPassage:
    spans = tuple((s, e) for s, e in json.loads(row[5]))
    passage = Passage(row[0], row[1], row[2], row[3], row[4], spans)
    vectors = np.frombuffer(row[6], dtype=STORED).astype(np.float32).reshape(len(spans), -1)
    return StoredPassage(passage, vectors)
