"""The Ollama writer with a real server and a real model, which answers badly: nothing here depends on what it says."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rag import Assistant
from rag.embed import Embedder
from rag.errors import ModelUnavailable
from rag.judges import open_judge
from rag.prompts import TEMPLATE_TOKENS, compose, estimate_tokens
from rag.quotations import Source
from rag.settings import Settings
from rag.types import Draft, Evidence, Passage, Progress
from rag.writers import DraftPiece, DraftSentence
from rag.writers.ollama import OllamaWriter, probe
from tests.conftest import own_settings
from tests.real_ollama import RealOllama

pytestmark = pytest.mark.models

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
QUESTION = "Which unit leads the offensive into western Mosul, and why do its men fight?"
LOADING = "loading the model smollm2:135m …"


def settings(server: RealOllama, **more: object) -> Settings:
    values: dict[str, object] = {
        "ollama_host": server.host,
        "ollama_model": server.model,
        "ollama_num_ctx": 2048,
        **more,
    }
    return Settings(_env_file=None, **values)  # type: ignore[arg-type, call-arg]


def evidence(passages: int) -> list[Evidence]:
    """Passages of three hundred characters from the seed articles: two cores read a short prompt quickly."""
    found: list[Evidence] = []
    for path in sorted(SEEDS.glob("*.md")):
        text = path.read_text(encoding="utf-8").split("---\n", 2)[-1]
        for start in range(0, len(text) - 300, 300):
            part = text[start : start + 300]
            passage = Passage(f"{path.stem}#{start}", path.stem[:3], start, start + 300, part, ((start, start + 300),))
            found.append(Evidence(passage, 1.0, len(found) + 1))
    return found[:passages]


def whatever(server: RealOllama, passages: int = 2, **more: object) -> list[DraftPiece]:
    """All pieces of a draft; this model may well repeat itself until it is stopped, or finish no sentence."""
    pieces: list[DraftPiece] = []
    try:
        for piece in OllamaWriter(settings(server, **more)).write(QUESTION, evidence(passages)):
            pieces.append(piece)
    except ModelUnavailable as error:
        assert str(error).startswith(("smollm2:135m only repeated", "smollm2:135m finished no sentence")), error
    return pieces


def pieces_until_draft(server: RealOllama, **more: object) -> tuple[list[DraftPiece], Iterator[DraftPiece]]:
    written = OllamaWriter(settings(server, **more)).write(QUESTION, evidence(2))
    seen: list[DraftPiece] = []
    for piece in written:
        seen.append(piece)
        if isinstance(piece, Draft):
            break
    return seen, written


def test_a_real_model_writes_a_draft_of_whole_sentences(real_ollama: RealOllama) -> None:
    assert probe(settings(real_ollama)).reason == f"Ollama 0.0.0 at {real_ollama.host} has smollm2:135m."
    pieces = whatever(real_ollama, ollama_num_predict=120)
    sentences = [piece for piece in pieces if isinstance(piece, DraftSentence)]
    assert any(isinstance(piece, Draft) for piece in pieces)
    assert all(set(sentence.cited) <= {"000"} and "[" not in sentence.text for sentence in sentences)


def test_closing_a_real_draft_stops_the_model(real_ollama: RealOllama) -> None:
    _, written = pieces_until_draft(real_ollama, ollama_num_predict=500)
    began = time.monotonic()
    written.close()  # type: ignore[attr-defined]
    closed_s = time.monotonic() - began
    assert closed_s < 2 and real_ollama.loaded() == ["smollm2:135m"]
    # The server has one slot: a draft that begins at once shows that the first is no longer written.
    whatever(real_ollama, ollama_num_predict=32)
    assert time.monotonic() - began < 30


def test_an_unloaded_model_is_loaded_again_and_says_so(real_ollama: RealOllama) -> None:
    real_ollama.unload()
    seen, written = pieces_until_draft(real_ollama)
    written.close()  # type: ignore[attr-defined]
    assert seen[0] == Progress(LOADING)
    seen, written = pieces_until_draft(real_ollama)
    written.close()  # type: ignore[attr-defined]
    assert Progress(LOADING) not in seen


def test_a_changed_window_is_a_reload_that_says_so(real_ollama: RealOllama) -> None:
    for window in (2048, 1536):
        seen, written = pieces_until_draft(real_ollama, ollama_num_ctx=window)
        written.close()  # type: ignore[attr-defined]
    assert Progress(LOADING) in seen


def test_a_server_killed_in_the_middle_of_an_answer_is_a_clear_failure(real_ollama: RealOllama) -> None:
    _, written = pieces_until_draft(real_ollama, ollama_num_predict=500)
    real_ollama.kill()
    try:
        with pytest.raises(ModelUnavailable) as raised:
            list(written)
        with pytest.raises(ModelUnavailable) as refused:
            list(OllamaWriter(settings(real_ollama)).write(QUESTION, evidence(2)))
    finally:
        real_ollama.start()
    host = real_ollama.host
    assert [str(raised.value), str(refused.value)] == [
        f"Ollama at {host} broke off in the middle of its answer: see that `ollama serve` runs, and ask again.",
        f"Ollama does not answer at {host}: start it with `ollama serve`, or correct OLLAMA_HOST.",
    ]


def test_a_missing_model_names_the_command_that_gets_it(real_ollama: RealOllama) -> None:
    missing = settings(real_ollama, ollama_model="qwen3:4b-instruct")
    with pytest.raises(ModelUnavailable) as raised:
        list(OllamaWriter(missing).write(QUESTION, evidence(1)))
    assert str(raised.value) == (
        f"Ollama at {real_ollama.host} does not have the model qwen3:4b-instruct: "
        f"get it with `ollama pull qwen3:4b-instruct`. Installed: smollm2:135m."
    )


def test_too_much_evidence_stays_within_a_tiny_window(real_ollama: RealOllama) -> None:
    """The real tokenizer counts; the estimate that chose the passages must not be below it."""
    prompt = compose(QUESTION, evidence(12), lambda _: None, 1024 - 64)
    reply = chat(real_ollama, prompt.system, prompt.user)
    assert 1 <= len(prompt.evidence) < 12
    assert reply["prompt_eval_count"] <= estimate_tokens(prompt.system + prompt.user) + TEMPLATE_TOKENS <= 1024 - 64
    pieces = whatever(real_ollama, passages=12, ollama_num_ctx=1024, ollama_num_predict=64)
    fitted = f"{len(prompt.evidence)} of 12 passages fit the window of 1024 tokens: raise OLLAMA_NUM_CTX for more."
    assert pieces[0] == Progress(fitted, lasts=True)


PAIRS = [json.loads(line) for line in (SEEDS.parent / "eval" / "minimal_pairs.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_bad_model_as_judge_releases_nothing_that_the_built_in_judge_refuses(real_ollama: RealOllama, embedder: Embedder) -> None:
    """What it withholds is its own affair: it may have no verdict at all."""
    builtin, judge = (open_judge(settings(real_ollama, verifier=name), embedder) for name in ("builtin", "ollama"))
    asked = 0
    for pair in PAIRS[::8]:
        for said in (pair["claim_true"], pair["claim_false"]):
            sources = [Source.of(pair["quotation"])]
            before, after = builtin.judge(said, sources), judge.judge(said, sources)
            assert before.supported or after == before
            assert (after.score, after.start, after.end) == (before.score, before.start, before.end)
            assert not after.notice or after.supported
            asked += before.supported
    assert asked > 5
    assert judge.about() == f"ollama (smollm2:135m), after builtin: Ollama 0.0.0 at {real_ollama.host} has smollm2:135m."


def test_a_bad_model_as_writer_and_judge_shows_nothing_that_the_built_in_judge_refuses(
    real_ollama: RealOllama, embedder: Embedder, session_data_dir: Path, tmp_path: Path
) -> None:
    own = {"writer": "ollama", "verifier": "ollama", "ollama_host": real_ollama.host, "ollama_model": real_ollama.model}
    wanted = own_settings(session_data_dir, tmp_path / "data", ollama_num_predict=40, ollama_num_ctx=2048, **own)
    assistant = Assistant.open(SEEDS, wanted)
    try:
        answer = assistant.ask("Which village did the army recapture north of Mosul?")
    finally:
        assistant.close()
    assert answer.statements
    builtin = open_judge(wanted.model_copy(update={"verifier": "builtin"}), embedder)
    for statement in answer.statements:
        (citation,) = statement.citations
        assert builtin.judge(statement.text, [Source.of(citation.quotation)]).supported


def chat(server: RealOllama, system: str, user: str) -> dict[str, int]:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    options = {"num_predict": 1, "num_ctx": 1024}
    body = {"model": server.model, "messages": messages, "stream": False, "options": options}
    reply = httpx.post(f"{server.host}/api/chat", json=body, trust_env=False, timeout=120).raise_for_status()
    return dict(reply.json())
