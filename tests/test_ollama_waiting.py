"""A model that loads, is stopped, or does not stop by itself."""

from __future__ import annotations

import time

from rag.types import Progress
from rag.writers import DraftSentence
from rag.writers.ollama import OllamaWriter
from tests.ollama_server import Script, scripted_ollama
from tests.written import EVIDENCE, QUESTION, failure, settings, without_drafts, write


def test_a_cold_load_is_told_second_by_second_and_uses_the_same_window() -> None:
    with scripted_ollama(Script(loaded_window=0, load_s=2.5, words=("It fell. [000]",))) as server:
        pieces = write(server, ollama_num_ctx=4096, ollama_keep_alive="-1", ollama_timeout_s=1.0)
        load, chat = server.bodies("/api/chat")
    loading = "loading the model tiny:1b …"
    assert without_drafts(pieces) == [
        Progress(loading),
        Progress(f"{loading} 1 s"),
        Progress(f"{loading} 2 s"),
        DraftSentence("It fell.", ("000",)),
    ]
    assert load == {
        "model": "tiny:1b",
        "messages": [],
        "tools": [],
        "stream": False,
        "keep_alive": -1.0,
        "options": {"num_ctx": 4096},
    }
    assert chat["options"]["num_ctx"] == 4096


def test_a_model_that_is_not_kept_is_still_loaded_first() -> None:
    with scripted_ollama(Script(loaded_window=0, words=("It fell. [000]",))) as server:
        write(server, ollama_keep_alive="0s")
        assert [body["keep_alive"] for body in server.bodies("/api/chat")] == [60.0, 0.0]


def test_a_long_silence_before_the_first_word_is_told_too() -> None:
    with scripted_ollama(Script(prefill_s=1.5, words=("It fell. [000]",))) as server:
        draft = OllamaWriter(settings(server.host)).write(QUESTION, EVIDENCE)
        assert next(draft) == Progress("the model is reading the passages … 1 s")


def test_closing_the_draft_hangs_up_at_once() -> None:
    with scripted_ollama(Script(words=tuple(f"Fact {n} is new. " for n in range(999)), end="for ever")) as server:
        draft = OllamaWriter(settings(server.host, ollama_num_predict=4096, ollama_num_ctx=32768)).write(QUESTION, EVIDENCE)
        while not isinstance(next(draft), DraftSentence):
            pass
        began = time.monotonic()
        draft.close()  # type: ignore[attr-defined]
        assert server.hung_up.wait(2.0)
    assert time.monotonic() - began < 2.0


def test_closing_hangs_up_even_while_the_model_is_silent() -> None:
    with scripted_ollama(Script(prefill_s=5.0, words=("It fell.",) * 50)) as server:
        draft = OllamaWriter(settings(server.host)).write(QUESTION, EVIDENCE)
        assert next(draft) == Progress("the model is reading the passages … 1 s")
        began = time.monotonic()
        draft.close()  # type: ignore[attr-defined]
        assert time.monotonic() - began < 1.0


def test_closing_hangs_up_while_the_model_loads() -> None:
    with scripted_ollama(Script(loaded_window=0, load_s=5.0)) as server:
        draft = OllamaWriter(settings(server.host)).write(QUESTION, EVIDENCE)
        assert [next(draft), next(draft)][-1] == Progress("loading the model tiny:1b … 1 s")
        began = time.monotonic()
        draft.close()  # type: ignore[attr-defined]
        assert time.monotonic() - began < 1.0
        assert len(server.bodies("/api/chat")) == 1


def test_a_model_that_repeats_a_sentence_for_ever_is_stopped_at_the_third() -> None:
    with scripted_ollama(Script(words=("It ", "fell. ", "[000] "), end="for ever")) as server:
        pieces = write(server, ollama_num_predict=4096, ollama_num_ctx=32768)
        assert without_drafts(pieces) == [
            Progress("loading the model tiny:1b …"),
            DraftSentence("It fell.", ("000",)),
            Progress("The model repeats itself and was stopped: choose a larger OLLAMA_MODEL if this happens often.", lasts=True),
        ]
        assert server.hung_up.wait(2.0)


def test_a_loop_without_the_end_of_a_sentence_is_stopped() -> None:
    said = failure(Script(words=("and", " the", " unit,"), end="for ever"))
    assert said == "tiny:1b only repeated itself and was stopped: choose a larger OLLAMA_MODEL."


def test_a_server_that_ignores_the_token_limit_is_stopped() -> None:
    words = tuple(f"Fact {n} is new. " for n in range(999))
    with scripted_ollama(Script(words=words, end="for ever")) as server:
        pieces = write(server, ollama_num_predict=32)
        assert pieces[-1] == Progress("The model did not stop at 32 tokens and was stopped.", lasts=True)
        assert server.hung_up.wait(2.0)


def test_a_sentence_cut_by_the_token_limit_is_left_out() -> None:
    with scripted_ollama(Script(words=("It fell. [000] ", "It cost 1"), done_reason="length")) as server:
        pieces = write(server)
    assert without_drafts(pieces) == [
        DraftSentence("It fell.", ("000",)),
        Progress("The draft reached 400 tokens and was cut: raise OLLAMA_NUM_PREDICT.", lasts=True),
    ]
