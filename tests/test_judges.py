"""What a cross-encoder may change of the built-in verdict, and what not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import rag
from rag.cross_encoder import CrossEncoder
from rag.embed import locate
from rag.errors import JudgeUnavailable, SettingError
from rag.quotations import Source
from rag.settings import BUNDLED_MODEL, Settings
from rag.types import Support
from tests.conftest import Run
from tests.judging import COPIED, FREE, HALF_FREE, HARBOUR, NOT_SAID, QUOTED, TAKEN, UNHURT, WRONG, Open, judged
from tests.made_models import relabelled
from tests.test_privacy import HOOK


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
