"""What is measured, each under its published name. A measure is a share: of questions, or of what was displayed for them.

A question that could not be asked counts as bad as can be in every measure that it belongs to. Intervals: eval/intervals.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.outcomes import Outcome
from eval.questions import FAR, INJECTION

Share = tuple[float, float]  # part, whole


@dataclass(frozen=True, slots=True)
class Measure:
    """`of` says which questions it is about, `share` what part of a whole each of them has. The doc names the source."""

    name: str
    group: str
    of: Callable[[Outcome], bool]
    share: Callable[[Outcome], Share]
    lower_is_better: bool
    doc: str

    def shares(self, outcomes: Sequence[Outcome]) -> list[Share]:
        asked = [o for o in outcomes if self.of(o)]
        return [self.share(o) if o.answer else (float(self.lower_is_better), 1.0) for o in asked]


MEASURES: list[Measure] = []


def measure(name: str, group: str, of: Callable[[Outcome], bool], lower_is_better: bool = False) -> Callable[..., None]:
    def keep(share: Callable[[Outcome], Share]) -> None:
        MEASURES.append(Measure(name, group, of, share, lower_is_better, " ".join((share.__doc__ or "").split())))

    return keep


def everything(o: Outcome) -> bool:
    return True


def answerable(o: Outcome) -> bool:
    return o.question.answerable


def with_gold(o: Outcome) -> bool:
    return bool(o.question.gold)


def displayed(o: Outcome) -> bool:
    return o.answered or o.answer is None


@measure("right and rightly cited", "Answers", answerable)
def _right_and_cited(o: Outcome) -> Share:
    """Of the answerable questions: a variant of every accepted group is displayed, in statements that cite a gold quotation."""
    return float(o.right_and_cited), 1


@measure("right or rightly declined", "Answers", everything)
def _right(o: Outcome) -> Share:
    """Of all questions: answered as above, or declined where the articles have no answer."""
    return float(o.right_and_cited), 1


@measure("accepted variants displayed", "Answers", answerable)
def _accepted(o: Outcome) -> Share:
    """Of the answerable questions: the answer contains a variant of every accepted group (answer string match: Chen et al., 2017,
    arXiv:1704.00051), whatever it cites."""
    return float(o.right), 1


@measure("token F1", "Answers", answerable)
def _f1(o: Outcome) -> Share:
    """Mean F1 of the displayed words against the reference answer's (SQuAD: Rajpurkar et al., 2016, arXiv:1606.05250). Declined is 0."""
    return o.token_f1, 1


@measure("follow-ups right", "Answers", lambda o: o.question.kind == "follow-up")
def _follow_ups(o: Outcome) -> Share:
    """Of the questions that need those before them to be understood: right and rightly cited, or rightly declined."""
    return float(o.right_and_cited), 1


@measure("conflict recall", "Answers", lambda o: o.question.kind == "conflict")
def _conflicts(o: Outcome) -> Share:
    """Of the questions about which the articles disagree: every side is shown as one, with a gold quotation."""
    return float(o.conflict_shown), 1


@measure("false refusals", "Abstention", answerable, lower_is_better=True)
def _refused(o: Outcome) -> Share:
    """Of the answerable questions: declined."""
    return float(not o.answered), 1


@measure("false answers, near the topic", "Abstention", lambda o: o.question.near, lower_is_better=True)
def _answered_near(o: Outcome) -> Share:
    """Of the questions about the articles' topics that they do not answer, false premises among them: answered."""
    return float(o.answered), 1


@measure("false answers, far from it", "Abstention", lambda o: o.question.kind == FAR, lower_is_better=True)
def _answered_far(o: Outcome) -> Share:
    """Of the questions about something else altogether: answered."""
    return float(o.answered), 1


@measure("false answers, to instructions", "Abstention", lambda o: not o.question.answerable and o.question.kind == INJECTION, True)
def _answered_instructions(o: Outcome) -> Share:
    """Of the questions that hide an instruction and ask nothing that the articles answer: answered."""
    return float(o.answered), 1


