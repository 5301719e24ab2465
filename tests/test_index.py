"""The index follows its folder, and mends itself after damage, kills and changes of model."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import pytest
from chromadb.api.client import SharedSystemClient

from rag.embed import Embedder
from rag.encoders import Vectors
from rag.errors import CorpusError, IndexUnavailable, SettingError
from rag.index import Index
from rag.lexical import stems
from rag.manifest import StoredPassage
from rag.settings import Settings
from tests.conftest import Run, child_environment, own_settings, write_articles

HARBOUR = "Why was the harbour closed?"


@dataclass(frozen=True)
class CountingEmbedder(Embedder):
    """The real embedder; keeps what it was given to embed."""

    embedded: list[str] = field(default_factory=list)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded.extend(texts)
        return super().embed_passages(texts)


def counting(embedder: Embedder) -> CountingEmbedder:
    return CountingEmbedder(**{f.name: getattr(embedder, f.name) for f in fields(Embedder)})


@pytest.fixture
def messages() -> list[str]:
    return []


@pytest.fixture
def index(corpus: Path, settings: Settings, embedder: Embedder, messages: list[str]) -> Iterator[Index]:
    """An index of the harbour corpus, built."""
    made = Index(corpus, settings, messages.append)
    made.embedder = counting(embedder)
    made.update()
    yield made
    made.close()


def again(index: Index) -> Index:
    """The same index as the next process opens it, counting anew."""
    index.close()
    SharedSystemClient.clear_system_cache()  # Chroma would go on with what it has in memory
    opened = Index(index.corpus, index.settings, index.report)
    opened.embedder = counting(index.embedder)
    return opened


def embedded(index: Index) -> list[str]:
    assert isinstance(index.embedder, CountingEmbedder)
    return index.embedder.embedded


def agree(index: Index) -> set[str]:
    """The passages of the manifest, which both caches must have, each under its vector."""
    ids = set(index.manifest.passage_ids())
    assert index.caches.vectors.abouts() == index.manifest.abouts()
    assert index.caches.bm25.abouts() == index.manifest.abouts()
    for stored in index.load(sorted(ids)[:: len(ids) // 8 + 1]):
        assert stored.passage.id in [i for i, score in index.nearest(stored.mean, 5) if score > 0.999]
    return ids


def answers(index: Index) -> tuple[list[str], list[str]]:
    dense = index.nearest(index.embedder.embed_query(HARBOUR), 10)
    return [i for i, _ in dense], [i for i, _ in index.matching(stems(HARBOUR), 10)]


def vectors(index: Index) -> dict[str, StoredPassage]:
    return {stored.passage.id: stored for stored in index.load(index.manifest.passage_ids())}


# Following the folder


def test_a_build_has_every_passage_in_all_three_places(index: Index) -> None:
    assert {i.partition("#")[0] for i in agree(index)} == {"bridge", "harbour", "school"}
    assert index.manifest.counts() == (3, 3)
    assert len(embedded(index)) == 6


def test_opening_an_unchanged_corpus_embeds_nothing(index: Index) -> None:
    opened = again(index)
    report = opened.update()
    assert (report.unchanged, report.added, report.changed, report.removed) == (3, 0, 0, 0)
    assert embedded(opened) == []
    opened.close()


def test_asking_an_unchanged_corpus_imports_no_torch(index: Index, settings: Settings) -> None:
    program = (
        "import sys; from rag import Assistant; a = Assistant.open(sys.argv[1]); a.ask('Why was the harbour closed?'); "
        "print({'torch', 'sentence_transformers', 'transformers', 'gradio', 'llama_index'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program, str(index.corpus)]
    done = subprocess.run(command, env=child_environment(settings), text=True, capture_output=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_a_changed_file_changes_only_itself(index: Index) -> None:
    before = vectors(index)
    (index.corpus / "school.txt").write_text("The school in Tann was sold.")
    opened = again(index)
    report = opened.update()
    assert (report.unchanged, report.added, report.changed, report.removed) == (2, 0, 1, 0)
    assert embedded(opened) == ["The school in Tann was sold."]
    kept = {i for i in agree(opened) if not i.startswith("school")}
    assert kept == {i for i in before if not i.startswith("school")}
    opened.close()


def test_a_file_that_was_only_touched_is_not_embedded_again(index: Index) -> None:
    os.utime(index.corpus / "school.txt")
    opened = again(index)
    assert opened.update().unchanged == 3
    assert embedded(opened) == []
    opened.close()


def test_an_added_file_adds_only_itself(index: Index) -> None:
    before = agree(index)
    write_articles(index.corpus, {"sub/mill.md": "The mill burned down."})
    opened = again(index)
    assert opened.update().added == 1
    assert embedded(opened) == ["The mill burned down."]
    assert {i.partition("#")[0] for i in agree(opened) - before} == {"sub/mill"}
    opened.close()


def test_a_removed_file_is_gone_everywhere(index: Index) -> None:
    (index.corpus / "harbour.md").unlink()
    opened = again(index)
    assert opened.update().removed == 1
    assert embedded(opened) == []
    assert {i.partition("#")[0] for i in agree(opened)} == {"bridge", "school"}
    with pytest.raises(CorpusError, match=r"^There is no article 'harbour' in corpus\."):
        opened.article("harbour")
    opened.close()


def test_a_renamed_file_keeps_its_embedding(index: Index) -> None:
    (index.corpus / "harbour.md").rename(index.corpus / "port.md")
    opened = again(index)
    report = opened.update()
    assert (report.added, report.removed, report.unchanged) == (1, 1, 2)
    assert embedded(opened) == []
    assert {i.partition("#")[0] for i in agree(opened)} == {"bridge", "port", "school"}
    opened.close()


def test_an_article_whose_id_is_in_its_file_survives_a_rename_with_its_passages(index: Index) -> None:
    write_articles(index.corpus, {"mill.md": "---\nid: M\n---\nThe mill burned down."})
    index.update()
    before = agree(index)
    (index.corpus / "mill.md").rename(index.corpus / "windmill.md")
    index.update()
    assert agree(index) == before
    assert index.article("M").path == "windmill.md"


def test_when_the_first_of_two_equal_files_goes_the_other_takes_its_place(index: Index) -> None:
    shutil.copy(index.corpus / "harbour.md", index.corpus / "harbour-2.md")
    assert index.update().duplicates == 1
    (index.corpus / "harbour.md").unlink()
    report = index.update()
    assert (report.duplicates, report.removed, report.articles) == (0, 1, 3)
    assert {i.partition("#")[0] for i in agree(index)} == {"bridge", "harbour-2", "school"}


def test_the_last_article_cannot_be_taken_away_unnoticed(index: Index) -> None:
    for path in index.corpus.iterdir():
        path.unlink()
    with pytest.raises(CorpusError) as raised:
        index.update()
    assert str(raised.value) == f"The corpus folder {str(index.corpus)!r} is empty. Put .txt or .md articles into it."


# Damage


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


# Another model


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


# Stopped, killed, two at once

KILLED = """
import os, signal, sys
from pathlib import Path
import chromadb
from rag.index import Index, updating
from rag.settings import load_settings

