"""Question → evidence: dense and BM25 candidates, scored together with their best sentences.

Fusion is in score space, by weights fitted with listwise logistic regression (`rag/weights.json`). On the SQuAD 2.0
development half this finds the right paragraph first for 86.7 % of the questions, LlamaIndex's best QueryFusionRetriever mode for
79.4 % (`python -m eval public`). The order is total, so the same question gives the same evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.dates import BONUS, asked_about
from rag.features import PASSAGE_FEATURES, QuestionView, passage_features, view_question
from rag.filters import passes
from rag.index import Index
from rag.late import EmbedWords
from rag.lexical import content_stems, stems
from rag.records import StoredPassage
from rag.types import Evidence, Filter
from rag.weights import fitted

CANDIDATES = 50  # of each kind; together they hold the right paragraph for 99.9 % of the SQuAD questions
CANDIDATES_OF_A_DATE = 10  # of each kind, published when the question says
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Retrieved:
    """The best passages with what was computed about them, for the stages that follow."""

    question: QuestionView
    stored: tuple[StoredPassage, ...]
    features: NDArray[np.float64]  # (passages, PASSAGE_FEATURES)
    scores: tuple[float, ...]  # ours, the best first: what weights are fitted on
    embed_words: EmbedWords
    bundled: bool  # whether the words are the bundled embedding model's
    reranked: tuple[float, ...] = ()  # the reranker's, where there is one: what evidence shows

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return tuple(
            Evidence(stored.passage, score, rank)
            for rank, (stored, score) in enumerate(zip(self.stored, self.reranked or self.scores, strict=True), start=1)
        )

    def vectors(self, top_k: int) -> list[Vectors]:
        """For each passage its own vector and then its sentences', as the features want them."""
        return [_with_mean(stored) for stored in self.stored[:top_k]]


def retrieve(index: Index, query: str, top_k: int, wanted: Filter | None = None) -> Retrieved:
    """The `top_k` best passages for a query among the articles that are wanted, best first, ties by passage id.

    Raises:
        IndexUnavailable: the Chroma server does not answer.
    """
    wanted = _with_stand_ins(wanted, index)
    vector = index.embedder.embed_query(query)
    dense = index.nearest(vector, CANDIDATES, wanted)
    sparse = dict(index.matching(stems(query), CANDIDATES, wanted))
    period = asked_about(query)
    if period and (then := period.filter) and not (wanted and wanted.dated):
        then = replace(then, outlets=wanted.outlets if wanted else ())
        dense += index.nearest(vector, CANDIDATES_OF_A_DATE, then)
        sparse |= index.matching(stems(query), CANDIDATES_OF_A_DATE, then)
    question = view_question(query, vector, index.idf(content_stems(query)))
    stored = index.load(list(dict.fromkeys([*(i for i, _ in dense), *sparse])))
    if not stored:
        return Retrieved(question, (), np.zeros((0, len(PASSAGE_FEATURES))), (), index.embedder.embed_words, index.embedder.bundled)
    features = _features(question, stored, sparse)
    scores = fitted("passages", PASSAGE_FEATURES).score(features)
    if period:
        scores += [BONUS * period.near(s.about.published) for s in stored]
    order = sorted(range(len(stored)), key=lambda i: (-round(float(scores[i]), 9), stored[i].passage.id))[:top_k]
    return Retrieved(
        question,
        tuple(stored[i] for i in order),
        features[order],
        tuple(round(float(scores[i]), 9) for i in order),
        index.embedder.embed_words,
        index.embedder.bundled,
    )


def read_as(found: Retrieved, question: str, index: Index, wanted: Filter | None = None) -> Retrieved:
    """The same passages in the same order, to be read with a question that says less than the query they were found by."""
    wanted = _with_stand_ins(wanted, index)
    view = view_question(question, index.embedder.embed_query(question), index.idf(content_stems(question)))
    sparse = dict(index.matching(stems(question), CANDIDATES, wanted))
    return replace(found, question=view, features=_features(view, found.stored, sparse))


def _with_stand_ins(wanted: Filter | None, index: Index) -> Filter | None:
    """An article is wanted where one that it stands for is: the text is the same, and is indexed once."""
    if not wanted:
        return None
    ids = {
        article_id
        for article_id, outlet, published, other, on in index.manifest.standing()
        if passes(wanted, other, on) and not passes(wanted, outlet, published)
    }
    return replace(wanted, passages=tuple(index.manifest.passage_ids(ids))) if ids else wanted


def distinct_articles(evidence: Sequence[Evidence], most: int = 3) -> tuple[str, ...]:
    """Article ids in order of their best passage."""
    return tuple(dict.fromkeys(e.passage.article_id for e in evidence))[:most]


def _features(question: QuestionView, stored: Sequence[StoredPassage], bm25: Mapping[str, float]) -> NDArray[np.float64]:
    found = [bm25.get(s.passage.id, 0.0) for s in stored]
    return passage_features(question, [s.passage for s in stored], [_with_mean(s) for s in stored], found)


def _with_mean(stored: StoredPassage) -> Vectors:
    return np.vstack([stored.mean[None], stored.vectors])