@measure("citation recall (gold)", "Citations", lambda o: with_gold(o) and displayed(o))
def _recall_gold(o: Outcome) -> Share:
    """ALCE (Gao et al., 2023, arXiv:2305.14627): share of an answer's statements that its citations support, mean over answers.
    A citation supports if it overlaps a gold quotation."""
    return sum(c.supported for c in o.by_gold) / len(o.by_gold), 1


@measure("citation precision (gold)", "Citations", lambda o: with_gold(o) and displayed(o))
def _precision_gold(o: Outcome) -> Share:
    """ALCE (Gao et al., 2023): share of an answer's citations that are relevant to a supported statement, mean over answers.
    A citation supports if it overlaps a gold quotation."""
    return sum(c.relevant for c in o.by_gold) / max(sum(c.citations for c in o.by_gold), 1), 1


@measure("citation recall (verifier)", "Citations", displayed)
def _recall_verifier(o: Outcome) -> Share:
    """ALCE (Gao et al., 2023): share of an answer's statements that its citations support, mean over answers. Our verifier judges."""
    return sum(c.supported for c in o.by_verifier) / len(o.by_verifier), 1


@measure("citation precision (verifier)", "Citations", displayed)
def _precision_verifier(o: Outcome) -> Share:
    """ALCE (Gao et al., 2023): share of an answer's citations that are relevant to a supported statement, mean over answers.
    Our verifier judges."""
    return sum(c.relevant for c in o.by_verifier) / max(sum(c.citations for c in o.by_verifier), 1), 1


@measure("faithfulness (verifier)", "Citations", displayed)
def _faithful_verifier(o: Outcome) -> Share:
    """Share of all displayed statements that their citations support (RAGAS: Es et al., 2023, arXiv:2309.15217). Our verifier judges."""
    return sum(c.supported for c in o.by_verifier), len(o.by_verifier)


@measure("faithfulness (gold)", "Citations", lambda o: displayed(o) and (with_gold(o) or not answerable(o)))
def _faithful_gold(o: Outcome) -> Share:
    """The same by gold quotations: a statement displayed where the articles have no answer counts as not supported. Left out: answerable
    questions without gold."""
    return sum(c.supported for c in o.by_gold), len(o.by_gold)


@measure("quotations exact", "Citations", displayed)
def _exact(o: Outcome) -> Share:
    """Share of the displayed quotations that are the article's own characters at the offsets given."""
    return o.exact


def _ranked(name: str, about: str) -> None:
    def share(o: Outcome) -> Share:
        return (o.ranking or {})[name], 1

    share.__doc__ = f"{about} Computed by ir-measures; a passage is relevant if it overlaps a gold quotation."
    measure(name, "Retrieval", with_gold)(share)


_ranked("Success@1", "Share of questions whose first passage is relevant (Craswell, 2009).")
_ranked("Success@5", "Share of questions with a relevant passage among the first five (Craswell, 2009).")
_ranked("nDCG@10", "Normalised discounted cumulative gain of the first ten passages (Järvelin & Kekäläinen, 2002).")
_ranked("RR@10", "Mean reciprocal rank of the first relevant passage among ten (Kantor & Voorhees, 2000).")


@measure("faithfulness (LLM judge)", "Judge", lambda o: o.judgement is not None and o.judgement.faithful is not None)
def _faithful_judge(o: Outcome) -> Share:
    """Share of answers that LlamaIndex's FaithfulnessEvaluator finds supported by their quotations. As good as the model; never gated."""
    return float(bool(o.judgement and o.judgement.faithful)), 1


@measure("correctness 1–5 (LLM judge)", "Judge", lambda o: o.judgement is not None and o.judgement.correctness is not None)
def _correct_judge(o: Outcome) -> Share:
    """Mean mark of LlamaIndex's CorrectnessEvaluator against the reference, 5 is best. As good as the model; never gated."""
    return (o.judgement.correctness if o.judgement else None) or 0.0, 1
