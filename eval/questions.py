"""The question set: questions about a corpus, with what a right answer contains and the words of the articles that support it.

One JSON object a line: `id`, `question`, `history` (earlier questions), `reference` (an answer in a sentence), `accepted` (groups of
variants: a right answer has one of every group), `answerable`, `kind`, and `gold`, the quotations (`article_id`, verbatim `quotation`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import UnusableInput
from rag.types import Answer, Article


@dataclass(frozen=True, slots=True)
class Gold:
    """A quotation that supports the right answer."""

    article_id: str
    quotation: str


@dataclass(frozen=True, slots=True)
class Question:
    """A line of the question set."""

    id: str
    question: str
    history: tuple[str, ...]
    reference: str
    accepted: tuple[tuple[str, ...], ...]
    answerable: bool
    kind: str
    gold: tuple[Gold, ...]


def load(path: Path) -> tuple[Question, ...]:
    """Read a question set.

    Raises:
        UnusableInput: the file cannot be read, or a line (named by its number) is not a question.
    """
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise UnusableInput(f"The questions {str(path)!r} cannot be read: {error.strerror}.") from error
    return tuple(_line(number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _line(number: int, line: str) -> Question:
    try:
        row = json.loads(line)
        return Question(
            id=str(row["id"]),
            question=row["question"],
            history=tuple(row.get("history", ())),
            reference=row.get("reference", ""),
            accepted=tuple(tuple(group) for group in row.get("accepted", ())),
            answerable=bool(row["answerable"]),
            kind=row.get("kind", "fact"),
            gold=tuple(Gold(g["article_id"], g["quotation"]) for g in row.get("gold", ())),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UnusableInput(f"Line {number} of the questions cannot be used ({type(error).__name__}: {error}).") from error


def is_right(question: Question, answer: Answer) -> bool:
    """Declined where there is no answer; else one variant of every accepted group is in the displayed statements."""
    if not question.answerable:
        return not answer.answered
    shown = " ".join(s.text for s in answer.statements).lower()
    return answer.answered and all(any(v.lower() in shown for v in group) for group in question.accepted)


def is_rightly_cited(question: Question, answer: Answer, articles: Sequence[Article]) -> bool:
    """At least one citation overlaps a gold quotation in its article. True where there is nothing to cite."""
    if not question.answerable:
        return True
    texts = {a.id: a.text for a in articles}
    for gold in question.gold:
        start = texts.get(gold.article_id, "").find(gold.quotation)
        end = start + len(gold.quotation)
        for citation in (c for s in answer.statements for c in s.citations):
            if start >= 0 and citation.article_id == gold.article_id and citation.start < end and start < citation.end:
                return True
    return False
