"""An index that is stopped, killed or written by two at once ends as if nothing had happened."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.embed import Embedder
from rag.errors import IndexUnavailable, ManifestError
from rag.index import Index, updating
from rag.index.reading import CLOSED
from rag.manifest import Manifest
from rag.settings import Settings
from tests.conftest import child_environment, own_settings, write_articles
from tests.harbour import agree, counting, embedded, vectors

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


def test_closing_stops_an_update_of_another_thread_and_keeps_what_it_embedded(
    tmp_path: Path, settings: Settings, embedder: Embedder, fresh: Index, messages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updating, "EMBED_AT_ONCE", 40)
    index = Index(generated(tmp_path / "corpus", range(60)), settings, messages.append)
    index.embedder = embedder
    closing = threading.Thread(target=index.close)

    def close_when_embedding(doing: str, done: int, total: int) -> None:
        if doing == "embedding" and not closing.ident:
            closing.start()
            assert index.closed.wait(60)

    with pytest.raises(IndexUnavailable) as raised:
        index.update(close_when_embedding)
    closing.join()
    assert str(raised.value) == CLOSED
    assert messages == []
    opened = Index(index.corpus, settings)
    opened.embedder = counting(embedder)
    opened.update()
    assert_equal(opened, fresh)
    assert len(embedded(opened)) == sum(len(s.passage.sentences) for s in vectors(fresh).values()) - sum(
        len(s.passage.sentences) for s in list(vectors(fresh).values())[:40]
    )
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


def test_asking_after_closing_is_one_line_that_says_so(index: Index) -> None:
    assistant = Assistant(index, index.settings)
    assistant.close()
    with pytest.raises(IndexUnavailable) as raised:
        assistant.ask("Who built the harbour?")
    assert str(raised.value) == "The index is closed. Open it again with Assistant.open."


def test_the_vectors_of_a_batch_are_kept_in_one_commit(tmp_path: Path) -> None:
    """Each commit waits for the disk: one for every passage took twenty times as long."""
    manifest = Manifest(tmp_path / "manifest.sqlite")
    torn: dict[str, Any] = {"a": b"first", "b": object()}
    with pytest.raises(ManifestError):
        manifest.keep_embedded(torn)
    with pytest.raises(ManifestError):
        manifest.set_meta(**torn)
    assert (manifest.embedded(["a"]), manifest.meta()) == ({}, {})
    manifest.keep_embedded({"a": b"first", "b": b"second"})
    manifest.set_meta(a="first", b="second")
    assert (manifest.embedded(["a", "b"]), manifest.meta()) == ({"a": b"first", "b": b"second"}, {"a": "first", "b": "second"})
    manifest.close()
