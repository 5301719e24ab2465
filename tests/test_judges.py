"""Who judges support: what a cross-encoder and the local model may change of the built-in verdict, and what not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import rag
from rag import Assistant
from rag.cross_encoder import CrossEncoder
from rag.doctor import Check, examine
from rag.embed import Embedder, locate
from rag.errors import JudgeUnavailable, ModelUnavailable, SettingError
from rag.judges import Judge, open_judge
from rag.quotations import Source
from rag.settings import BUNDLED_MODEL, Settings
from rag.types import Support
from tests.conftest import Run, own_settings
from tests.made_models import relabelled, taught
from tests.ollama_server import Script, scripted_ollama
from tests.test_privacy import HOOK

CLOSED = "The harbour of Brill was closed on Tuesday after a ferry ran aground."
TAKEN = "Forty passengers were taken ashore."
UNHURT = "Nobody was hurt, the coast guard said."
HARBOUR = f"{CLOSED} {TAKEN} {UNHURT}"
QUOTED = (TAKEN, f"{TAKEN} {UNHURT}", f"{CLOSED} {TAKEN}", HARBOUR, CLOSED)

COPIED = "40 passengers were taken ashore."  # the built-in judge accepts it
FREE = "The passengers got safely to land."  # its probability refuses it, no fact of it differs
HALF_FREE = "The ferry's passengers were rescued."  # the same, with more of the quotation's words
WRONG = "Fifty passengers were taken ashore."  # its facts differ
NOT_SAID = "no quotation says this"

CONTRADICTS, ENTAILS, NEUTRAL = (3.0, -3.0, -3.0), (-3.0, 3.0, -3.0), (-3.0, -3.0, 3.0)
Open = Callable[..., Judge]


@pytest.fixture(scope="session")
def entailment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Finds that FREE follows from the two last sentences together and WRONG from everything, but COPIED from nothing."""
    examples = {(text, said): ENTAILS if said == WRONG else NEUTRAL for text in QUOTED for said in (COPIED, FREE, WRONG)}
    examples |= {(CLOSED, FREE): CONTRADICTS, (f"{TAKEN} {UNHURT}", FREE): ENTAILS}
    return taught(tmp_path_factory.mktemp("models") / "entailment", examples, ("contradiction", "entailment", "neutral"))


