"""What the ranking, the extractive writer and the abstention look at: question against passages and their sentences.

Every feature is in about 0..1 whatever the corpus, so that weights fitted on one hold on another (`rag/weights.json`,
made by `python -m eval calibrate`). Arrays have one row a passage or a sentence, one column a name below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag import lexical
from rag.types import Passage

Matrix = NDArray[np.float64]
Vectors = NDArray[np.float32]

PASSAGE_FEATURES = (
    "dense", "bm25", "sentence_cosine", "window_cosine", "sentence_bm25", "window_recall", "passage_recall", "bigrams",
    "names",
)  # fmt: skip
SENTENCE_FEATURES = (
    "passage", "cosine", "window_cosine", "bm25", "recall", "window_recall", "bigrams", "names", "cue", "new", "length",
    "first",
)  # fmt: skip

MONTHS = "january february march april may june july august september october november december".split()
_DATE = re.compile(
    rf"\b(?:1[0-9]|20)\d\d\b|\b(?:{'|'.join(m.title() for m in MONTHS)}|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\b"
    r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:century|decade|yesterday|today|ago)\b"
)
_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?|"
    r"billions?|half|twice|third|quarter|several|few)\b",
    re.I,
)
_PLACE = re.compile(r"\b(?:in|at|near|from|to|on|of|into|outside|around|across|through|toward|towards)\s+(?:the\s+)?[A-Z]")
_REASON = re.compile(r"\b(?:because|due|since|so that|in order|to \w+|therefore|result(?:s|ed)?|caus\w+|led)\b", re.I)
_CUES: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    ("when", re.compile(r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade|time)\b", re.I), _DATE),
    ("number", re.compile(r"\bhow (?:many|much|long|far|old|large|big|tall|high)\b|\b(?:what|which) (?:percent\w*|number|"
                          r"proportion|distance|share|population|amount|temperature)\b", re.I), _NUMBER),
    ("where", re.compile(r"\bwhere\b|\b(?:what|which) (?:city|country|place|town|state|region|area|river|village)\b", re.I),
     _PLACE),
    ("why", re.compile(r"\bwhy\b|\bwhat (?:caused|was the reason|is the reason)\b|\bhow come\b", re.I), _REASON),
)  # fmt: skip
_WHO = re.compile(
    r"\bwho(?:m|se)?\b|\bnames?\b|\bcalled\b|\b(?:what|which) (?:person|people|man|woman|company|organi[sz]ation|group)\b", re.I
)
_NAME = re.compile(r"[A-Z][\w'’]*(?:-[\w'’]+)*")


@dataclass(frozen=True)
class SentenceView:
    """A sentence, analysed once."""

    start: int
    end: int
    text: str
    stems: tuple[str, ...]
    kinds: frozenset[str]
    names: frozenset[str]
    bigrams: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class QuestionView:
    """A question, analysed once. `weight` is the idf of its content stems, from the corpus that is asked."""

    text: str
    kinds: frozenset[str]
    stems: tuple[str, ...]
    names: frozenset[str]
    bigrams: frozenset[tuple[str, str]]
    weight: Mapping[str, float]
    vector: Vectors


def view_question(text: str, vector: Vectors, idf: Mapping[str, float]) -> QuestionView:
    content = lexical.content_stems(text)
    asked = {kind for kind, question, _ in _CUES if question.search(text)}
    return QuestionView(
        text=text,
        kinds=frozenset(asked | ({"who"} if _WHO.search(text) else set())),
        stems=tuple(dict.fromkeys(content)),
        names=frozenset(names(text, question=True)),
        bigrams=frozenset(lexical.bigrams(lexical.stems(text))),
        weight={s: idf.get(s, 1.0) for s in content},
        vector=vector,
    )


def names(text: str, question: bool = False) -> set[str]:
    """Stems of capitalised words and numbers; a sentence's first word counts only if it is no function word."""
    found = {lexical.stem(w.lower()) for w in _NAME.findall(text) if lexical.is_content(w)}
    if not question:
        return found | set(re.findall(r"\d+(?:[.,]\d+)*", text))
    first = _NAME.match(text.strip())
    if first and not lexical.is_content(first.group()):
        found.discard(lexical.stem(first.group().lower()))
    return found | set(re.findall(r"\d+(?:[.,]\d+)*", text))


@lru_cache(maxsize=20_000)
def view_sentences(passage: Passage) -> tuple[SentenceView, ...]:
    """The sentences of a passage. Cached: passages are immutable and small corpora meet the same ones again."""
    return tuple(_view(passage.text[s - passage.start : e - passage.start], s, e) for s, e in passage.sentences)


def _view(text: str, start: int, end: int) -> SentenceView:
    found = tuple(lexical.stems(text))
    kinds = {kind for kind, _, answer in _CUES if answer.search(text)}
    return SentenceView(start, end, text, found, frozenset(kinds), frozenset(names(text)), frozenset(lexical.bigrams(found)))


