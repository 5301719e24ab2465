"""Every measure on a case small enough to be computed by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eval import citing, correctness, curves, retrieval
from eval.citing import Cited, Supports, alce
from eval.curves import Bin, Point
from eval.intervals import Figure, auroc, ratio, share
from eval.measures import MEASURES
from eval.outcomes import Outcome
from eval.own import figures, latency
from eval.questions import Gold, Question
from rag.types import Conflict, Statement
from tests.eval_values import ASKED, FALSE_ANSWER, RANKED, RIGHT, UNKNOWN, answer, citation, evidence, passage, side, statement


@pytest.mark.parametrize(
    ("variant", "text", "there"),
    [
        ("Scorpion Unit", "It was the scorpion  unit.", True),
        ("tunnel", "They found tunnels.", True),
        ("unit", "The community was there.", False),
        ("100", "There were 100,000 of them.", False),
        ("100", "There were 2,100 of them.", False),
        ("100", "There were 100, he said. 1000 came.", True),
        ("15km", "It is 15km away.", True),
        ("1.5", "It has 1.5 million.", True),
        ("5 million", "It has 1.5 million.", False),
        ("doesn't", "It doesn’t.", True),
    ],
)
def test_an_accepted_variant_begins_a_word_and_is_no_part_of_a_number(variant: str, text: str, there: bool) -> None:
    question = Question(id="1", question="?", answerable=True, accepted=((variant, "nothing else"),))
    assert correctness.has_accepted(question, text) is there


def test_an_answer_is_right_with_a_variant_of_every_group_or_when_there_is_none_and_it_declines() -> None:
    two = Question(id="1", question="?", answerable=True, accepted=(("Turkey",), ("Saudi Arabia", "Saudis")))
    assert correctness.is_right(two, answer(statement("Turkey."), statement("The Saudis.")))
    assert not correctness.is_right(two, answer(statement("Turkey.")))
    assert not correctness.is_right(two, answer())
    assert correctness.is_right(UNKNOWN, answer()) and not correctness.is_right(UNKNOWN, answer(statement("Turkey.")))


@pytest.mark.parametrize(
    ("shown", "reference", "f1"),
    [
        ("The Scorpion Unit leads it.", "Scorpion Unit leads the push", 0.75),  # 3 of 4 words either way
        ("a cat, a cat", "cat", 2 / 3),  # a word counts as often as it occurs
        ("", "cat", 0.0),
        ("", "", 1.0),
        ("dog", "cat", 0.0),
    ],
)
def test_token_f1_is_squad_s(shown: str, reference: str, f1: float) -> None:
    assert correctness.token_f1(shown, reference) == pytest.approx(f1)


def needs(*quotations: str) -> Supports:
    return lambda text, citations: set(quotations) <= {c.quotation for c in citations}


@pytest.mark.parametrize(
    ("supports", "cited"),
    [
        (needs("one"), Cited(True, 1, 2)),  # two is irrelevant: one does it alone
        (needs("one", "two"), Cited(True, 2, 2)),  # neither alone, and none without the other
        (needs("three"), Cited(False, 0, 2)),
    ],
)
def test_citation_recall_and_precision_follow_alce(supports: Supports, cited: Cited) -> None:
    assert alce(statement("It is so.", citation("one"), citation("two")), supports) == cited


def test_a_statement_without_citations_is_not_supported() -> None:
    assert alce(Statement("It is so.", ()), lambda text, citations: True) == Cited(False, 0, 0)


def test_a_citation_supports_by_gold_where_it_overlaps_a_gold_quotation() -> None:
    spans = citing.gold_spans([Gold("a", "two")], {"a": "one two three two"})
    assert spans == (("a", 4, 7), ("a", 14, 17))
    supports = citing.by_gold(spans)
    overlapping, beside, elsewhere = citation("wo thr", start=5), citation(" three ", start=7), citation("two", "b", 4)
    assert [supports("", [c]) for c in (overlapping, beside, elsewhere)] == [True, False, False]


def test_a_quotation_is_exact_that_is_the_article_s_own_characters() -> None:
    texts = {"a": "Mara leads. Tom follows."}
    sides = Conflict("lead", (side("Mara", "Mara leads.", 0), side("Tom", "Tom leads.", 12)))
    shown = answer(statement("Mara leads.", citation("Mara leads."), citation("Mara leads.", "b")), conflicts=(sides,))
    assert citing.exact_quotations(shown, texts) == (2, 4)


def test_a_conflict_is_shown_when_every_side_is_with_a_gold_quotation() -> None:
    texts = {"a": "Mara leads. Tom leads. Nobody knows."}
    question = replace(ASKED, accepted=(("Mara",), ("Tom",)), gold=(Gold("a", "Mara leads."), Gold("a", "Tom leads.")))
    both = Conflict("lead", (side("Mara", "Mara leads.", 0), side("Tom", "Tom leads.", 12)))
    one = Conflict("lead", (side("Mara", "Mara leads.", 0), side("nobody", "Nobody knows.", 23)))
    words = statement("Mara leads."), statement("Tom leads.", citation("Tom leads.", start=12))
    assert citing.conflict_shown(question, answer(*words, conflicts=(both,)), texts)
    assert not citing.conflict_shown(question, answer(*words, conflicts=(one,)), texts)
    assert not citing.conflict_shown(question, answer(*words), texts)


def test_retrieval_is_measured_by_ir_measures_in_the_order_that_was_seen_also_among_equal_scores() -> None:
    passages = [passage("z", 0, 10), passage("y", 10, 20), passage("x", 20, 30)]
    qrels = {"q": retrieval.relevant(passages, [("a", 5, 6), ("a", 25, 40)]), "none found": {"x": 1}}
    assert qrels["q"] == {"z": 1, "x": 1}
    found = retrieval.rank(qrels, {"q": evidence(*passages)})
    ideal, gained = 1 + 1 / np.log2(3), 1 + 1 / np.log2(4)
    assert found == {
        "q": {"Success@1": 1.0, "Success@5": 1.0, "nDCG@10": pytest.approx(gained / ideal), "RR@10": 1.0},
        "none found": {"Success@1": 0.0, "Success@5": 0.0, "nDCG@10": 0.0, "RR@10": 0.0},
    }


def test_where_no_question_has_gold_quotations_no_retrieval_is_measured() -> None:
    assert retrieval.rank({}, {}) == {}


def test_a_ratio_is_parts_over_wholes_with_an_interval_over_questions() -> None:
    assert ratio([(1, 2), (0, 2)]) == Figure(0.25, 0.0, 0.5, 2)
    assert ratio([(1, 3)]) == Figure(0.3333, 0.0, 1.0, 1)
    assert ratio([]) is None


def test_where_all_count_the_same_the_interval_is_the_exact_one_of_a_binomial_share() -> None:
    """Clopper & Pearson: the bounds are where .025 is the chance of what was seen, (1 - .025 ** (1 / n)) for none of n."""
    beyond = round(1 - 0.025 ** (1 / 16), 4)
    assert share([False] * 16) == Figure(0.0, 0.0, beyond, 16)
    assert share([True] * 16) == Figure(1.0, round(1 - beyond, 4), 1.0, 16)
    assert ratio([(2, 2), (3, 3)]) == Figure(1.0, 0.1581, 1.0, 2)


def test_the_interval_is_the_one_that_theory_gives_for_many_and_the_same_again() -> None:
    figure = ratio([(1, 1)] * 80 + [(0, 1)] * 20)
    assert figure == ratio([(1, 1)] * 80 + [(0, 1)] * 20)
    assert figure and (figure.low, figure.high) == (pytest.approx(0.72, abs=0.02), pytest.approx(0.88, abs=0.02))


def test_auroc_counts_pairs_and_ties_as_half() -> None:
    figure = auroc([True, True, False], [0.9, 0.4, 0.4])
    assert figure == Figure(0.75, 0.0, 1.0, 3)
    assert auroc([True, True], [0.9, 0.4]) is None


def test_auroc_is_what_scikit_learn_computes() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(1)
    labels, scores = rng.random(60) < 0.6, rng.integers(0, 8, 60) / 8
    figure = auroc(labels.tolist(), scores.tolist())
    assert figure and figure.value == pytest.approx(roc_auc_score(labels, scores), abs=1e-4) and figure.low < figure.value < figure.high


def values(*outcomes: Outcome) -> dict[str, float]:
    return {name: figure.value for name, figure in figures(outcomes).items()}


def test_the_figures_of_one_right_and_one_false_answer() -> None:
    assert values(RIGHT, FALSE_ANSWER) == {
        "right and rightly cited": 1.0,
        "right or rightly declined": 0.5,
        "accepted variants displayed": 1.0,
        "token F1": 1.0,
        "false refusals": 0.0,
        "false answers, near the topic": 1.0,
        "citation recall (gold)": 1.0,
        "citation precision (gold)": 1.0,
        "citation recall (verifier)": 0.75,
        "citation precision (verifier)": 0.75,
        "faithfulness (verifier)": 0.6667,
        "faithfulness (gold)": 0.3333,
        "quotations exact": 1.0,
        "Success@1": 0.0,
        "Success@5": 1.0,
        "nDCG@10": 0.5,
        "RR@10": 0.5,
        "AUROC of answerable": 1.0,
    }


def test_a_question_that_could_not_be_asked_counts_as_bad_as_can_be() -> None:
    for question in (replace(ASKED, kind="conflict"), replace(ASKED, kind="follow-up"), UNKNOWN, replace(UNKNOWN, kind="far")):
        lower = {m.name for m in MEASURES if m.lower_is_better}
        found = values(Outcome(question, None, "QuestionError: too long"))
        assert found == {name: float(name in lower) for name in found} and found["right or rightly declined"] == 0.0


def test_a_false_answer_counts_in_the_measure_of_its_kind_alone() -> None:
    shown = {kind: values(replace(FALSE_ANSWER, question=replace(UNKNOWN, kind=kind))) for kind in ("near", "premise", "far", "injection")}
    assert {kind: [name for name in found if name.startswith("false answers")] for kind, found in shown.items()} == {
        "near": ["false answers, near the topic"],
        "premise": ["false answers, near the topic"],
        "far": ["false answers, far from it"],
        "injection": ["false answers, to instructions"],
    }
    answerable = values(replace(RIGHT, question=replace(ASKED, kind="injection")))
    assert [name for name in answerable if name.startswith("false answers")] == []


def test_what_has_no_gold_is_not_measured_by_it() -> None:
    without = replace(RIGHT, question=replace(ASKED, gold=()), by_gold=(Cited(False, 0, 1),), ranking=None)
    assert [name for name in values(without) if "gold" in name or name in RANKED] == []
    assert values(without, FALSE_ANSWER)["faithfulness (gold)"] == 0.0


def test_a_follow_up_that_is_right_by_chance_and_cites_something_else_is_not_right() -> None:
    chance = replace(RIGHT, question=replace(ASKED, kind="follow-up"), cited=False)
    assert (values(chance)["follow-ups right"], values(chance)["accepted variants displayed"]) == (0.0, 1.0)


def test_every_measure_says_what_it_is_of() -> None:
    assert all(m.doc.endswith(".") and len(m.doc) > 30 for m in MEASURES)
    assert len({m.name for m in MEASURES}) == len(MEASURES)


def test_a_verdict_says_what_became_of_a_question() -> None:
    declined = replace(RIGHT, answer=answer(), right=False, cited=False)
    assert [
        o.verdict
        for o in (
            RIGHT,
            replace(RIGHT, cited=False),
            replace(RIGHT, right=False, cited=False),
            declined,
            FALSE_ANSWER,
            Outcome(UNKNOWN, None, "x"),
        )
    ] == ["right", "wrongly cited", "wrong", "false refusal", "false answer", "error"]


def test_latency_is_over_the_questions_that_reached_the_stage() -> None:
    declined = replace(RIGHT, answer=answer())
    assert latency([RIGHT, declined, Outcome(UNKNOWN, None, "x")]) == {
        "retrieve": {"p50": 4.0, "p95": 4.0},
        "write": {"p50": 1.0, "p95": 1.0},
        "verify": {"p50": 0.0, "p95": 0.0},
        "total": {"p50": 5.0, "p95": 5.0},
    }


def test_the_risk_coverage_curve_goes_from_the_surest_question_to_all() -> None:
    wrong = replace(RIGHT, would_be_right=False, answerable=0.1)
    assert curves.risk_coverage([wrong, FALSE_ANSWER, RIGHT, RIGHT]) == [
        Point(0.25, 0.0, 0.0, 0.9),
        Point(0.5, 0.0, 0.0, 0.9),
        Point(0.75, pytest.approx(1 / 3), pytest.approx(1 / 3), 0.6),
        Point(1.0, 0.5, 0.25, 0.1),
    ]


def test_a_reliability_diagram_has_a_point_for_every_bin_with_judgements() -> None:
    bins = curves.reliability([True, False, True, True], [0.12, 0.18, 0.95, 1.0])
    assert bins == [Bin(pytest.approx(0.15), 0.5, 2), Bin(pytest.approx(0.975), 1.0, 2)]
    assert curves.calibration_error(bins) == pytest.approx((2 * 0.35 + 2 * 0.025) / 4)
