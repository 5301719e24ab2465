"""Do the citations carry what is displayed? The same measures with two judges: gold quotations, and the verifier."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eval.correctness import has_accepted
from eval.questions import Gold, Question
from rag.quotations import Embeds, Source
from rag.types import Answer, Citation, Side, Statement
from rag.verifier import judge

Supports = Callable[[str, Sequence[Citation]], bool]  # do these citations together support this text
Spans = Sequence[tuple[str, int, int]]  # article id, start, end


@dataclass(frozen=True, slots=True)
class Cited:
    """One statement by ALCE's rules: supported by its citations, and how many of them are needed."""

    supported: bool
    relevant: int
    citations: int


def alce(statement: Statement, supports: Supports) -> Cited:
    """Citation recall and precision of one statement (ALCE: Gao et al., 2023, arXiv:2305.14627, section 4).

    Recall: all its citations together support it. Precision: a citation is irrelevant if it does not support the statement alone and
    the others do without it; none is relevant where together they do not.
    """
    citations = statement.citations
    if not citations or not supports(statement.text, citations):
        return Cited(False, 0, len(citations))
    relevant = 0
    for i, citation in enumerate(citations):
        others = citations[:i] + citations[i + 1 :]
        relevant += supports(statement.text, (citation,)) or not (others and supports(statement.text, others))
    return Cited(True, relevant, len(citations))


def gold_spans(golds: Sequence[Gold], texts: Mapping[str, str]) -> tuple[tuple[str, int, int], ...]:
    """Where the gold quotations stand, every time that they do."""
    found = []
    for gold in golds:
        text, at = texts[gold.article_id], -1
        while (at := text.find(gold.quotation, at + 1)) >= 0:
            found.append((gold.article_id, at, at + len(gold.quotation)))
    return tuple(found)


def overlaps(article_id: str, start: int, end: int, spans: Spans) -> bool:
    return any(article_id == a and start < e and s < end for a, s, e in spans)


def by_gold(spans: Spans) -> Supports:
    """A citation supports what it is given for if it overlaps a gold quotation."""
    return lambda text, citations: any(overlaps(c.article_id, c.start, c.end, spans) for c in citations)


def by_verifier(embedder: Embeds) -> Supports:
    """Our own judge reads nothing but the quotations, one after the other as ALCE's does."""
    return lambda text, citations: judge(text, [Source.of(" ".join(c.quotation for c in citations))], embedder).supported


def exact_quotations(answer: Answer, texts: Mapping[str, str]) -> tuple[int, int]:
    """How many quotations are the article's own characters from `start` to `end`, and how many there are."""
    quoted: list[Citation | Side] = [c for s in answer.statements for c in s.citations]
    quoted += [side for conflict in answer.conflicts for side in conflict.sides]
    return sum(texts.get(q.article_id, "")[q.start : q.end] == q.quotation for q in quoted), len(quoted)


def conflict_shown(question: Question, answer: Answer, texts: Mapping[str, str]) -> bool:
    """Every side is shown as one: its variant is quoted, and the quotations come from at least two gold ones."""
    sides = [side for conflict in answer.conflicts for side in conflict.sides]
    met = [g for g in question.gold if any(overlaps(s.article_id, s.start, s.end, gold_spans([g], texts)) for s in sides)]
    return len(met) >= min(2, len(question.gold)) and has_accepted(question, " ".join(f"{s.value} {s.quotation}" for s in sides))
