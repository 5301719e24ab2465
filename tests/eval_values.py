"""Questions, answers and outcomes by hand, for tests of the evaluation."""

from __future__ import annotations

from eval.citing import Cited
from eval.outcomes import Outcome
from eval.own import Evaluation, measured
from eval.questions import Gold, Question
from rag.types import Abstention, Answer, Citation, Evidence, Passage, Side, Statement, Timings


def citation(quotation: str, article_id: str = "a", start: int = 0) -> Citation:
    return Citation(article_id, "A title", None, None, quotation, start, start + len(quotation))


def statement(text: str, *citations: Citation) -> Statement:
    return Statement(text, citations or (citation(text),))


def answer(*statements: Statement, question: str = "Who?", **more: object) -> Answer:
    values: dict[str, object] = {
        "question": question,
        "query": question,
        "statements": statements,
        "withheld": (),
        "conflicts": (),
        "abstention": None if statements else Abstention("I found no answer to this.", ()),
        "writer": "extractive",
        "model": None,
        "timings_ms": Timings(4.0, 1.0, 0.0, 5.0),
    }
    return Answer(**{**values, **more})  # type: ignore[arg-type]


def side(value: str, quotation: str, start: int, article_id: str = "a") -> Side:
    return Side(value, article_id, quotation, start, start + len(quotation))


def evidence(*passages: Passage, score: float = 1.0) -> tuple[Evidence, ...]:
    return tuple(Evidence(passage, score, rank) for rank, passage in enumerate(passages, start=1))


def passage(name: str, start: int, end: int, article_id: str = "a") -> Passage:
    return Passage(name, article_id, start, end, "x" * (end - start), ((start, end),))


ASKED = Question(
    id="q1", question="Who leads?", answerable=True, reference="Mara leads.", accepted=(("Mara",),), gold=(Gold("a", "Mara leads."),)
)
UNKNOWN = Question(id="q2", question="Who follows?", answerable=False, kind="near")
RANKED = {"Success@1": 0.0, "Success@5": 1.0, "nDCG@10": 0.5, "RR@10": 0.5}

RIGHT = Outcome(
    ASKED,
    answer(statement("Mara leads."), question="Who leads?", evidence=evidence(passage("p", 0, 11))),
    right=True,
    cited=True,
    token_f1=1.0,
    by_gold=(Cited(True, 1, 1),),
    by_verifier=(Cited(True, 1, 1),),
    exact=(1, 1),
    answerable=0.9,
    would_be_right=True,
    ranking=RANKED,
)
FALSE_ANSWER = Outcome(
    UNKNOWN,
    answer(statement("Mara leads."), statement("So it is."), question="Who follows?"),
    by_gold=(Cited(False, 0, 1), Cited(False, 0, 1)),
    by_verifier=(Cited(True, 1, 1), Cited(False, 0, 1)),
    exact=(2, 2),
    answerable=0.6,
)


def run_of(*outcomes: Outcome) -> Evaluation:
    """A run by hand."""
    return measured("seeds", "extractive", "abc", outcomes)