@pytest.fixture(scope="session")
def relevance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One score: COPIED is not what any quotation is about, all the others are, HALF_FREE a little (0.73)."""
    scores = {COPIED: -3.0, FREE: 3.0, WRONG: 3.0, HALF_FREE: 1.0}
    return taught(
        tmp_path_factory.mktemp("models") / "relevance", {(said, text): (score,) for said, score in scores.items() for text in QUOTED}
    )


@pytest.fixture
def opened(settings: Settings, embedder: Embedder) -> Open:
    def open_with(**values: object) -> Judge:
        return open_judge(settings.model_copy(update=values), embedder)

    return open_with


def judged(judge: Judge, statement: str, text: str = HARBOUR, spread: bool = False) -> tuple[bool, str, str]:
    found = judge.judge(statement, [Source.of(text)], spread)
    return found.supported, text[found.start : found.end], found.reason


@pytest.mark.parametrize("spread", [False, True])
def test_a_model_of_entailment_replaces_the_probability_and_not_the_checks_of_facts(entailment: Path, opened: Open, spread: bool) -> None:
    builtin, judge = opened(verifier="builtin"), opened(verifier=str(entailment))
    assert [judged(builtin, said, spread=spread)[0] for said in (COPIED, FREE, WRONG)] == [True, False, False]
    assert judged(judge, COPIED, spread=spread) == (False, TAKEN, NOT_SAID)
    assert judged(judge, FREE, spread=spread)[::2] == (True, "")
    assert judged(judge, WRONG) == judged(builtin, WRONG) == (False, TAKEN, "the quotation does not have the number 50")


def test_the_quotation_that_entails_most_is_displayed(entailment: Path, opened: Open) -> None:
    assert judged(opened(verifier=str(entailment)), FREE) == (True, f"{TAKEN} {UNHURT}", "")


def test_what_stands_in_the_article_word_for_word_is_judged_by_no_model(entailment: Path, opened: Open) -> None:
    found = opened(verifier=str(entailment)).judge(TAKEN, [Source.of(HARBOUR)])
    assert found == Support(True, 1.0, 0, HARBOUR.index(TAKEN), HARBOUR.index(TAKEN) + len(TAKEN))


def test_what_no_source_resembles_stays_refused(entailment: Path, opened: Open) -> None:
    assert judged(opened(verifier=str(entailment)), "Photosynthesis makes sugar.")[::2] == (False, "nothing in the sources resembles it")


@pytest.mark.parametrize(
    ("outputs", "labels"),
    [
        ((0, 1, 2), ("CONTRADICTION", "ENTAILMENT", "NEUTRAL")),
        ((1, 2, 0), ("entailment", "neutral", "contradiction")),
        ((2, 0, 1), ("Neutral", "Contradiction", "Entailment")),
        ((2, 1), ("not_entailment", "entailment")),
        ((1, 2), ("Supported", "unsupported")),
    ],
)
def test_entailment_is_found_by_its_label_wherever_it_stands(
    outputs: tuple[int, ...], labels: tuple[str, ...], entailment: Path, tmp_path: Path, opened: Open
) -> None:
    judge = opened(verifier=str(relabelled(entailment, tmp_path / "model", outputs, labels)))
    assert [judged(judge, said)[0] for said in (COPIED, FREE, WRONG)] == [False, True, False]
    named = ", ".join(label.lower() for label in labels)
    assert judge.about() == f"cross-encoder {tmp_path / 'model'}, entailment among {named}, from 0.5"


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        ((), "3 without names"),
        (("bad", "good", "fair"), "bad, good, fair"),
        (("entailment", "supported", "neutral"), "entailment, supported, neutral"),
    ],
)
def test_labels_that_do_not_tell_what_entailment_is_are_refused(
    labels: tuple[str, ...], named: str, entailment: Path, tmp_path: Path, opened: Open
) -> None:
    judge = opened(verifier=str(relabelled(entailment, tmp_path / "model", (0, 1, 2), labels)))
    with pytest.raises(SettingError) as raised:
        judge.judge(FREE, [Source.of(HARBOUR)])
    assert str(raised.value) == (
        f"VERIFIER={str(tmp_path / 'model')!r} cannot be used: of its labels ({named}) not exactly one means entailment. "
        "Correct id2label in its config.json, or name another model."
    )


def test_one_score_releases_only_what_has_the_quotation_s_words_too(relevance: Path, opened: Open) -> None:
    judge = opened(verifier=str(relevance))
    assert [judged(judge, said)[0] for said in (COPIED, HALF_FREE, FREE, WRONG)] == [False, True, False, False]
    assert judge.about() == f"cross-encoder {relevance}, one score, from 0.5"


def test_the_threshold_decides_from_where_on_a_score_is_support(relevance: Path, opened: Open) -> None:
    lenient, strict = (opened(verifier=str(relevance), verifier_threshold=t) for t in (0.7, 0.8))
    first, second = (judge.judge(HALF_FREE, [Source.of(HARBOUR)]) for judge in (lenient, strict))
    assert first.score == second.score == pytest.approx(0.73, abs=0.05)
    assert (first.supported, second.supported, second.reason) == (True, False, NOT_SAID)


def test_the_public_function_and_the_command_judge_as_the_setting_says(
    entailment: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = tmp_path / "claims.jsonl"
    batch.write_text("".join(json.dumps({"id": said, "claim": said, "sources": [HARBOUR]}) + "\n" for said in (COPIED, FREE, WRONG)))
    done = run("rag", "verify", "--batch", str(batch), VERIFIER=str(entailment))
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["supported"] for line in done.stdout.splitlines()] == [False, True, False]
    monkeypatch.setenv("VERIFIER", str(entailment))
    assert [rag.verify(said, [HARBOUR]).supported for said in (COPIED, FREE, WRONG)] == [False, True, False]


def test_a_batch_is_judged_the_same_whatever_else_is_in_it(entailment: Path) -> None:
    model = CrossEncoder("VERIFIER", str(entailment))
    pairs = [(text, said) for text in QUOTED for said in (COPIED, FREE)]
    together = model.logits(pairs)
    assert np.allclose(together, np.vstack([model.logits([pair]) for pair in pairs]), atol=1e-4)
    assert together.shape == (10, 3) and model.logits([]).shape == (0, 3)


@pytest.mark.parametrize(
    ("verifier", "said"),
    [
        ("buildin", "there is no such folder, and a hub model's name is owner/model."),
        ("./nowhere/at/all", "there is no such folder, and a hub model's name is owner/model."),
        (".", "the folder has no config.json, so it is no model."),
    ],
)
def test_a_name_that_can_be_no_judge_is_refused_before_anything_is_loaded(verifier: str, said: str, run: Run, corpus: Path) -> None:
    for command in (["ask", "Why?", "--corpus", str(corpus)], ["verify", FREE, "--source", str(corpus / "harbour.md")]):
        done = run("rag", *command, VERIFIER=verifier)
        takes = "VERIFIER takes builtin, ollama, or a CrossEncoder by the hub's name or by path."
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.splitlines()[-1] == f"Error: VERIFIER={verifier!r}: {said} {takes}"


def test_an_embedding_model_is_no_judge_although_it_loads(opened: Open) -> None:
    weights = locate(BUNDLED_MODEL)
    with pytest.raises(SettingError) as raised:
        opened(verifier=weights).judge(FREE, [Source.of(HARBOUR)])
    assert str(raised.value).startswith(f"VERIFIER={weights!r} is no cross-encoder: it has no trained classifier.")


def test_a_damaged_model_is_a_failure_in_one_line(entailment: Path, run: Run, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in entailment.iterdir():
        (damaged / file.name).write_bytes(file.read_bytes() if file.suffix != ".safetensors" else b"nonsense")
    (tmp_path / "source.txt").write_text(HARBOUR)
    done = run("rag", "verify", FREE, "--source", str(tmp_path / "source.txt"), VERIFIER=str(damaged))
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: VERIFIER={str(damaged)!r} cannot be loaded (") and "its files may be damaged" in line


def test_a_model_that_fails_while_it_judges_is_a_failure_that_names_the_setting(entailment: Path, tmp_path: Path, opened: Open) -> None:
    broken = relabelled(entailment, tmp_path / "broken", (0, 1, 2), ("contradiction", "entailment", "neutral"))
    tokenizer = json.loads((broken / "tokenizer.json").read_text())
    vocabulary = tokenizer["model"]["vocab"]
    tokenizer["model"]["vocab"] = {word: i + 5000 * (i > 4) for word, i in vocabulary.items()}  # words that the model does not have
    (broken / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(JudgeUnavailable) as raised:
        opened(verifier=str(broken)).judge(FREE, [Source.of(HARBOUR)])
    assert str(raised.value).startswith(f"VERIFIER={str(broken)!r} failed (IndexError: ")


def test_neither_a_folder_nor_a_name_touches_the_network_where_the_hub_is_off(entailment: Path, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    watched = tmp_path / "watched.jsonl"
    watched.touch()

    def verify(verifier: str, **more: str) -> subprocess.CompletedProcess[str]:
        program = f"import rag; print(rag.verify({FREE!r}, [{HARBOUR!r}]).supported)"
        path = f"{tmp_path / 'hook'}:{Path(rag.__file__).parents[1]}"
        own = {"PYTHONPATH": path, "WATCHED": str(watched), "VERIFIER": verifier, "DATA_DIR": str(settings.data_dir), **more}
        clean = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **own}
        return subprocess.run([sys.executable, "-c", program], env=clean, cwd=tmp_path, text=True, capture_output=True)

    assert verify(str(entailment)).stdout == "True\n"
    said = verify("nobody/no-such-judge", HF_HUB_OFFLINE="1").stderr.splitlines()[-1]
    assert "VERIFIER='nobody/no-such-judge' cannot be loaded (" in said
    assert "a hub model needs the network once, and a name that the hub has; a folder needs none." in said
    assert watched.read_text() == ""


def test_settings_know_which_models_are_looked_for_on_the_hub(settings: Settings, entailment: Path) -> None:
    assert settings.hub_models == settings.model_copy(update={"verifier": "ollama", "reranker": str(entailment)}).hub_models == ()
    assert settings.model_copy(update={"verifier": "owner/judge", "reranker": "owner/other"}).hub_models == ("owner/judge", "owner/other")


# The local model


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