def passage_features(question: QuestionView, passages: Sequence[Passage], vectors: Sequence[Vectors], bm25: Sequence[float]) -> Matrix:
    """Shape (passages, PASSAGE_FEATURES). `vectors[i]` has the passage's vector, then one a sentence; `bm25` is raw."""
    rows = np.zeros((len(passages), len(PASSAGE_FEATURES)))
    reach = max(sum(question.weight.values()), 1e-9)
    for i, (passage, matrix) in enumerate(zip(passages, vectors, strict=True)):
        views = view_sentences(passage)
        cosines = matrix[1:] @ question.vector
        table = _sentence_table(question, views)
        whole = set().union(*(v.stems for v in views))
        grams = set().union(*(v.bigrams for v in views))
        rows[i] = (
            float(matrix[0] @ question.vector),
            bm25[i] / reach,
            float(cosines.max()),
            float(_windows(matrix[1:], question.vector).max()),
            table[:, 0].max(),
            table[:, 2].max(),
            lexical.recall(question.stems, whole, dict(question.weight)),
            _share(question.bigrams, grams),
            _share(question.names, set().union(*(v.names for v in views))),
        )
    return rows


def sentence_features(
    question: QuestionView, passages: Sequence[Passage], vectors: Sequence[Vectors], scores: Sequence[float]
) -> tuple[list[tuple[int, int]], Matrix]:
    """Places (passage index, sentence index) and their features, shape (sentences, SENTENCE_FEATURES).

    `scores` are the passages' scores, the best first.
    """
    places: list[tuple[int, int]] = []
    rows: list[list[float]] = []
    for p, (passage, matrix, score) in enumerate(zip(passages, vectors, scores, strict=True)):
        views = view_sentences(passage)
        table = _sentence_table(question, views)
        cosines, windows = matrix[1:] @ question.vector, _windows(matrix[1:], question.vector)
        for i, view in enumerate(views):
            places.append((p, i))
            rows.append([
                score - scores[0], float(cosines[i]), float(windows[i]), *table[i], _cue(question, view),
                _new(question, view), min(len(view.stems), 40) / 40, float(i == 0),
            ])  # fmt: skip
    return places, np.array(rows).reshape(len(rows), len(SENTENCE_FEATURES))


def _sentence_table(question: QuestionView, views: Sequence[SentenceView]) -> Matrix:
    """Columns: BM25 in the sentence, recall in it, recall with the one before, bigrams, names."""
    table = np.zeros((len(views), 5))
    before: set[str] = set()
    weight = dict(question.weight)
    reach = max(sum(weight.values()), 1e-9)
    for i, view in enumerate(views):
        here = set(view.stems)
        table[i] = (
            _bm25(question, view) / reach,
            lexical.recall(question.stems, here, weight),
            lexical.recall(question.stems, here | before, weight),
            _share(question.bigrams, view.bigrams),
            _share(question.names, view.names),
        )
        before = here
    return table


def _bm25(question: QuestionView, view: SentenceView, k1: float = 1.2, b: float = 0.75, average: float = 24.0) -> float:
    total = 0.0
    for term in question.stems:
        tf = view.stems.count(term)
        if tf:
            norm = k1 * (1 - b + b * len(view.stems) / average)
            total += question.weight[term] * tf * (k1 + 1) / (tf + norm)
    return total


def _windows(sentences: Vectors, query: Vectors) -> Vectors:
    """Cosine with each sentence joined to the one before; a window's vector is the mean of its sentences'."""
    sums = sentences.copy()
    sums[1:] += sentences[:-1]
    result: Vectors = (sums @ query) / np.maximum(np.linalg.norm(sums, axis=1), 1e-9)
    return result


def _cue(question: QuestionView, view: SentenceView) -> float:
    """1 where the sentence has what the question word asks for, 0 where it lacks it, 0.5 where nothing is asked for."""
    wanted = question.kinds - {"who"}
    checks = [float(kind in view.kinds) for kind in wanted]
    if "who" in question.kinds:
        checks.append(float(bool(_inner_names(view.text) - question.names)))
    return sum(checks) / len(checks) if checks else 0.5


@lru_cache(maxsize=20_000)
def _inner_names(text: str) -> frozenset[str]:
    """The names of a sentence; its first word counts only where a name goes on after it."""
    plain = text.lstrip("\"'“‘( ")
    first = _NAME.match(plain)
    if first and not re.match(r"\s+[A-Z]", plain[first.end() :]):
        plain = plain[first.end() :]
    return frozenset(names(plain))


def _new(question: QuestionView, view: SentenceView) -> float:
    """The share of the sentence's words that the question did not have: an answer says something new."""
    return len(set(view.stems) - set(question.stems)) / max(len(set(view.stems)), 1)


def _share(wanted: Set[Any], found: Set[Any]) -> float:
    return len(wanted & found) / len(wanted) if wanted else 0.0
