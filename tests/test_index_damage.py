"""The index mends itself after damage."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from rag.assistant import Assistant
from rag.bm25 import Bm25Busy
from rag.doctor import examine
from rag.errors import IndexUnavailable
from rag.index import Index
from rag.lexical import stems
from rag.records import StoredPassage
from tests.conftest import write_articles
from tests.harbour import again, agree, answers, embedded


def damaged(index: Index, damage: str) -> None:
    chroma = index.folder / "chroma-0"
    match damage:
        case "no Chroma":
            shutil.rmtree(chroma)
        case "garbage in Chroma":
            (chroma / "chroma.sqlite3").write_bytes(b"garbage" * 3000)
        case "empty Chroma":
            (chroma / "chroma.sqlite3").write_bytes(b"")
        case "no BM25":
            shutil.rmtree(index.folder / "bm25")
        case "emptied BM25":
            shutil.rmtree(index.folder / "bm25")
            (index.folder / "bm25").mkdir()
        case "garbage in BM25":
            (index.folder / "bm25" / "meta.json").write_text("garbage")


def garble(manifest: Path) -> None:
    """All of it but the header: it opens."""
    with closing(sqlite3.connect(manifest)) as db:
        db.execute("pragma wal_checkpoint(truncate)")
    data = bytearray(manifest.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    manifest.write_bytes(data)


def garble_table(manifest: Path, table: str) -> None:
    with closing(sqlite3.connect(manifest)) as db:
        db.execute("pragma wal_checkpoint(truncate)")
        pages = [page for (page,) in db.execute("select rootpage from sqlite_master where tbl_name = ?", (table,))]
        (size,) = db.execute("pragma page_size").fetchone()
    data = bytearray(manifest.read_bytes())
    for page in pages:
        data[(page - 1) * size : page * size] = b"\xff" * size
    manifest.write_bytes(data)


DAMAGES = ["no Chroma", "garbage in Chroma", "empty Chroma", "no BM25", "emptied BM25", "garbage in BM25"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_made_again_with_a_message_and_without_embedding(index: Index, damage: str, messages: list[str]) -> None:
    before = answers(index)
    index.close()
    damaged(index, damage)
    opened = again(index)
    opened.update()
    assert answers(opened) == before
    assert embedded(opened) == []
    agree(opened)
    assert len(messages) == 1 and "made again" in messages[0] and "\n" not in messages[0]
    opened.close()


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_mended_by_the_update_that_first_meets_it(index: Index, damage: str) -> None:
    index.close()
    damaged(index, damage)
    write_articles(index.corpus, {"mill.md": "The mill burned down."})
    opened = again(index)
    opened.update()
    assert {i.partition("#")[0] for i in agree(opened)} == {"bridge", "harbour", "mill", "school"}
    assert embedded(opened) == ["The mill burned down."]
    opened.close()


@pytest.mark.parametrize("kind", ["idx", "store", "term"])
def test_damage_inside_bm25_is_mended_by_the_question_that_meets_it(index: Index, kind: str, messages: list[str]) -> None:
    before = answers(index)
    index.close()
    for file in (index.folder / "bm25").glob(f"*.{kind}"):
        size = file.stat().st_size
        file.write_bytes(b"\xff" * (size // 2) + file.read_bytes()[size // 2 :])
    opened = again(index)
    opened.update()
    assert (answers(opened), opened.has(stems("harbour")[0])) == (before, True)
    assert len(messages) == 1 and messages[0].endswith("it is made again from the manifest.")
    opened.close()


def test_a_bm25_index_that_another_program_writes_is_one_line_and_stays(index: Index, messages: list[str]) -> None:
    writer = index.caches.bm25._writer()
    with pytest.raises(Bm25Busy):
        index.caches.words(lambda bm25: bm25.replace(set(), []))
    del writer
    assert (agree(index) == set(index.manifest.passage_ids()), messages) == (True, [])


@pytest.mark.parametrize("table", ["articles", "passages"])
def test_a_damaged_manifest_is_one_line_for_the_question_that_meets_it_and_the_next_update_builds_it_again(
    index: Index, table: str, messages: list[str]
) -> None:
    before = answers(index)
    index.close()
    garble_table(index.folder / "manifest.sqlite", table)
    opened = again(index)
    asking = Assistant(opened, index.settings)
    with pytest.raises(IndexUnavailable) as raised:
        asking.ask("Who built the harbour?")
    assert str(raised.value) == (
        f"The index in {index.folder} cannot be used (database disk image is malformed). Is the disk full or read-only? "
        "If not, delete that folder; it is made again."
    )
    opened.update()
    assert answers(opened) == before
    opened.close()


def test_doctor_says_that_a_manifest_is_damaged(index: Index) -> None:
    index.close()
    garble_table(index.folder / "manifest.sqlite", "passages")
    (check,) = [check for check in examine(index.corpus, index.settings) if check.what == "index"]
    assert (check.ok, check.fix) == (False, f"delete {index.folder}; it is made again")


def test_vectors_that_belong_to_other_passages_are_noticed(index: Index, messages: list[str]) -> None:
    first, *_ = index.load(index.manifest.passage_ids()[:1])
    index.caches.vectors.upsert([StoredPassage(first.passage, -first.vectors)])
    opened = again(index)
    opened.update()
    agree(opened)
    assert messages == [
        "The vector store does not agree with the manifest (it does not find a passage by its own vector); it is made again."
    ]
    opened.close()


def test_a_garbage_manifest_is_said_and_everything_built_again(index: Index, messages: list[str]) -> None:
    before = answers(index), agree(index)
    index.close()
    for name in ("manifest.sqlite-wal", "manifest.sqlite-shm"):
        (index.folder / name).unlink(missing_ok=True)
    (index.folder / "manifest.sqlite").write_bytes(b"garbage" * 3000)
    opened = again(index)
    assert opened.update().added == 3
    assert (answers(opened), agree(opened)) == before
    assert messages == ["The manifest is damaged (file is not a database); the index is built again."]
    opened.close()


def test_a_damaged_page_of_the_manifest_is_a_message_and_not_a_stack_trace(index: Index, messages: list[str]) -> None:
    before = answers(index)
    index.close()
    garble(index.folder / "manifest.sqlite")
    opened = again(index)
    opened.update()
    assert answers(opened) == before
    assert len(messages) == 1 and messages[0].endswith("the index is built again.")
    opened.close()


def test_whoever_asks_while_the_index_is_built_again_waits_for_it(index: Index) -> None:
    free: list[bool] = []

    def try_to_ask() -> None:
        free.append(index.lock.acquire(blocking=False))
        if free[-1]:
            index.lock.release()

    def damage_said(message: str) -> None:
        asking = threading.Thread(target=try_to_ask)
        asking.start()
        asking.join()

    index.report = damage_said
    garble(index.folder / "manifest.sqlite")
    write_articles(index.corpus, {"mill.md": "The mill burned down."})
    index.update()
    assert free == [False]


def test_an_error_of_the_manifest_that_is_no_damage_costs_nothing(index: Index, messages: list[str]) -> None:
    before = answers(index)

    def fail(doing: str, done: int, total: int) -> None:
        index.manifest.set_meta(state=cast(str, None))

    write_articles(index.corpus, {"mill.md": "The mill burned down."})
    with pytest.raises(IndexUnavailable, match="NOT NULL constraint failed"):
        index.update(fail)
    assert (answers(index), messages) == (before, [])


def test_an_update_that_ends_while_passages_are_loaded_takes_none_of_them_away(index: Index) -> None:
    class Updating(dict[str, StoredPassage]):
        """A question that is just loading when an update of another thread ends."""

        def __getitem__(self, passage_id: str) -> StoredPassage:
            index.update()
            return super().__getitem__(passage_id)

    ids = index.manifest.passage_ids()
    index._loaded = Updating(index.manifest.load(ids))
    assert [stored.passage.id for stored in index.load(ids)] == ids


def test_a_manifest_that_another_program_holds_is_one_clear_line(index: Index) -> None:
    index.close()
    path = index.folder / "manifest.sqlite"
    for name in ("manifest.sqlite", "manifest.sqlite-wal", "manifest.sqlite-shm"):
        (index.folder / name).unlink(missing_ok=True)
    path.mkdir()
    with pytest.raises(IndexUnavailable) as raised:
        Index(index.corpus, index.settings)
    assert str(raised.value) == (
        f"The index in {index.folder} cannot be used (unable to open database file). Is the disk full or read-only? "
        "If not, delete that folder; it is made again."
    )