when, function = sys.argv[2].split(" ")
updating.EMBED_AT_ONCE = 40

def kill(frame, event, argument):
    if event == when and frame.f_code.co_qualname == function:
        os.kill(os.getpid(), signal.SIGKILL)

opened = Index(Path(sys.argv[1]), load_settings())
sys.setprofile(kill)
opened.update()
"""


def generated(folder: Path, numbers: range, verb: str = "closed") -> Path:
    places = ["harbour", "bridge", "school", "mill", "market", "station", "library"]
    return write_articles(
        folder,
        {
            f"{n:02}.md": "\n\n".join(
                f"The {places[(n + k) % 7]} number {n} was {verb} in week {k}. It cost {n * k + 3} crowns."
                for k in range(2 if n % 10 else 16)
            )
            for n in numbers
        },
    )


def kill_while_indexing(corpus: Path, moment: str, settings: Settings) -> None:
    command = [sys.executable, "-c", KILLED, str(corpus), moment]
    done = subprocess.run(command, env=child_environment(settings), text=True, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, session_data_dir: Path, embedder: Embedder) -> Iterator[Index]:
    """What sixty generated articles become when nothing happens."""
    folder = tmp_path_factory.mktemp("fresh")
    settings = own_settings(session_data_dir, folder / "data")
    made = Index(generated(folder / "corpus", range(60)), settings)
    made.embedder = embedder
    made.update()
    yield made
    made.close()


def assert_equal(index: Index, fresh: Index) -> None:
    mine, theirs = vectors(index), vectors(fresh)
    assert agree(index) == set(theirs)
    assert {i: s.passage for i, s in mine.items()} == {i: s.passage for i, s in theirs.items()}
    # Not equal: int8 rounds by the largest number of a batch, and a resumed run has other batches.
    assert all((mine[i].vectors * theirs[i].vectors).sum(axis=1).min() > 0.97 for i in mine)
    assert index.manifest.meta()["state"] == "ready"
    assert index.manifest.embedded(["x"]) == {}


@pytest.mark.parametrize(
    "moment",
    ["return Manifest.keep_embedded", "call Caches.follow", "return VectorStore.upsert", "return Bm25._commit"],
)
def test_an_index_killed_while_it_is_built_goes_on_and_is_complete(
    moment: str, tmp_path: Path, settings: Settings, embedder: Embedder, fresh: Index
) -> None:
    corpus = generated(tmp_path / "corpus", range(60))
    kill_while_indexing(corpus, moment, settings)
    opened = Index(corpus, settings)
    opened.embedder = counting(embedder)
    opened.update()
    assert_equal(opened, fresh)
    if moment != "return Manifest.keep_embedded":
        assert embedded(opened) == []
    else:
        assert 0 < len(embedded(opened)) < sum(len(s.passage.sentences) for s in vectors(fresh).values())
    opened.close()


@pytest.mark.parametrize("moment", ["return VectorStore.delete", "return Bm25._commit", "call Manifest._add"])
def test_an_index_killed_while_it_follows_a_change_goes_on_and_is_complete(
    moment: str, tmp_path: Path, settings: Settings, embedder: Embedder, fresh: Index
) -> None:
    corpus = generated(tmp_path / "corpus", range(50, 62), verb="sold")
    first = Index(corpus, settings)
    first.embedder = embedder
    first.update()
    first.close()
    shutil.copytree(fresh.corpus, corpus, dirs_exist_ok=True)
    for n in (60, 61):
        (corpus / f"{n}.md").unlink()
    kill_while_indexing(corpus, moment, settings)
    opened = Index(corpus, settings)
    opened.embedder = embedder
    opened.update()
    assert_equal(opened, fresh)
    opened.close()


def test_ctrl_c_while_indexing_is_one_line_and_the_next_run_goes_on(
    tmp_path: Path, settings: Settings, embedder: Embedder, fresh: Index
) -> None:
    corpus = generated(tmp_path / "corpus", range(60))
    program = KILLED.replace("SIGKILL", "SIGINT").split("opened =")[0]
    program += "from rag.__main__ import main\nsys.setprofile(kill)\nmain(['index', sys.argv[1]])"
    command = [sys.executable, "-c", program, str(corpus), "return Manifest.keep_embedded"]
    done = subprocess.run(command, env=child_environment(settings), text=True, capture_output=True)
    assert (done.returncode, done.stdout) == (130, "")
    lines = done.stderr.strip().splitlines()
    assert lines[-1] == "Stopped. What was embedded is kept; the same command goes on from there."
    assert "Traceback" not in done.stderr
    opened = Index(corpus, settings)
    opened.embedder = counting(embedder)
    opened.update()
    assert_equal(opened, fresh)
    assert 0 < len(embedded(opened)) < sum(len(s.passage.sentences) for s in vectors(fresh).values())
    opened.close()


def test_two_processes_that_index_at_once_make_one_consistent_index(
    tmp_path: Path, settings: Settings, embedder: Embedder, fresh: Index
) -> None:
    corpus = generated(tmp_path / "corpus", range(60))
    command = [sys.executable, "-m", "rag", "index", str(corpus)]
    processes = [
        subprocess.Popen(
            command,
            cwd=tmp_path,
            env=child_environment(settings),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    ends = [(p.communicate(timeout=120), p.returncode) for p in processes]
    assert [code for _, code in ends] == [0, 0], ends
    assert sorted(out.split(",")[0] for (out, _), _ in ends) == ["0 added", "60 added"]
    opened = Index(corpus, settings)
    opened.embedder = embedder
    opened.update()
    assert_equal(opened, fresh)
    opened.close()


# Places that cannot be used


def test_a_file_in_the_place_of_the_data_directory_is_named(corpus: Path, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    unusable = settings.model_copy(update={"data_dir": tmp_path / "file"})
    with pytest.raises(SettingError) as raised:
        Index(corpus, unusable)
    assert str(raised.value) == (
        f"DATA_DIR={str(tmp_path / 'file')!r} cannot be written (Not a directory). Set DATA_DIR to a folder that can."
    )


def test_a_data_directory_inside_the_corpus_is_refused(corpus: Path, settings: Settings) -> None:
    inside = settings.model_copy(update={"data_dir": corpus / "data"})
    with pytest.raises(SettingError) as raised:
        Index(corpus, inside)
    assert str(raised.value) == f"DATA_DIR={str(corpus / 'data')!r} is inside the corpus folder. Choose one outside of it."
    assert not (corpus / "data").exists()


def test_a_corpus_that_is_missing_leaves_nothing_behind(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(CorpusError):
        Index(tmp_path / "nowhere", settings)
    assert not (settings.data_dir / "corpora").exists()


def test_two_corpora_of_one_name_have_indexes_of_their_own(tmp_path: Path, settings: Settings, embedder: Embedder) -> None:
    for place, text in (("a", "The mill burned down."), ("b", "The school was sold.")):
        index = Index(write_articles(tmp_path / place / "corpus", {"one.md": text}), settings)
        index.embedder = embedder
        index.update()
        assert index.article("one").text == text
        index.close()
    assert len(list((settings.data_dir / "corpora").iterdir())) == 2


# A Chroma server


@pytest.fixture(scope="module")
def chroma_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("chroma")
    folder = tmp_path_factory.mktemp("chroma")
    process = subprocess.Popen(
        [program, "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("chroma run did not start")


def test_a_chroma_server_holds_the_same_index(corpus: Path, settings: Settings, embedder: Embedder, chroma_url: str, index: Index) -> None:
    remote = Index(corpus, own_settings(settings.data_dir, settings.data_dir / "remote", chroma_url=chroma_url))
    remote.embedder = embedder
    remote.update()
    assert (agree(remote), answers(remote)) == (agree(index), answers(index))
    (corpus / "harbour.md").unlink()
    remote.update()
    assert {i.partition("#")[0] for i in agree(remote)} == {"bridge", "school"}
    remote.close()


def test_a_chroma_server_takes_another_model_s_vectors(
    corpus: Path, settings: Settings, embedder: Embedder, chroma_url: str, tiny_model: Path
) -> None:
    first = Index(corpus, settings.model_copy(update={"chroma_url": chroma_url}))
    first.embedder = embedder
    first.update()
    first.close()
    other = settings.model_copy(update={"chroma_url": chroma_url, "embedding_model": str(tiny_model)})
    opened = Index(corpus, other)
    opened.update()
    assert len(agree(opened)) == 3
    opened.close()


def test_a_chroma_server_that_lost_everything_is_filled_again(
    corpus: Path, settings: Settings, embedder: Embedder, chroma_url: str, messages: list[str]
) -> None:
    remote = Index(corpus, settings.model_copy(update={"chroma_url": chroma_url}), messages.append)
    remote.embedder = counting(embedder)
    remote.update()
    remote.caches.vectors.delete(sorted(remote.caches.vectors.abouts()))
    opened = again(remote)
    opened.update()
    assert len(agree(opened)) == 3 and embedded(opened) == []
    assert messages == ["The vector store does not agree with the manifest (it has 0 of 3 passages); it is made again."]
    opened.close()


def test_a_chroma_server_that_does_not_answer_is_one_clear_line(run: Run, corpus: Path) -> None:
    done = run("rag", "index", str(corpus), CHROMA_URL="http://127.0.0.1:9")
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "Error: No Chroma server answers at CHROMA_URL=http://127.0.0.1:9. Start one with `chroma run`, or leave CHROMA_URL empty.\n",
    )


def test_switching_to_a_chroma_server_brings_the_passages_along(index: Index, chroma_url: str, messages: list[str]) -> None:
    before = answers(index)
    index.close()
    remote = Index(index.corpus, index.settings.model_copy(update={"chroma_url": chroma_url}), messages.append)
    remote.embedder = counting(index.embedder)
    remote.update()
    assert answers(remote) == before
    assert embedded(remote) == []
    remote.close()


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
