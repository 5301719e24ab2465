"""Which sentences answer the question, and whether any does.

The sentences of the best passages are scored by weights fitted with listwise logistic regression; the first few of them again,
with what late interaction sees (`rag.late`), which is too slow for all, and by a small network that reads them (`rag.pointer`):
the two opinions are averaged. Whether the question is answered at all is judged twice as well, by the network and by boosted trees
over how well the best sentence and its passage fit and over what of the question is missing there (`rag.answerable`).
All weights are made by `python -m eval calibrate`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.answerable import ANSWER_FEATURES, CHOICE_FEATURES, Choice, answer_features
from rag.features import SENTENCE_FEATURES, sentence_features, view_sentences
from rag.late import late_features
from rag.pointer import Seen, of_sentences, point, see
from rag.retrieve import Retrieved
from rag.types import Passage
from rag.weights import arrays, boosted, fitted, number

PASSAGES = 8  # whose sentences compete
LOOKED_AT_AGAIN = 16  # of those sentences; each takes about 2 ms when it is met first
Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Choices:
    """The sentences that may answer, best first; with what the abstention looks at."""

    ranked: tuple[Choice, ...]
    answerable: float  # probability that the articles answer the question
    threshold: float = 0.5  # the least of it with which to answer
    by_network: float = 0.0  # what it follows from, as logits
    by_trees: float = 0.0  # all there is with another embedding model
    pointed: tuple[float, ...] = ()  # how likely each of the best sentence's first words is the answer; they sum to one


@dataclass(frozen=True)
class FirstLook:
    """The sentences by the fitted weights alone, best first: what the second opinion is formed on."""

    ranked: tuple[Choice, ...]
    rows: NDArray[np.float64]  # (sentences, CHOICE_FEATURES)
    answer_features: tuple[float, ...]


def choose(retrieved: Retrieved) -> Choices:
    """Rank the sentences of the best passages by how well they answer."""
    if not retrieved.stored:
        return Choices((), 0.0)
    look = first_look(retrieved)
    trees = boosted("answerable", ANSWER_FEATURES).score(look.answer_features)
    weights = arrays("pointer") if retrieved.bundled else None
    if weights is None:
        return Choices(look.ranked, probability(trees), number("answerable", "threshold_of_trees"), by_trees=trees)
    words, none = point(weights, sight(retrieved, look), look.rows, look.answer_features)
    logits = of_sentences(words)
    network = float(np.logaddexp.reduce(logits)) - none
    both = (_log_shares([c.score for c in look.ranked]) + _log_shares(logits)) / 2
    ranked = _ranked(look.ranked, both)
    best = words[next(i for i, c in enumerate(look.ranked) if c.view is ranked[0].view)]
    pointed = tuple(np.exp(_log_shares(best.tolist())).tolist()) if len(best) else ()
    found = Choices(ranked, 0.0, number("answerable", "threshold"), network, trees, pointed)
    return weighed(found, number("answerable", "trees_count"))


def weighed(choices: Choices, trees_count: float) -> Choices:
    """The same choices, with the trees' opinion of whether to answer counting so many times the network's."""
    logit = (choices.by_network + trees_count * choices.by_trees) / (1 + trees_count)
    return replace(choices, answerable=probability(logit))


def probability(logit: float) -> float:
    return (1 + math.tanh(logit / 2)) / 2  # no logit is too large for it


def first_look(retrieved: Retrieved) -> FirstLook:
    """Rank by the fitted weights alone. There is at least one passage."""
    best = [s.passage for s in retrieved.stored[:PASSAGES]]
    vectors = retrieved.vectors(PASSAGES)
    places, rows = look_again(retrieved, best, *sentence_features(retrieved.question, best, vectors, retrieved.scores[:PASSAGES]))
    scores = fitted("choices", CHOICE_FEATURES).score(rows)
    found = [Choice(best[p], s, view_sentences(best[p])[s], vectors[p][s + 1], 0.0, 0.0) for p, s in places]
    order = sorted(range(len(places)), key=lambda i: (-round(float(scores[i]), 9), places[i]))
    ranked = _ranked([found[i] for i in order], scores[order])
    rows = rows[order]
    return FirstLook(ranked, rows, answer_features(retrieved, ranked, rows))


def sight(retrieved: Retrieved, look: FirstLook) -> Seen:
    """What the network sees of the sentences."""
    before = [view_sentences(c.passage)[c.position - 1].text if c.position else None for c in look.ranked]
    texts = [retrieved.question.text, *(c.view.text for c in look.ranked), *(text for text in before if text)]
    words = dict(zip(texts, retrieved.embed_words(texts), strict=True))
    return see(words[texts[0]], [words[c.view.text] for c in look.ranked], [words[text] if text else None for text in before])


def _ranked(choices: Sequence[Choice], scores: Scores) -> tuple[Choice, ...]:
    """By score, with each one's share; equal ones stay in their order."""
    shares = np.exp(_log_shares(scores))
    order = sorted(range(len(choices)), key=lambda i: -round(float(scores[i]), 9))
    return tuple(replace(choices[i], probability=float(shares[i]), score=round(float(scores[i]), 9)) for i in order)


def _log_shares(scores: Sequence[float] | Scores) -> Scores:
    found: Scores = np.asarray(scores) - np.logaddexp.reduce(np.asarray(scores))
    return found


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
