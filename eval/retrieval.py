"""Are the gold passages found? Measures of ir-measures (MacAvaney et al., 2022), over the passages that were retrieved; and, where a
question belongs to one article, whether that is found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import ir_measures

from eval.citing import Spans, overlaps
from eval.intervals import Figure, share
from rag.types import Evidence, Passage

NAMES = ("Success@1", "Success@5", "nDCG@10", "RR@10")
Ranking = Mapping[str, float]


def relevant(passages: Iterable[Passage], spans: Spans) -> dict[str, int]:
    """A passage is relevant if it overlaps a gold quotation: qrels of one question."""
    return {p.id: 1 for p in passages if overlaps(p.article_id, p.start, p.end, spans)}


def rank(qrels: Mapping[str, Mapping[str, int]], found: Mapping[str, Sequence[Evidence]]) -> dict[str, Ranking]:
    """Every measure for every question of the qrels. A question for which nothing was found gets 0."""
    # Negative ranks as scores: the order is what the assistant saw, also where two scores are the same.
    run = {key: {e.passage.id: float(-e.rank) for e in found.get(key, ())} for key in qrels}
    values = {key: dict.fromkeys(NAMES, 0.0) for key in qrels}
    measures = [ir_measures.parse_measure(name) for name in NAMES]
    for metric in ir_measures.iter_calc(measures, qrels, run) if qrels else ():
        values[metric.query_id][str(metric.measure)] = metric.value
    return {key: values[key] for key in qrels}


def success(ranked: Iterable[tuple[Sequence[str], str]]) -> dict[str, Figure | None]:
    """Success@1 and @5 (Craswell, 2009) of article ids, best first, and the right one. An id that comes again counts once."""
    hits = [(list(dict.fromkeys(ids)), right) for ids, right in ranked]
    return {f"Success@{k}": share(right in ids[:k] for ids, right in hits) for k in (1, 5)}
