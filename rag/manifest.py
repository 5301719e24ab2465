"""The manifest: what is indexed, in SQLite. Files with their hashes, articles, passages with their sentence vectors.

It is the truth; Chroma and BM25 are caches that are made to agree with it, and can be made again from it without embedding
anything. `publish` writes it last, in one transaction.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, replace
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ManifestError
from rag.records import About, ArticleKey, Body, Change, FileRecord, StoredPassage, ToStore
from rag.types import Alias, Article, Listed, Passage, Removed

SCHEMA_VERSION = "5"  # a change of tables, of how passages are cut, embedded or words are stemmed makes every index be built again
SWITCH_TRIES = 40
STORED = np.float16  # of a unit vector's numbers; moves a cosine by less than 0.0005

_TABLES = """
create table if not exists meta(key text primary key, value text not null);
create table if not exists files(path text primary key, size integer, mtime_ns integer, sha256 text, claimed text,
    content text, problem text, container text, article_id text, named text, article text, published text);
create table if not exists articles(id text primary key, path text, sha256 text, alias_of text, title text, outlet text, published text,
    dateline text, source text, author text, language text, removed text, text text);
create index if not exists articles_by_digest on articles(sha256);
create index if not exists articles_by_alias on articles(alias_of) where alias_of is not null;
create table if not exists passages(id text primary key, article_id text, start integer, end integer, sentences text,
    digest text, vectors blob);
