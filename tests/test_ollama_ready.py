"""Whether there is a model to write with, and what to do where there is none."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rag.errors import ModelUnavailable
from rag.writers import DraftSentence
from rag.writers.ollama import Readiness, probe
from rag.writers.server import address
from tests.ollama_server import Script, scripted_ollama
from tests.written import sentences, settings, write


def readiness(script: Script, **more: object) -> Readiness:
    with scripted_ollama(script) as server:
        found = probe(settings(server.host, **more))
    return Readiness(found.ready, found.model, found.reason.replace(server.host, "HOST"), found.installed, found.window)


def test_a_model_that_is_there_is_ready() -> None:
    expected = Readiness(True, "tiny:1b", "Ollama 0.32.15 at HOST has tiny:1b.", ("tiny:1b",), 8192)
    assert readiness(Script()) == expected


def test_a_model_that_is_missing_names_the_command_and_what_is_installed() -> None:
    assert readiness(Script(model="other:3b"), ollama_model="tiny:1b") == Readiness(
        False,
        "tiny:1b",
        "Ollama at HOST does not have the model tiny:1b: get it with `ollama pull tiny:1b`. Installed: other:3b.",
        ("other:3b",),
        8192,
    )


@pytest.mark.parametrize(
    "script", [Script(model="big:cloud"), Script(model="big:1t-cloud"), Script(model="big:1b", remote_host="https://x")]
)
def test_a_cloud_model_is_refused_unless_allowed(script: Script) -> None:
    refused = readiness(script, ollama_model=script.model)
    assert (refused.ready, refused.reason) == (
        False,
        f"{script.model} is a cloud model, which sends the passages off this machine: "
        "choose a local OLLAMA_MODEL, or set OLLAMA_ALLOW_CLOUD=true.",
    )
    assert readiness(script, ollama_model=script.model, ollama_allow_cloud=True).ready


def test_a_cloud_model_never_receives_a_passage() -> None:
    with scripted_ollama(Script(remote_host="https://x")) as server:
        with pytest.raises(ModelUnavailable):
            write(server)
        assert server.bodies("/api/chat") == []


def test_an_embedding_model_cannot_write() -> None:
    found = readiness(Script(capabilities=("embedding",)))
    assert (found.ready, found.reason) == (
        False,
        "tiny:1b only makes embeddings and cannot write: choose another OLLAMA_MODEL.",
    )


@pytest.mark.parametrize("version", [(404, "404 page not found"), (200, "<html>hello</html>"), (200, {"object": "list"}), (200, [1])])
def test_something_else_on_the_port_is_told_apart(version: tuple[int, object]) -> None:
    found = readiness(Script(version=version))
    assert found.reason == "What answers at HOST is not Ollama: correct OLLAMA_HOST (Ollama's own port is 11434)."


def test_a_redirect_is_not_followed_because_it_would_take_the_passages_elsewhere() -> None:
    found = readiness(Script(version=(307, "")))
    assert found.reason == ("HOST sends requests elsewhere: set OLLAMA_HOST to the address of the Ollama server itself.")


def test_no_server_names_the_address_and_the_command() -> None:
    with scripted_ollama(Script()) as server:
        host = server.host
    assert probe(settings(host)) == Readiness(
        False,
        "tiny:1b",
        f"Ollama does not answer at {host}: start it with `ollama serve`, or correct OLLAMA_HOST.",
    )


def test_a_name_that_cannot_be_resolved_is_told_apart() -> None:
    assert probe(settings("http://no-such-host.invalid")).reason == (
        "The name in OLLAMA_HOST (http://no-such-host.invalid:11434) cannot be resolved: correct it; on this machine it is 127.0.0.1."
    )


def test_a_host_that_is_no_address_is_told_apart() -> None:
    assert probe(settings("127.0.0.1:notaport")).reason == (
        "OLLAMA_HOST is 127.0.0.1:notaport, which is no address: write one such as http://127.0.0.1:11434."
    )


def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert sentences(Script(words=("It fell. [000]",))) == [DraftSentence("It fell.", ("000",))]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("http://gpu.local", "http://gpu.local:11434"),
        ("http://gpu.local:80/", "http://gpu.local:80"),
        ("https://gpu.local/ollama/", "https://gpu.local:443/ollama"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("http://0.0.0.0:1234", "http://127.0.0.1:1234"),
        ("[::]:1234", "http://[::1]:1234"),
        (":1234", "http://127.0.0.1:1234"),
        (" HTTP://LOCALHOST:1 ", "http://localhost:1"),
    ],
)
def test_an_address_is_read_as_people_mean_it(host: str, expected: str) -> None:
    assert address(host) == expected


def test_importing_the_writer_loads_none_of_the_heavy_libraries() -> None:
    check = "import sys, rag.writers.ollama; print({'ollama', 'httpx', 'llama_index', 'sentencex'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
