"""All models of an answer from questions that were asked: the ranking of passages, of sentences, and whether to answer.

Passages and sentences are fitted on the answerable questions of SQuAD 2.0, every paragraph of it an article, and of the invented
stories (`eval.stories`). Whether a question is answered is fitted on all of their questions and on questions asked of a
corpus about something else: near the topic and far from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.asking import Found, Ordered, Span, blank
from eval.fitting import fit_listwise, fit_trees, named
from eval.pointing import Example, answer_words, train
from rag.answerable import ANSWER_FEATURES, CHOICE_FEATURES
from rag.choose import PASSAGES, Choices, choose, first_look, look_again, sight
from rag.features import PASSAGE_FEATURES, SENTENCE_FEATURES, sentence_features
from rag.retrieve import Retrieved
from rag.types import Passage
from rag.weights import using

FAR_WEIGHT = 0.5  # of a question to a corpus about something else
# In the fit of passages a story's question counts less: its few passages say little about finding one among hundreds (docs/log.md).
STORY_WEIGHT = 0.1
# A question of SQuAD counts more, since there are six times as many of the stories': in the trees most, since the network leans to the
# stories, and together they are to be right about both (docs/log.md).
SQUAD_WEIGHT = 4.0
NETWORK_SQUAD_WEIGHT = 2.0
LEARNED_FROM = 8  # sentences of a question, the likeliest: what the network learns from them holds for more (docs/log.md)
Matrix = NDArray[np.float64]


def fit(asked: Sequence[Found]) -> dict[str, Any]:
    """All of them from these questions."""
    answerable = [a for a in asked if a.answerable]
    weights = blank()
    lists = [a.retrieved.features for a in answerable]
    counts = [STORY_WEIGHT if a.source == "stories" else 1.0 for a in answerable]
    fitted = fit_listwise(lists, [_right_passages(a) for a in answerable], counts)
    weights["passages"]["weights"] = named(PASSAGE_FEATURES, fitted)
    ranked = [rerank(a.retrieved, weights) for a in answerable]
    pairs = [_sentences(a, r) for a, r in zip(answerable, ranked, strict=True)]
    weights["sentences"]["weights"] = named(SENTENCE_FEATURES, fit_listwise([p.rows for p in pairs], [p.right for p in pairs]))
    with using(weights):
        again = [_look_again(p, r) for p, r in zip(pairs, ranked, strict=True)]
    weights["choices"]["weights"] = named(CHOICE_FEATURES, fit_listwise([rows for rows, _ in again], [right for _, right in again]))
    with using(weights):
        examples = [_example(a, rerank(a.retrieved, weights)) for a in asked]
    trees = fit_trees(
        np.array([e.answer for e in examples]),
        np.array([a.answerable for a in asked]),
        np.array([e.weight * (SQUAD_WEIGHT if a.source == "squad" and not a.far else 1.0) for a, e in zip(asked, examples, strict=True)]),
        ANSWER_FEATURES,
    )
    weights["answerable"] |= trees
    often = [NETWORK_SQUAD_WEIGHT if a.source == "squad" and not a.far else 1.0 for a in asked]
    weights["pointer"] = train([replace(e, weight=e.weight * w) for e, w in zip(examples, often, strict=True)])
    return weights


def _example(asked: Found, ranked: Retrieved) -> Example:
    look = first_look(ranked)
    look = replace(look, ranked=look.ranked[:LEARNED_FROM], rows=look.rows[:LEARNED_FROM])
    seen = sight(ranked, look)
    words = tuple(
        answer_words(c.view.text, holds(asked.gold, c.passage.article_id, c.view.start, c.view.end), asked.answers, len(vectors))
        for c, vectors in zip(look.ranked, seen.sentences, strict=True)
    )
    return Example(seen, look.rows, look.answer_features, words, asked.answerable, FAR_WEIGHT if asked.far else 1.0)


def chosen(asked: Sequence[Found], weights: dict[str, Any]) -> Iterator[tuple[Ordered, Choices]]:
    """The choice of sentences for each question under these weights."""
    with using(weights):
        for a in asked:
            ranked = rerank(a.retrieved, weights)
            order = tuple(s.passage.article_id for s in ranked.stored)
            yield Ordered(source=a.source, gold=a.gold, far=a.far, groups=a.groups, answers=a.answers, order=order), choose(ranked)


def rerank(retrieved: Retrieved, weights: dict[str, Any]) -> Retrieved:
    """The same candidates in the order of these weights."""
    scores = retrieved.features @ np.array([weights["passages"]["weights"][f] for f in PASSAGE_FEATURES])
    order = sorted(range(len(scores)), key=lambda i: (-round(float(scores[i]), 9), retrieved.stored[i].passage.id))
    return replace(
        retrieved,
        stored=tuple(retrieved.stored[i] for i in order),
        features=retrieved.features[order],
        scores=tuple(float(scores[i]) for i in order),
    )


def _right_passages(asked: Found) -> NDArray[np.bool_]:
    """The passages that hold the answer."""
    return np.array([holds(asked.gold, s.passage.article_id, s.passage.start, s.passage.end) for s in asked.retrieved.stored])


def holds(gold: Sequence[Span], article_id: str, start: int, end: int) -> bool:
    """Whether these characters of an article have a part of the gold."""
    return any(article_id == a and start < e and s < end for a, s, e in gold)


@dataclass(frozen=True)
class _Sentences:
    """The sentences of a question's best passages: features, and which hold the answer."""

    passages: tuple[Passage, ...]
    places: list[tuple[int, int]]
    rows: Matrix
    right: NDArray[np.bool_]


def _sentences(asked: Found, ranked: Retrieved) -> _Sentences:
    best = tuple(s.passage for s in ranked.stored[:PASSAGES])
    places, rows = sentence_features(ranked.question, best, ranked.vectors(PASSAGES), ranked.scores[:PASSAGES])
    right = [holds(asked.gold, best[p].article_id, *best[p].sentences[i]) for p, i in places]
    return _Sentences(best, places, rows, np.array(right))


def _look_again(sentences: _Sentences, ranked: Retrieved) -> tuple[Matrix, NDArray[np.bool_]]:
    kept, rows = look_again(ranked, sentences.passages, sentences.places, sentences.rows)
    right = dict(zip(sentences.places, sentences.right, strict=True))
    return rows, np.array([right[place] for place in kept])
