"""The index mends itself: after damage, and when the embedding model is another."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rag.embed import Embedder
from rag.errors import IndexUnavailable
from rag.index import Index
from rag.records import StoredPassage
from rag.settings import Settings
from tests.conftest import write_articles
from tests.harbour import again, agree, answers, embedded, vectors


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
    index.manifest._db.execute("pragma wal_checkpoint(truncate)")
    index.close()
    path = index.folder / "manifest.sqlite"
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)  # the header is whole: it opens
    path.write_bytes(data)
    opened = again(index)
    opened.update()
    assert answers(opened) == before
    assert len(messages) == 1 and messages[0].endswith("the index is built again.")
    opened.close()


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


def test_another_embedding_model_builds_the_index_again_with_a_message(
    index: Index, messages: list[str], tiny_model: Path, session_data_dir: Path
) -> None:
    other = index.settings.model_copy(update={"embedding_model": str(tiny_model)})
    index.close()
    opened = Index(index.corpus, other, messages.append)
    opened.update()
    agree(opened)
    assert (opened.manifest.meta()["dimension"], opened.manifest.meta()["state"]) == ("32", "ready")
    assert messages[-1] == (
        f"The index was made with {index.embedder.model}:{index.embedder.runtime}, "
        f"and the settings say {tiny_model}:{opened.embedder.runtime}: it is built again."
    )
    opened.close()


def test_vectors_of_a_stopped_run_are_not_mixed_with_those_of_another_model(
    corpus: Path, settings: Settings, embedder: Embedder, tiny_model: Path
) -> None:
    stopped = Index(corpus, settings)
    stopped.embedder = embedder
    with pytest.raises(KeyboardInterrupt):
        stopped.update(interrupt_when_embedded)
    stopped.close()
    opened = Index(corpus, settings.model_copy(update={"embedding_model": str(tiny_model)}))
    opened.update()
    assert {stored.vectors.shape[1] for stored in vectors(opened).values()} == {32}
    agree(opened)
    opened.close()


def interrupt_when_embedded(doing: str, done: int, total: int) -> None:
    if doing == "embedding" and done == total > 0:
        raise KeyboardInterrupt
