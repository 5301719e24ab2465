"""Which sentences answer the question, and whether any does.

The sentences of the best passages are scored by weights fitted with listwise logistic regression; the first few of them again,
with what late interaction sees (`rag.late`), which is too slow for all. Their scores become probabilities. Whether the question is
answered at all is a logistic regression over how well the best sentence and its passage fit and over what of the question is
missing there (`rag.answerable`). All weights: `rag/weights.json`, made by `python -m eval calibrate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.answerable import ANSWER_FEATURES, CHOICE_FEATURES, Choice, answer_features
from rag.features import SENTENCE_FEATURES, sentence_features, view_sentences
from rag.late import late_features
from rag.retrieve import Retrieved
from rag.types import Passage
from rag.weights import fitted

PASSAGES = 5  # whose sentences compete
LOOKED_AT_AGAIN = 8  # of those sentences; 12 are no better, and each takes about 2 ms when it is met first


@dataclass(frozen=True)
class Choices:
    """The sentences that may answer, best first; with what the abstention looks at."""

    ranked: tuple[Choice, ...]
    answer_features: tuple[float, ...]
    answerable: float  # probability that the articles answer the question


def choose(retrieved: Retrieved) -> Choices:
    """Rank the sentences of the best passages by how well they answer."""
    best = [s.passage for s in retrieved.stored[:PASSAGES]]
    if not best:
        return Choices((), (), 0.0)
    vectors = retrieved.vectors(PASSAGES)
    places, rows = look_again(retrieved, best, *sentence_features(retrieved.question, best, vectors, retrieved.scores[:PASSAGES]))
    scores = fitted("choices", CHOICE_FEATURES).score(rows)
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    order = sorted(range(len(places)), key=lambda i: (-round(float(scores[i]), 9), places[i]))
    ranked = tuple(
        Choice(best[p], s, view_sentences(best[p])[s], vectors[p][s + 1], float(shares[i]), round(float(scores[i]), 9))
        for i in order
        for p, s in [places[i]]
    )
    answer = answer_features(retrieved, ranked, rows[order])
    return Choices(ranked, answer, fitted("answerable", ANSWER_FEATURES).probability(answer))


def look_again(
    retrieved: Retrieved, passages: Sequence[Passage], places: Sequence[tuple[int, int]], features: NDArray[np.float64]
) -> tuple[list[tuple[int, int]], NDArray[np.float64]]:
    """The likeliest places, in their order of likeliness, with CHOICE_FEATURES."""
    scores = fitted("sentences", SENTENCE_FEATURES).score(features)
    order = sorted(range(len(places)), key=lambda i: (-round(float(scores[i]), 9), places[i]))[:LOOKED_AT_AGAIN]
    kept = [places[i] for i in order]
    texts = [view_sentences(passages[p])[s].text for p, s in kept]
    question, *found = retrieved.embed_words([retrieved.question.text, *texts])
    late = late_features(question, found, retrieved.question.weight)
    return kept, np.hstack([features[order], late])
