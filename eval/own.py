"""The whole assistant over a question set: what is right, rightly cited, rightly declined, and how long it takes."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.questions import Question, is_right, is_rightly_cited, load
from rag.pipeline import Assistant
from rag.types import Answer


@dataclass(frozen=True)
class Outcome:
    """One question with what became of it."""

    question: Question
    answer: Answer
    right: bool
    cited: bool
    exact: bool  # every quotation is verbatim


def evaluate(
    corpus: str | Path = "seeds",
    questions: Path | None = None,
    writer: str | None = None,
    each: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Ask every question of a set. `each` sees every outcome as it comes.

    Raises:
        FootnoteError: the corpus or the questions cannot be used.
    """
    found = load(questions or Path(__file__).with_name("questions.jsonl"))
    assistant = Assistant.open(corpus)
    assistant.warm()
    outcomes = []
    for question in found:
        outcomes.append(_outcome(assistant, question, writer))
        each(outcomes[-1])
    return outcomes


def _outcome(assistant: Assistant, question: Question, writer: str | None) -> Outcome:
    answer = assistant.ask(question.question, question.history, writer)
    texts = {a.id: a.text for a in assistant.articles()}
    citations = [c for s in answer.statements for c in s.citations]
    return Outcome(
        question,
        answer,
        is_right(question, answer),
        is_rightly_cited(question, answer, assistant.articles()),
        all(texts[c.article_id][c.start : c.end] == c.quotation for c in citations),
    )


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures of a run."""
    answerable = [o for o in outcomes if o.question.answerable]
    near = [o for o in outcomes if not o.question.answerable and o.question.kind != "far"]
    far = [o for o in outcomes if o.question.kind == "far"]
    follow_ups = [o for o in outcomes if o.question.kind == "follow-up"]
    conflicts = [o for o in outcomes if o.question.kind == "conflict"]
    shown = [s for o in outcomes for s in o.answer.statements]
    return {
        "questions": len(outcomes),
        "right and rightly cited": _share([o.right and o.cited for o in outcomes]),
        "right and rightly cited, answerable": _share([o.right and o.cited for o in answerable]),
        "false refusals": _share([not o.answer.answered for o in answerable]),
        "false answers, near the topic": _share([o.answer.answered for o in near]),
        "false answers, far from it": _share([o.answer.answered for o in far]),
        "follow-ups right": _share([o.right for o in follow_ups]),
        "conflicts shown": _share([bool(o.answer.conflicts) for o in conflicts]),
        "quotations exact": _share([o.exact for o in outcomes]),
        "statements shown": len(shown),
        "statements withheld": sum(len(o.answer.withheld) for o in outcomes),
        "answered by the model": sum(o.answer.writer == "ollama" and o.answer.answered for o in outcomes),
        "median ms": round(statistics.median(o.answer.timings_ms.total for o in outcomes), 1),
    }


def _share(values: Sequence[bool]) -> str:
    return f"{sum(values)}/{len(values)}"


def details(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Everything about every question, for a JSON file."""
    return [
        {
            "id": o.question.id,
            "kind": o.question.kind,
            "question": o.question.question,
            "query": o.answer.query,
            "reference": o.question.reference,
            "right": o.right,
            "cited": o.cited,
            "statements": [asdict(s) for s in o.answer.statements],
            "withheld": [asdict(w) for w in o.answer.withheld],
            "notices": list(o.answer.notices),
            "writer": o.answer.writer,
        }
        for o in outcomes
    ]
