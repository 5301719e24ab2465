"""Every failure of a model or its server is one clear sentence with the fix."""

from __future__ import annotations

import inspect
import re

import httpx
import ollama
import pytest

from rag.errors import ModelUnavailable
from rag.writers.failures import explain
from rag.writers.ollama import OllamaWriter
from tests.ollama_server import Script, scripted_ollama
from tests.written import EVIDENCE, QUESTION, failure, settings


@pytest.mark.parametrize("end", ["reset", "cut", "no done"])
def test_a_server_that_dies_in_the_middle_of_a_sentence_is_a_clear_failure(end: str) -> None:
    said = failure(Script(words=("It fell. [000] ", "The unit "), end=end))  # type: ignore[arg-type]
    assert said == "Ollama at HOST broke off in the middle of its answer: see that `ollama serve` runs, and ask again."


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (
            Script(status=503, error="server busy, please try again.  maximum pending requests exceeded"),
            "Ollama at HOST is busy with other requests: wait a moment and ask again.",
        ),
        (
            Script(status=500, error="model requires more system memory (36.0 GiB) than is available (8.0 GiB)"),
            "The model tiny:1b stopped on the server (model requires more system memory (36.0 GiB) than is available "
            "(8.0 GiB)): lower OLLAMA_NUM_CTX, or choose a smaller OLLAMA_MODEL.",
        ),
        (
            Script(words=("It ",), end="error", error="model runner has unexpectedly stopped"),
            "The model tiny:1b stopped on the server (model runner has unexpectedly stopped): "
            "lower OLLAMA_NUM_CTX, or choose a smaller OLLAMA_MODEL.",
        ),
        (
            Script(words=("It ",), end="error", error="unknown\nfault."),
            "Ollama at HOST cannot answer with tiny:1b (unknown fault): see its log, or choose another OLLAMA_MODEL.",
        ),
        (
            Script(words=("It ",), end="garbage"),
            "The reply from HOST cannot be read: correct OLLAMA_HOST, or take away the proxy in between.",
        ),
        (Script(), "tiny:1b answered with nothing: ask again, or choose another OLLAMA_MODEL."),
        (Script(words=(" ", "[000]")), "tiny:1b answered with nothing: ask again, or choose another OLLAMA_MODEL."),
        (
            Script(thinking=("Hmm",), done_reason="length"),
            "tiny:1b only thought and wrote no answer: choose an OLLAMA_MODEL that does not think.",
        ),
        (
            Script(words=("<think>", "Hmm"), done_reason="length"),
            "tiny:1b only thought and wrote no answer: choose an OLLAMA_MODEL that does not think.",
        ),
        (
            Script(words=("It fell. [000]",), prompt_eval_count=8192),
            "The prompt was larger than the model's window of 8192 tokens, so the draft cannot be trusted: raise OLLAMA_NUM_CTX.",
        ),
        (Script(pulled=False), "Ollama at HOST does not have the model tiny:1b: get it with `ollama pull tiny:1b`."),
    ],
)
def test_every_misbehaviour_is_one_clear_sentence_with_its_fix(script: Script, sentence: str) -> None:
    assert failure(script) == sentence


def test_a_server_busy_before_the_model_is_loaded_is_a_clear_failure() -> None:
    said = failure(Script(loaded_window=0, status=503, error="server busy"))
    assert said == "Ollama at HOST is busy with other requests: wait a moment and ask again."


def test_a_server_silent_for_longer_than_the_setting_is_a_clear_failure() -> None:
    said = failure(Script(prefill_s=3.0), ollama_timeout_s=0.3)
    assert said == (
        "Ollama at HOST was silent for too long: restart `ollama serve`, choose a smaller OLLAMA_MODEL than tiny:1b, "
        "or raise OLLAMA_TIMEOUT_S."
    )


def test_a_server_that_freezes_while_it_loads_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.writers.server.READ_S", 0.2)
    with scripted_ollama(Script(loaded_window=0, load_s=3.0)) as server:
        draft = OllamaWriter(settings(server.host, ollama_timeout_s=0.5)).write(QUESTION, EVIDENCE)
        next(draft)
        server.frozen.set()
        with pytest.raises(ModelUnavailable, match="was silent for too long: restart `ollama serve`"):
            list(draft)


def foreign_errors() -> list[BaseException]:
    """One of each exception class that the two libraries define, made the way they make it."""
    request = httpx.Request("POST", "http://127.0.0.1:11434/api/chat")
    response = httpx.Response(302, request=request)
    made: list[BaseException] = []
    for library in (httpx, ollama):
        for _, kind in sorted(inspect.getmembers(library, inspect.isclass)):
            if not issubclass(kind, Exception):
                continue
            if issubclass(kind, httpx.HTTPStatusError):
                made.append(kind("said", request=request, response=response))
            elif len(inspect.signature(kind.__init__).parameters) == 1:
                made.append(kind())
            else:
                made.append(kind("said"))
    return made


def test_no_exception_of_the_libraries_is_left_without_its_own_sentence() -> None:
    errors = foreign_errors()
    assert len(errors) >= 25
    for error in errors:
        said = explain(error, "HOST", "tiny:1b")
        assert re.fullmatch(r"[^\n]+: [^\n]+\.", said) and "failed (" not in said, (error, said)


@pytest.mark.parametrize("status", [301, 400, 401, 404, 500, 502, 503])
def test_every_status_has_a_sentence_that_names_a_fix(status: int) -> None:
    said = explain(ollama.ResponseError("said", status), "HOST", "tiny:1b")
    assert re.fullmatch(r"[^\n]+: [^\n]+\.", said)
