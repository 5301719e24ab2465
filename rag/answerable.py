"""What tells whether the articles answer a question: how well the best sentence and its passage fit, and what they lack.

A question that is not answered is often an answered one with a part of it changed (that is how SQuAD 2.0's were written, and how
people err): another name or number, the opposite word, a negation. Those parts are looked for one by one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.facts import is_named, opposites
from rag.features import PASSAGE_FEATURES, SENTENCE_FEATURES, QuestionView, SentenceView, view_sentences
from rag.late import LATE_FEATURES
from rag.lexical import stem, stems
from rag.retrieve import Retrieved
from rag.types import Passage

CHOICE_FEATURES = SENTENCE_FEATURES + LATE_FEATURES
KINDS = ("when", "number", "where", "why", "who")
ANSWER_FEATURES = (
    "cosine", "window_cosine", "recall", "window_recall", "bigrams", "names", "bm25", "sure", "sure_two",
    "missing_in_sentence", "missing_in_window", "missing_in_passage", "share_missing_in_sentence",
    "share_missing_in_passage", "names_not_in_passage", "names_not_in_sentence", "best_recall",
    "best_cosine", "dense", "passage_recall", "passage_names", "question_negated", "sentence_negated", "cue", *KINDS, "open",
    "yes_no", "negated_wh", "opposite_in_sentence", "opposite_in_passage", "number_missing", "extreme_missing", "refusal_missing",
    *LATE_FEATURES, *(f"best_{name}" for name in LATE_FEATURES),
)  # fmt: skip
NEGATIONS = frozenset("not no non never without neither nor none cannot n't don't didn't doesn't isn't wasn't weren't aren't".split())
YES_NO = re.compile(
    r"\s*(?:and |but |so )?(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might)(?:n['’]t)?\b", re.I
)
_PRONOUN = re.compile(r"\b(?:he|she|they|it|them|him|her|his|their)\b", re.I)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_EXTREME = re.compile(r"\b(?:only|first|last|least|most|best|worst|\w{3,}est)\b", re.I)
_REFUSAL = re.compile(
    r"\bun\w{5,}|\bdis\w{5,}|\bin(?:capable|ability)\b"
    r"|\b(?:fail|refuse|lack|unable|reject|except|exclude|avoid|prevent|stop|deny|oppose|dislike)\w*\b",
    re.I,
)


@dataclass(frozen=True)
class Choice:
    """A sentence that may answer. `probability` is its share among those looked at."""

    passage: Passage
    position: int  # among the passage's sentences
    view: SentenceView
    vector: NDArray[np.float32]
    probability: float
    score: float


def answer_features(retrieved: Retrieved, ranked: Sequence[Choice], rows: NDArray[np.float64]) -> tuple[float, ...]:
    """ANSWER_FEATURES of the ranked sentences, best first, and their CHOICE_FEATURES, shape (sentences, CHOICE_FEATURES)."""
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
            sum(c.probability for c in ranked[:2]), *_missing(question, top),
            rows[:, column("recall")].max(), rows[:, column("cosine")].max(),
            passage["dense"], passage["passage_recall"], passage["names"], negated, _negated(top.view.text),
            sentence["cue"], *(kind in question.kinds for kind in KINDS), not question.kinds,
            yes_no, negated and not yes_no, *_changed(question.text, top), *late[0], *late.max(axis=0),
        )
    )  # fmt: skip


def _negated(text: str) -> bool:
    return bool(NEGATIONS & set(re.split(r"[\s?!.,-]+", text.lower().replace("’", "'"))))


def _missing(question: QuestionView, top: Choice) -> tuple[float, ...]:
    """What of the question the best sentence and its passage lack: rarest word, share of words, names."""
    views = view_sentences(top.passage)
    here = set(top.view.stems)
    window = here | (set(views[top.position - 1].stems) if top.position else set())
    whole = set().union(*(v.stems for v in views))
    # A pronoun speaks for a name of the two sentences before.
    first = max(top.position - 2, 0) if _PRONOUN.search(top.view.text) else top.position
    weight = question.weight
    rarest = max(max(weight.values(), default=0.0), 1e-9)
    lacks = [[weight[s] for s in question.stems if s not in there] for there in (here, window, whole)]
    n = max(len(question.stems), 1)
    return (
        *(max(lack, default=0.0) / rarest for lack in lacks),
        len(lacks[0]) / n,
        len(lacks[2]) / n,
        _share(_not_named(question.names, views), weight),
        _share(_not_named(question.names, views[first : top.position + 1]), weight),
    )


def _not_named(names: Set[str], views: Sequence[SentenceView]) -> set[str]:
    """The names that none of these sentences has, in this or another form (Kurds, Kurdish; ISIS, Daesh)."""
    there = frozenset(s for view in views for s in view.stems)
    text = " ".join(view.text for view in views).lower()
    return {name for name in names if not is_named(name, there, text)}


def _share(stems_: Set[str], weight: Mapping[str, float]) -> float:
    """What part of the question's weight some of its words have: a name that is everywhere in the articles weighs little."""
    return sum(weight.get(s, 0.0) for s in stems_) / max(sum(weight.values()), 1e-9)


def _changed(question: str, top: Choice) -> tuple[float, ...]:
    """Signs that a part of an answered question was changed."""
    here, everywhere = set(top.view.stems), set().union(*(v.stems for v in view_sentences(top.passage)))
    return (
        float(_opposite(question, here)),
        float(_opposite(question, everywhere)),
        float(not set(_NUMBER.findall(question)) <= set(_NUMBER.findall(top.passage.text))),
        float(any(stem(w.lower()) not in here for w in _EXTREME.findall(question))),
        float(any(stem(w.lower()) not in everywhere for w in _REFUSAL.findall(question))),
    )


def _opposite(question: str, there: set[str]) -> bool:
    """The question has a word whose opposite stands there while it does not."""
    return any(s not in there and opposites(s) & there for s in stems(question))
