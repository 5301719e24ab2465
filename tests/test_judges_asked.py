"""The local model as a judge, and judges in answers and in the examination of the set-up."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import Assistant
from rag.doctor import Check, examine
from rag.errors import ModelUnavailable
from rag.judges import open_judge
from rag.quotations import Source
from rag.settings import Settings
from rag.types import Support
from tests.conftest import own_settings
from tests.judging import COPIED, FREE, HARBOUR, TAKEN, WRONG, Open
from tests.ollama_server import Script, scripted_ollama


def by_ollama(opened: Open, script: Script, statement: str, **more: object) -> tuple[Support, list[str]]:
    """The verdict, and what the model was asked."""
    with scripted_ollama(script) as server:
        judge = opened(verifier="ollama", ollama_host=server.host, ollama_model="tiny:1b", **more)
        found = judge.judge(statement, [Source(HARBOUR, Source.of(HARBOUR).spans, known="The Courier 2019-03-04")])
        return found, [body["messages"][-1]["content"] for body in server.bodies("/api/chat")]


@pytest.mark.parametrize(
    ("verdict", "supported"), [("YES", True), ("Yes, it does.", True), ("**No**", False), ("NO\nIt says forty.", False), (" no.", False)]
)
def test_the_model_s_no_withholds_what_the_built_in_judge_accepts(verdict: str, supported: bool, opened: Open) -> None:
    found, asked = by_ollama(opened, Script(verdict=verdict), COPIED)
    reason = "" if supported else "the model finds that the quotation does not say this"
    builtin = opened(verifier="builtin").judge(COPIED, [Source.of(HARBOUR)])
    assert found == Support(supported, builtin.score, 0, builtin.start, builtin.end, reason)
    assert asked == [
        f'<quotation source="The Courier 2019-03-04">\n{TAKEN}\n</quotation>\n<statement>\n{COPIED}\n</statement>\n\n'
        "Does the quotation say what the statement says? YES or NO:"
    ]


@pytest.mark.parametrize("statement", [FREE, WRONG, "Photosynthesis makes sugar.", TAKEN])
def test_the_model_is_not_asked_about_what_is_refused_anyway_or_verbatim(statement: str, opened: Open) -> None:
    found, asked = by_ollama(opened, Script(verdict="YES"), statement)
    assert asked == []
    assert found == opened(verifier="builtin").judge(statement, [Source.of(HARBOUR)])


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            Script(verdict="Forty passengers were taken"),
            "tiny:1b gives no verdict, yes or no: choose another OLLAMA_MODEL, or VERIFIER=builtin.",
        ),
        (Script(verdict="Nothing"), "tiny:1b gives no verdict, yes or no: choose another OLLAMA_MODEL, or VERIFIER=builtin."),
        (Script(), "tiny:1b gives no verdict, yes or no: choose another OLLAMA_MODEL, or VERIFIER=builtin."),
        (Script(status=503, error="server busy"), "Ollama at {host} is busy with other requests: wait a moment and ask again."),
        (Script(pulled=False), "Ollama at {host} does not have the model tiny:1b: get it with `ollama pull tiny:1b`."),
    ],
)
def test_without_a_verdict_of_the_model_the_built_in_one_stands_with_a_notice(script: Script, said: str, opened: Open) -> None:
    with scripted_ollama(script) as server:
        judge = opened(verifier="ollama", ollama_host=server.host, ollama_model="tiny:1b")
        found = judge.judge(COPIED, [Source.of(HARBOUR)])
    stands = "Sentences that it could not judge were judged by the built-in verifier alone."
    assert (found.supported, found.notice) == (True, f"{said.format(host=server.host)} {stands}")


def test_a_dead_or_silent_server_leaves_the_built_in_verdict_with_a_notice(opened: Open) -> None:
    dead = opened(verifier="ollama", ollama_host="http://127.0.0.1:9").judge(COPIED, [Source.of(HARBOUR)])
    assert dead.supported and dead.notice.startswith("Ollama does not answer at http://127.0.0.1:9: start it with `ollama serve`")
    silent, _ = by_ollama(opened, Script(prefill_s=3.0), COPIED, ollama_timeout_s=0.3)
    assert silent.supported and "was silent for too long" in silent.notice


def test_a_quotation_that_does_not_fit_the_model_s_window_is_not_cut_but_said(opened: Open) -> None:
    found, asked = by_ollama(opened, Script(trained_window=128, verdict="NO"), COPIED)
    assert (found.supported, asked) == (True, [])
    assert found.notice.startswith("A quotation does not fit the window of 128 tokens: raise OLLAMA_NUM_CTX.")


# In an answer


DRAFT = (f"{COPIED} [harbour] ", f"{FREE} [harbour] ", f"{WRONG} [harbour]")
QUESTION = "How many passengers were taken ashore?"


def answered(
    session_data_dir: Path, folder: Path, corpus: Path, script: Script, **more: object
) -> tuple[list[str], list[str], tuple[str, ...]]:
    """What is displayed, what is withheld, the notices."""
    (corpus / "harbour.md").write_text(HARBOUR)
    with scripted_ollama(script) as server:
        values: dict[str, object] = {"writer": "ollama", "ollama_host": server.host, "ollama_model": "tiny:1b", **more}
        assistant = Assistant.open(corpus, own_settings(session_data_dir, folder, **values))
        try:
            assistant.warm()
            answer = assistant.ask(QUESTION)
        finally:
            assistant.close()
    assert all(c.quotation in HARBOUR for s in answer.statements for c in s.citations)
    return [s.text for s in answer.statements], [w.text for w in answer.withheld], answer.notices


def test_the_writer_s_sentences_are_shown_as_the_judge_of_the_settings_says(
    entailment: Path, session_data_dir: Path, tmp_path: Path, corpus: Path
) -> None:
    shown, withheld, notices = answered(session_data_dir, tmp_path / "a", corpus, Script(words=DRAFT))
    assert (shown, withheld, notices) == ([COPIED], [FREE, WRONG], ())
    shown, withheld, notices = answered(session_data_dir, tmp_path / "a", corpus, Script(words=DRAFT), verifier=str(entailment))
    assert (shown, withheld, notices) == ([FREE], [COPIED, WRONG], ())


def test_in_an_answer_the_model_can_only_withhold_more(session_data_dir: Path, tmp_path: Path, corpus: Path) -> None:
    for verdict, displayed in (("YES", [COPIED]), ("NO", [TAKEN])):
        script = Script(words=DRAFT, verdict=verdict)
        shown, withheld, notices = answered(session_data_dir, tmp_path / "a", corpus, script, verifier="ollama")
        assert (shown[:1], set(withheld) >= {FREE, WRONG}) == (displayed, True)
    assert notices == ("Nothing that the model wrote could be verified; these are the articles' own sentences.",)


def test_a_judge_without_a_verdict_is_said_once_with_the_answer(session_data_dir: Path, tmp_path: Path, corpus: Path) -> None:
    words = (f"{COPIED} [harbour] ", "On Tuesday the harbour of Brill was closed. [harbour]")
    shown, _, notices = answered(session_data_dir, tmp_path / "a", corpus, Script(words=words, verdict="Perhaps"), verifier="ollama")
    assert len(shown) == 2
    (notice,) = notices
    assert notice.startswith("tiny:1b gives no verdict")


# The examination of the set-up


def verifier_of(corpus: Path, settings: Settings, **more: object) -> Check:
    (found,) = [check for check in examine(corpus, settings.model_copy(update=more)) if check.what == "verifier"]
    return found


def test_the_doctor_says_who_judges(entailment: Path, settings: Settings, corpus: Path) -> None:
    assert verifier_of(corpus, settings) == Check("verifier", True, "builtin")
    named = f"cross-encoder {entailment}, entailment among contradiction, entailment, neutral, from 0.5"
    assert verifier_of(corpus, settings, verifier=str(entailment)) == Check("verifier", True, named)
    with scripted_ollama(Script()) as server:
        found = verifier_of(corpus, settings, verifier="ollama", ollama_host=server.host, ollama_model="tiny:1b")
    assert found == Check("verifier", True, f"ollama (tiny:1b), after builtin: Ollama 0.32.15 at {server.host} has tiny:1b.")
    dead = verifier_of(corpus, settings, verifier="ollama", ollama_host="http://127.0.0.1:9")
    assert (dead.ok, dead.fix) == (False, "VERIFIER=builtin needs no other model")
    assert not verifier_of(corpus, settings, verifier="buildin").ok


def test_opening_with_a_judge_whose_server_is_down_is_no_failure(settings: Settings, corpus: Path) -> None:
    dead = settings.model_copy(update={"verifier": "ollama", "ollama_host": "http://127.0.0.1:9"})
    assistant = Assistant.open(corpus, dead)
    try:
        assistant.warm()
        assert assistant.ask("Why was the harbour of Brill closed?").notices == ()
    finally:
        assistant.close()
    with pytest.raises(ModelUnavailable):
        open_judge(dead, assistant.index.embedder).about()
