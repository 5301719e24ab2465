"""The public sets: small ones of the same form, with figures that can be counted by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from eval import public, unseen
from eval.__main__ import app
from eval.asking import Ordered
from eval.calibrate import nested
from eval.correctness import has_any
from eval.held_out import answers, declined, success_of
from eval.intervals import Figure, macro_f1, share
from eval.llama import DEFAULT, Sought, beside
from eval.public_sets import SETS, wanted
from eval.retrieval import success
from eval.support import Claim
from rag.answerable import Choice
from rag.choose import Choices
from rag.errors import UnusableInput
from rag.features import SentenceView, view_sentences
from rag.settings import Settings
from rag.types import Passage

ALN = "The river Aln rises near Alnham. It is forty miles long. It reaches the sea at Alnmouth, where there is a harbour."
TANN = "The town of Tann has a school with 320 pupils. Its roof was repaired in 2018. The mayor lives next door."
BREAD = "Bread is baked from flour, water and yeast. The oven must be hot."


def value(figure: object) -> float:
    assert isinstance(figure, Figure)
    return figure.value


def test_success_counts_an_article_once_however_many_of_its_passages_come() -> None:
    ranked = [(["a", "a", "b"], "a"), (["b", "b", "b", "b", "b", "a"], "a"), (["c"], "a"), ([], "a")]
    found = success(ranked)
    assert {name: (value(figure), figure and figure.n) for name, figure in found.items()} == {
        "Success@1": (0.25, 4),
        "Success@5": (0.5, 4),
    }


@pytest.mark.parametrize(
    ("text", "answers", "there"),
    [("He left in 1874.", ("1874",), True), ("It cost 11,874.", ("1874",), False), ("The Palatinate fell.", ("latin", "ate"), False)],
)
def test_an_answer_is_looked_for_as_a_word_not_inside_one(text: str, answers: tuple[str, ...], there: bool) -> None:
    assert has_any(text, answers) is there


def test_macro_f1_is_what_scikit_learn_computes() -> None:
    from sklearn.metrics import f1_score

    rng = np.random.default_rng(2)
    labels, decided = rng.random(80) < 0.6, rng.random(80) < 0.5
    found = macro_f1(labels.tolist(), decided.tolist())
    assert found and found.low < found.value < found.high
    assert found.value == pytest.approx(f1_score(labels, decided, average="macro"), abs=1e-4)


def held_out(source: str, group: str, answerable: bool, opinion: float, text: str = "It was 1874.") -> tuple[Ordered, Choices]:
    """A question whose article comes second, and of which network and trees think the same."""
    gold = (("right", 0, 1),) if answerable else ()
    put = Ordered(source=source, gold=gold, far=False, groups=frozenset({group}), answers=("1874",), order=("other", "right"))
    passage = Passage("p", "right", 0, len(text), text, ((0, len(text)),))
    (view,) = view_sentences(passage)
    assert isinstance(view, SentenceView)
    best = Choice(passage, 0, view, np.zeros(3, np.float32), 1.0, 0.0)
    return put, Choices((best,), 0.0, by_network=opinion, by_trees=opinion)


def test_what_is_chosen_after_the_fits_is_chosen_for_each_fold_on_the_other_folds() -> None:
    """Fold by fold the unanswerable questions of one Wikipedia article have other scores: its own never set its threshold."""
    pairs = [held_out("squad", f"w{fold}", False, float(fold)) for fold in range(4)]
    pairs += [held_out("squad", f"w{fold}", True, 9.0) for fold in range(4)]
    pairs += [held_out("stories", f"s{fold}", answerable, 9.0 if answerable else -9.0) for fold in range(4) for answerable in (True, False)]
    found = {next(iter(a.groups)): c.threshold for a, c in nested(pairs)}
    assert found["w0"] > found["w3"]  # the others of w0 are 1, 2, 3; those of w3 are 0, 1, 2
    assert found["w0"] == found["s0"]
    assert len(nested(pairs)) == len(pairs)


def test_held_out_figures_are_of_the_threshold_of_each_question() -> None:
    pairs = [held_out("squad", "w", True, 0), held_out("squad", "w", True, 0, "Nobody knows."), held_out("squad", "w", False, 0)]
    sure = [(a, replace(c, answerable=0.6, threshold=least)) for (a, c), least in zip(pairs, (0.5, 0.6, 0.7), strict=True)]
    found = answers(sure)
    assert {name: value(figure) if isinstance(figure, Figure) else figure for name, figure in found.items()} == {
        "answerable declined": 0.0,
        "unanswerable declined": 1.0,
        "AUROC": 0.5,
        "gold answer shown": 0.5,
        "gold answer in the first statement": 0.5,
        "statements": 1.0,
    }
    assert declined(sure) == share([True])
    assert {name: value(figure) for name, figure in success_of(sure).items()} == {"Success@1": 0.0, "Success@5": 1.0}


def test_claims_of_one_question_are_in_one_fold_and_all_folds_are_used() -> None:
    groups = [f"q{n % 7}" for n in range(40)]
    folds = public._folds(groups)
    assert {len({int(f) for f, g in zip(folds, groups, strict=True) if g == group}) for group in groups} == {1}
    assert set(folds.tolist()) == set(range(5))


def test_word_overlap_decides_by_what_is_best_on_the_other_folds() -> None:
    claims = [
        Claim("The river is long.", ("The river is long." if n % 2 else "Bread.",), bool(n % 2), "made up", str(n)) for n in range(20)
    ]
    labels = np.array([claim.supported for claim in claims])
    found = public._by_overlap(claims, np.ones(20, dtype=bool), labels, np.arange(20) % 5)
    assert value(found["attributionbench_dev.jsonl, word overlap"]["macro-F1"]) == 1.0


@pytest.fixture
def clapnq(tmp_path: Path) -> Path:
    rows = {
        True: [("where does the river aln reach the sea", "Aln", ALN, [ALN.split(". ")[2]])],
        False: [("who was the emperor of brazil in 1850", "Tann", TANN, []), ("how is steel made", "Bread", BREAD, [])],
    }
    for answerable, name in unseen.CLAPNQ.items():
        lines = [
            {
                "id": question,
                "input": question,
                "passages": [{"title": title, "text": text}],
                "output": [{"answer": "", "selected_sentences": gold}],
            }
            for question, title, text, gold in rows[answerable]
        ]
        (tmp_path / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path


def test_clapnq_is_asked_as_a_user_asks_and_llamaindex_declines_as_many_by_its_similarity(clapnq: Path, settings: Settings) -> None:
    found = unseen.clapnq(clapnq, settings, lambda message: None)
    ours = {name: value(figure) for name, figure in found["answers"].items() if isinstance(figure, Figure)}
    assert ours.pop("displayed sentences that the answer rests on") > 0
    assert ours == {
        "answerable declined": 0.0,
        "unanswerable declined": 1.0,
        "a sentence of the answer shown": 1.0,
    }
    assert {name: value(figure) for name, figure in found["retrieval"]["Footnote"].items()} == {"Success@1": 1.0, "Success@5": 1.0}
    (theirs,) = [figures for name, figures in found["answers"].items() if name.startswith(f"{DEFAULT}, similarity cutoff")]
    assert value(theirs["unanswerable declined"]) >= 0.5


def test_llamaindex_s_cutoff_declines_the_share_that_is_asked_for(settings: Settings) -> None:
    asked = [
        Sought("How long is the river Aln?", "a"),
        Sought("Which school has 320 pupils?", "t"),
        Sought("Who won the cup in Peru?", None),
    ]
    found = beside({"a": ALN, "t": TANN}, asked, settings, declined=1.0)
    assert value(found["retrieval"][DEFAULT]["Success@1"]) == 1.0
    ((_, figures),) = found["answers"].items()
    assert (value(figures["AUROC"]), value(figures["answerable declined"])) == (1.0, 0.0)
    assert "answers" not in beside({"a": ALN, "t": TANN}, asked[:2], settings)


def test_what_a_set_needs_is_looked_for_before_any_is_asked(clapnq: Path, tmp_path: Path) -> None:
    said: list[str] = []
    assert list(wanted(clapnq, "", said.append, (), 5)) == ["clapnq", "citing"]
    assert [line.partition(":")[0] for line in said] == ["squad", "attribution", "xquad"]
    (tmp_path / unseen.CLAPNQ[False]).unlink()
    with pytest.raises(UnusableInput, match=f"There is no {unseen.CLAPNQ[False]} in"):
        wanted(clapnq, "clapnq", said.append, (), 5)
    with pytest.raises(UnusableInput, match="There is none of the public sets in"):
        wanted(tmp_path / "nowhere", "", said.append, (), 5)
    with pytest.raises(UnusableInput, match="There is no public set 'squid'. There are: squad, attribution, xquad, clapnq, citing."):
        wanted(clapnq, "squid", said.append, (), 5)
    assert all(public_set.files for public_set in SETS.values())


@pytest.mark.parametrize("content", ["{", '{"rows": []}', '{"data": [{"title": "x"}]}'])
def test_a_damaged_file_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "squad2_dev_half.json").write_text(content)
    shown = CliRunner().invoke(app, ["bench", "index", "--data", str(tmp_path)])
    assert str(shown.exception) == "squad2_dev_half.json is not in the format of SQuAD 2.0; fetch the file again."


def test_a_damaged_line_is_named(clapnq: Path, settings: Settings) -> None:
    with (clapnq / unseen.CLAPNQ[True]).open("a") as lines:
        lines.write("{\n")
    with pytest.raises(UnusableInput, match="Line 2 of clapnq_dev_half_answerable.jsonl is not JSON; fetch the file again."):
        unseen.clapnq(clapnq, settings, lambda message: None)


def test_a_report_that_cannot_be_written_is_said_before_anything_is_asked(clapnq: Path, tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["public", "--data", str(clapnq), "--json", str(tmp_path / "none" / "out.json")])
    assert isinstance(shown.exception, UnusableInput) and "there is no folder" in str(shown.exception)
    shown = CliRunner().invoke(app, ["calibrate", "--data", str(clapnq), "--target", str(tmp_path / "none")])
    assert isinstance(shown.exception, UnusableInput) and "there is no folder" in str(shown.exception)
