"""The same index in a Chroma server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.embed import Embedder
from rag.index import Index
from rag.settings import Settings
from tests.conftest import Run, own_settings
from tests.harbour import again, agree, answers, counting, embedded

ASK = """
import sys, time
from rag.chroma import connected
collection = connected(sys.argv[1]).get_or_create_collection("traced", embedding_function=None)
collection.upsert(ids=["a"], embeddings=[[1.0, 0.0]])
print(collection.query(query_embeddings=[[1.0, 0.0]], n_results=1)["ids"])
time.sleep(1)
"""


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


@pytest.mark.parametrize("own", [{}, {"NO_PROXY": "intern.example"}, {"no_proxy": "intern.example"}], ids=["none", "NO_PROXY", "no_proxy"])
def test_a_proxy_that_is_named_in_the_environment_is_sent_no_passage(chroma_url: str, own: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(0.1)
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        named = {name: address for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")}
        unset = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
        program = [sys.executable, "-c", f"{ASK}\nimport urllib.request\nprint(urllib.request.getproxies()['no'])", chroma_url]
        done = subprocess.run(program, text=True, capture_output=True, timeout=60, env=unset | named | own)
        assert done.stdout == f"[['a']]\n{','.join([*own.values(), '127.0.0.1'])}\n", done.stderr
        with pytest.raises(TimeoutError):
            proxy.accept()


def test_a_collector_of_traces_that_is_named_in_the_environment_hears_nothing(chroma_url: str) -> None:
    """Chroma's client would send it every question, with the words of the passages."""
    with socket.create_server(("127.0.0.1", 0)) as collector:
        collector.settimeout(0.1)
        named = {
            "CHROMA_OTEL_COLLECTION_ENDPOINT": f"http://127.0.0.1:{collector.getsockname()[1]}",
            "CHROMA_OTEL_GRANULARITY": "all",
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }
        program = [sys.executable, "-c", ASK, chroma_url]
        done = subprocess.run(program, text=True, capture_output=True, check=True, env=os.environ | named)
        assert done.stdout == "[['a']]\n"
        with pytest.raises(TimeoutError):
            collector.accept()
