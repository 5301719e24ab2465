"""What the plots show: the risk–coverage curve of abstention, and how far probabilities can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from eval.lines import json_lines
from eval.outcomes import Outcome
from rag.quotations import Embeds, Source

PAIRS = Path(__file__).with_name("minimal_pairs.jsonl")


@dataclass(frozen=True, slots=True)
class Point:
    """Were only the share `coverage` of the questions answered, the surest first, `risk` of those answers would be wrong."""

    coverage: float
    risk: float
    unanswerable: float  # the part of the risk that comes of questions without an answer
    least: float  # the probability of the least sure of them


def risk_coverage(outcomes: Sequence[Outcome]) -> list[Point]:
    """Selective risk (El-Yaniv & Wiener, 2010, JMLR 11) of the extractive answers, also of those that were not shown."""
    surest = sorted(outcomes, key=lambda o: -o.answerable)
    wrong = np.cumsum([not o.would_be_right for o in surest])
    without = np.cumsum([not o.question.answerable for o in surest])
    n = len(surest)
    return [Point((i + 1) / n, float(wrong[i]) / (i + 1), float(without[i]) / (i + 1), surest[i].answerable) for i in range(n)]


@dataclass(frozen=True, slots=True)
class Bin:
    """Of `n` judgements with about this probability, the share that was true."""

    probability: float
    share: float
    n: int


def reliability(labels: Sequence[bool], scores: Sequence[float], bins: int = 10) -> list[Bin]:
    """The points of a reliability diagram: equally wide bins, those without a judgement left out (Guo et al., 2017, arXiv:1706.04599)."""
    truth, probability = np.array(labels, dtype=float), np.array(scores, dtype=float)
    of = np.minimum((probability * bins).astype(int), bins - 1)
    found = []
    for b in sorted(set(of.tolist())):
        inside = of == b
        found.append(Bin(float(probability[inside].mean()), float(truth[inside].mean()), int(inside.sum())))
    return found


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: mean distance of probability and share, by the number of judgements (Guo et al., 2017)."""
    return sum(b.n * abs(b.probability - b.share) for b in bins) / max(sum(b.n for b in bins), 1)


def embedded(text: str, embedder: Embeds) -> Source:
    """With its vectors, so that they are computed once and not for every statement."""
    plain = Source.of(text)
    return replace(plain, vectors=embedder.embed_passages([text[start:end] for start, end in plain.spans]))


def judged_pairs(corpus: str | Path) -> tuple[list[bool], list[float]] | None:
    """The verifier's probabilities for the true and the changed statements of the minimal pairs. None for a corpus they are not from."""
    from rag.assistant import Assistant
    from rag.verifier import judge

    pairs = list(json_lines(PAIRS))
    assistant = Assistant.open(corpus)
    try:
        texts = {a.id: a.text for a in assistant.articles()}
        if any(pair["quotation"] not in texts.get(pair["article_id"], "") for pair in pairs):
            return None
        embedder = assistant.index.embedder
        sources = {article_id: embedded(text, embedder) for article_id, text in texts.items()}
        claims = [(pair["article_id"], pair[claim], claim == "claim_true") for pair in pairs for claim in ("claim_true", "claim_false")]
        return [true for *_, true in claims], [judge(claim, [sources[of]], embedder).score for of, claim, _ in claims]
    finally:
        assistant.close()