create index if not exists passages_by_article on passages(article_id, start);
create index if not exists passages_by_digest on passages(digest);
create table if not exists embedded(digest text primary key, vectors blob);
create table if not exists signatures(content text primary key, words integer, signature blob);
create table if not exists compared(content text, other text, same integer, primary key(content, other)) without rowid;
"""
TABLES = ("files", "articles", "passages", "embedded", "signatures", "compared")


class Manifest:
    """One SQLite file. Safe to read from several threads. Everything raises ManifestError where SQLite fails."""

    def __init__(self, path: Path) -> None:
        self._folder = path.parent
        self._lock = threading.RLock()
        with self._translated():
            self._db = sqlite3.connect(path, check_same_thread=False, timeout=30, isolation_level=None)
            self._use_a_log()
            self._db.execute("pragma synchronous=full")
            self._drop_tables_of_another_schema()
            self._db.executescript(_TABLES)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise ManifestError.at(self._folder, error) from error

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
            self._db.executescript("".join(f"drop table if exists {table};" for table in TABLES))

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Any:
        """All that is written within it or nothing, and one commit; within another one it is part of that."""
        with self._lock, self._translated():
            if self._db.in_transaction:
                yield
                return
            self._db.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock, self._translated():
            return self._db.execute(sql, values).fetchall()

    def meta(self) -> dict[str, str]:
        return dict(self._rows("select key, value from meta"))

    def set_meta(self, **values: str) -> None:
        with self.transaction():
            self._db.executemany("insert or replace into meta values(?, ?)", list(values.items()))

    def files(self) -> dict[str, FileRecord]:
        return {row[0]: FileRecord(*row) for row in self._rows("select * from files order by path")}

    def article_keys(self) -> dict[str, ArticleKey]:
        return {row[0]: ArticleKey(*row[1:]) for row in self._rows("select id, path, sha256, alias_of from articles")}

    def articles(self) -> tuple[Article, ...]:
        """One for every source, with its aliases."""
        aliases: dict[str, list[Alias]] = {}
        for canonical, *rest in self._rows(f"select alias_of, {_ALIAS} from articles where alias_of is not null order by id"):
            aliases.setdefault(canonical, []).append(Alias(*rest))
        rows = self._rows(f"select {_ARTICLE} from articles where alias_of is null order by id")
        return tuple(replace(a, aliases=tuple(aliases.get(a.id, ()))) for a in map(_article, rows))

    def listed(self) -> tuple[Listed, ...]:
        """The same without their texts. The words were counted when the text was signed."""
        sql = (
            "with copies as (select alias_of id, count(*) n from articles where alias_of is not null group by alias_of), "
            "holding as (select distinct container path from files where container is not null) "
            "select a.id, a.title, a.outlet, a.published, a.path, coalesce(s.words, 0), coalesce(c.n, 0), "
            "f.path is not null and f.container is null and h.path is null "
            "from articles a left join files f on f.path = a.path left join signatures s on s.content = f.content "
            "left join copies c on c.id = a.id left join holding h on h.path = a.path where a.alias_of is null order by a.id"
        )
        return tuple(
            Listed(i, title, outlet, day, path, words, n, bool(alone)) for i, title, outlet, day, path, words, n, alone in self._rows(sql)
        )

    def outlets(self) -> tuple[str, ...]:
        sql = "select distinct outlet from articles where outlet != '' order by outlet"
        return tuple(row[0] for row in self._rows(sql))

    def revision(self) -> str:
        """Another whenever anything was written, by this connection or elsewhere; means nothing to another process."""
        return f"{self._db.total_changes}-{self.changes_elsewhere()}"

    def article(self, article_id: str) -> Article | None:
        """Also one that is counted as the same source as another."""
        rows = self._rows(f"select {_ARTICLE} from articles where id = ?", (article_id,))
        if not rows:
            return None
        aliases = self._rows(f"select {_ALIAS} from articles where alias_of = ? order by id", (article_id,))
        return replace(_article(rows[0]), aliases=tuple(Alias(*row) for row in aliases))

    def stored_article(self, path: str, sha256: str) -> Article | None:
        """The article that was read there and is the same in everything, whatever its id and whoever stands for it."""
        rows = self._rows(f"select {_ARTICLE} from articles where sha256 = ? and path = ?", (sha256, path))
        return replace(_article(rows[0]), alias_of=None) if rows else None

    def undated(self) -> int:
        """Articles whose date is not known, nor that of one that they stand for."""
        dated = "select alias_of from articles where alias_of is not null and published is not null"
        sql = f"select count(*) from articles where alias_of is null and published is null and id not in ({dated})"
        return int(self._rows(sql)[0][0])

    def standing(self) -> list[tuple[str, str | None, str | None, str | None, str | None]]:
        """Of every alias the id of the article that stands for it, that one's outlet and date, and its own."""
        sql = "select c.id, c.outlet, c.published, a.outlet, a.published from articles a join articles c on c.id = a.alias_of"
        return self._rows(sql)

    def counts(self) -> tuple[int, int]:
        """Articles that are no aliases, and passages."""
        (row,) = self._rows("select (select count(*) from articles where alias_of is null), (select count(*) from passages)")
        return row[0], row[1]

    def passage_ids(self, article_ids: Iterable[str] | None = None) -> list[str]:
        if article_ids is None:
            return [row[0] for row in self._rows("select id from passages order by id")]
        marks = json.dumps(list(article_ids))
        sql = "select id from passages where article_id in (select value from json_each(?)) order by id"
        return [row[0] for row in self._rows(sql, (marks,))]

    def any_passage_id(self) -> str | None:
        rows = self._rows("select id from passages limit 1")
        return rows[0][0] if rows else None

    def abouts(self) -> dict[str, About]:
        """What every passage can be filtered by, by its id."""
        sql = "select p.id, a.outlet, a.published from passages p join articles a on a.id = p.article_id"
        return {passage_id: About.of(outlet, published) for passage_id, outlet, published in self._rows(sql)}

    def bodies(self) -> Iterator[Body]:
        """Every passage as BM25 is given it, in the order of their ids."""
        sql = (
            "select p.id, substr(a.text, p.start + 1, p.end - p.start), a.outlet, a.published "
            "from passages p join articles a on a.id = p.article_id order by p.id"
        )
        for passage_id, text, outlet, published in self._rows(sql):
            yield Body(passage_id, text, About.of(outlet, published))

    def load(self, passage_ids: Sequence[str]) -> dict[str, StoredPassage]:
        """The passages that are there, by id; unknown ids are left out."""
        sql = (
            "select p.id, p.article_id, p.start, p.end, substr(a.text, p.start + 1, p.end - p.start), p.sentences, p.vectors, "
            "a.outlet, a.published "
            "from passages p join articles a on a.id = p.article_id where p.id in (select value from json_each(?))"
        )
        return {row[0]: _stored(row) for row in self._rows(sql, (json.dumps(list(passage_ids)),))}

    def signatures(self) -> dict[str, tuple[int, bytes]]:
        """How many words, and the MinHash signature, of every text, by the digest of its words."""
        return {row[0]: (row[1], row[2]) for row in self._rows("select content, words, signature from signatures order by content")}

    def signature_keys(self) -> list[str]:
        return [row[0] for row in self._rows("select content from signatures")]

    def compared(self) -> dict[tuple[str, str], bool]:
        """Pairs of texts whose words were compared, by their digests in order, and whether they are the same source."""
        return {(one, other): bool(same) for one, other, same in self._rows("select content, other, same from compared")}

    def changes_elsewhere(self) -> int:
        """A number that changes whenever another connection has written."""
        return int(self._rows("pragma data_version")[0][0])

    def embedded(self, digests: Iterable[str]) -> dict[str, bytes]:
        """Vectors that are known by the digest of their passage's words: stored ones, and those of a run that was stopped."""
        marks = json.dumps(list(digests))
        sql = "select digest, vectors from {} where digest in (select value from json_each(?))"
        return dict(self._rows(sql.format("passages"), (marks,)) + self._rows(sql.format("embedded"), (marks,)))

    def keep_embedded(self, vectors: dict[str, bytes]) -> None:
        with self.transaction():
            self._db.executemany("insert or replace into embedded values(?, ?)", list(vectors.items()))

    def publish(self, change: Change, meta: Mapping[str, str]) -> None:
        """Write what changed: all of it or nothing."""
        with self.transaction():
            self._db.executemany("delete from files where path = ?", [(path,) for path in change.files_gone])
            self._db.executemany(_insert("files", 12), [astuple(f) for f in change.files])
            self._db.executemany("delete from passages where article_id = ?", [(i,) for i in change.articles_gone])
            self._db.executemany("delete from articles where id = ?", [(i,) for i in change.articles_gone])
            for stored in change.articles:
                self._add(stored)
            self._db.executemany("delete from signatures where content = ?", [(c,) for c in change.contents_gone])
            self._db.executemany("delete from compared where content = ? or other = ?", [(c, c) for c in change.contents_gone])
            self._db.executemany(_insert("signatures", 3), [(c, *rest) for c, rest in change.signatures.items()])
            self._db.executemany(_insert("compared", 3), [(*pair, same) for pair, same in change.compared.items()])
            self._db.execute("delete from embedded")
            self.set_meta(**meta)

    def empty(self, **meta: str) -> None:
        """Forget everything but `meta`."""
        with self.transaction():
            for table in TABLES:
                self._db.execute(f"delete from {table}")
            self.set_meta(**meta)

    def _add(self, stored: ToStore) -> None:
        a = stored.article
        removed = json.dumps([asdict(r) for r in a.removed], ensure_ascii=False)
        about = (a.title, a.outlet, a.published, a.dateline, a.source, a.author, a.language, removed, a.text)
        self._db.execute(_insert("articles", 13), (a.id, a.path, stored.sha256, a.alias_of, *about))
        rows = [(p.id, p.article_id, p.start, p.end, json.dumps(p.sentences), digest, vectors) for p, digest, vectors in stored.passages]
        self._db.executemany(_insert("passages", 7), rows)


def _insert(table: str, columns: int) -> str:
    return f"insert or replace into {table} values({','.join('?' * columns)})"


_ARTICLE = "id, title, text, path, outlet, published, dateline, source, author, language, alias_of, removed"
_ALIAS = "id, title, outlet, published, path"


def _article(row: Sequence[Any]) -> Article:
    *about, alias_of, removed = row
    return replace(Article(*about), alias_of=alias_of, removed=tuple(Removed(**piece) for piece in json.loads(removed)))


def _stored(row: Sequence[Any]) -> StoredPassage:
    spans = tuple((s, e) for s, e in json.loads(row[5]))
    passage = Passage(row[0], row[1], row[2], row[3], row[4], spans)
    vectors = np.frombuffer(row[6], dtype=STORED).astype(np.float32).reshape(len(spans), -1)
    return StoredPassage(passage, vectors, About.of(row[7], row[8]))
