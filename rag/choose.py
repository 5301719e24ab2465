"""Which sentences answer the question, and whether any does.

The sentences of the best passages are scored by weights fitted with listwise logistic regression; the first few of them again,
with what late interaction sees (`rag.late`), which is too slow for all. Their scores become probabilities. Whether the question is
answered at all is a logistic regression over how well the best sentence and its passage fit and over what of the question is
missing there. All weights: `rag/weights.json`, made by `python -m eval calibrate`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.features import (
    PASSAGE_FEATURES,
    SENTENCE_FEATURES,
    SentenceView,
    sentence_features,
    view_sentences,
)
from rag.late import LATE_FEATURES, late_features
from rag.retrieve import Retrieved
from rag.types import Passage
from rag.weights import fitted

PASSAGES = 5  # whose sentences compete
LOOKED_AT_AGAIN = 8  # of those sentences; 12 are no better, and each takes about 2 ms when it is met first
CHOICE_FEATURES = SENTENCE_FEATURES + LATE_FEATURES
KINDS = ("when", "number", "where", "why", "who")
ANSWER_FEATURES = (
    "cosine", "window_cosine", "recall", "window_recall", "bigrams", "names", "bm25", "sure", "sure_two",
    "missing_in_sentence", "missing_in_window", "missing_in_passage", "share_missing_in_sentence",
    "share_missing_in_passage", "names_missing", "has_names", "any_name_missing", "name_elsewhere", "best_recall",
    "best_cosine", "dense", "passage_recall", "passage_names", "question_negated", "sentence_negated", "cue", *KINDS, "open",
    "yes_no", "negated_wh", *LATE_FEATURES, *(f"best_{name}" for name in LATE_FEATURES),
)  # fmt: skip
YES_NO = re.compile(
    r"\s*(?:and |but |so )?(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might)(?:n['’]t)?\b", re.I
)
NEGATIONS = frozenset("not no never without neither nor none cannot n't don't didn't doesn't isn't wasn't weren't".split())


@dataclass(frozen=True)
class Choice:
    """A sentence that may answer. `probability` is its share among those looked at."""

    passage: Passage
    position: int  # among the passage's sentences
    view: SentenceView
    vector: NDArray[np.float32]
    probability: float
    score: float


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
    answer = _answer_features(retrieved, ranked, rows[order])
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


def _answer_features(retrieved: Retrieved, ranked: tuple[Choice, ...], rows: NDArray[np.float64]) -> tuple[float, ...]:
    top = ranked[0]
    sentence = dict(zip(CHOICE_FEATURES, rows[0], strict=True))
    passage = dict(zip(PASSAGE_FEATURES, retrieved.features[0], strict=True))
    question = retrieved.question
    column = CHOICE_FEATURES.index
    late = rows[:, len(SENTENCE_FEATURES) :]
    yes_no, negated = bool(YES_NO.match(question.text)), _negated(question.text)
    return tuple(
        float(x)
        for x in (
            sentence["cosine"], sentence["window_cosine"], sentence["recall"], sentence["window_recall"],
            sentence["bigrams"], sentence["names"], sentence["bm25"], top.probability,
            sum(c.probability for c in ranked[:2]), *_missing(retrieved, top),
            rows[:, column("recall")].max(), rows[:, column("cosine")].max(),
            passage["dense"], passage["passage_recall"], passage["names"], negated, _negated(top.view.text),
            sentence["cue"], *(kind in question.kinds for kind in KINDS), not question.kinds,
            yes_no, negated and not yes_no, *late[0], *late.max(axis=0),
        )
    )  # fmt: skip


def _negated(text: str) -> bool:
    return bool(NEGATIONS & set(text.lower().split()))


def _missing(retrieved: Retrieved, top: Choice) -> tuple[float, ...]:
    """What of the question the best sentence and its passage lack: rarest word, share of words, names."""
    question = retrieved.question
    views = view_sentences(top.passage)
    here = set(top.view.stems)
    window = here | (set(views[top.position - 1].stems) if top.position else set())
    whole = set().union(*(v.stems for v in views))
    weight = question.weight
    rarest = max(max(weight.values(), default=0.0), 1e-9)
    lacks = [[weight[s] for s in question.stems if s not in there] for there in (here, window, whole)]
    names_lacking = question.names - whole
    n = max(len(question.stems), 1)
    return (
        *(max(lack, default=0.0) / rarest for lack in lacks),
        len(lacks[0]) / n,
        len(lacks[2]) / n,
        len(names_lacking) / max(len(question.names), 1),
        float(bool(question.names)),
        float(bool(names_lacking)),
        float(bool(question.names - here)),
    )
