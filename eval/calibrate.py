"""Fit all weights (`rag.weights`) from development data, cross-validated by Wikipedia article and by story.

Passages and sentences are fitted on the answerable questions of SQuAD 2.0, every paragraph of it an article, and of the invented
stories (`eval.stories`). Whether a question is answered is fitted on all of their questions and on questions asked of a
corpus about something else: near the topic and far from it. What is reported (the shipped corpus, public sets) is never fitted on.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.fitting import fit_listwise, fit_trees, named
from eval.pointing import Example, answer_words, train
from eval.questions import Question
from eval.scratch import scratch_settings
from eval.squad import Squad, SquadQuestion, load_squad
from eval.stories import stories
from eval.support import ATTRIBUTION, WICE, fit_support, support_examples
from rag.answerable import ANSWER_FEATURES, CHOICE_FEATURES
from rag.choose import PASSAGES, Choices, choose, first_look, look_again, sight
from rag.embed import Words
from rag.features import PASSAGE_FEATURES, SENTENCE_FEATURES, sentence_features
from rag.index import Index
from rag.late import EmbedWords
from rag.retrieve import CANDIDATES, Retrieved, retrieve
from rag.settings import Settings, load_settings
from rag.types import Passage
from rag.weights import save, using

SQUAD = "squad2_dev_half.json"
FAR_PER_CORPUS = 16
# Of SQuAD's unanswerable questions, which are adversarial, the share to decline; the threshold follows from it.
DECLINED_AT_LEAST = 0.515
FOLDS = 4  # of Wikipedia articles, and of stories
FAR_WEIGHT = 0.5  # of a question to a corpus about something else
# In the fit of passages a story's question counts less: its few passages say little about finding one among hundreds (docs/log.md).
STORY_WEIGHT = 0.1
# A question of SQuAD counts more, since there are four times as many of the stories': in the trees most, since the network leans to the
# stories, and together they are to be right about both (docs/log.md).
SQUAD_WEIGHT = 4.0
NETWORK_SQUAD_WEIGHT = 2.0
Matrix = NDArray[np.float64]
Say = Callable[[str], None]
Span = tuple[str, int, int]


@dataclass(frozen=True)
class Asked:
    """A question put to a corpus, and where that corpus answers it: article id, start, end.

    `far` ones are put to a corpus about something else. `groups` are what must be left out where a group of them is held out.
    """

    source: str  # "squad" or "stories"
    retrieved: Retrieved  # all candidates
    gold: tuple[Span, ...]
    far: bool
    groups: frozenset[str]
    answers: tuple[str, ...] = ()
    order: tuple[str, ...] = ()  # article ids of the candidates, best first, once weights are applied

    @property
    def answerable(self) -> bool:
        return bool(self.gold)


def blank() -> dict[str, Any]:
    """Weights that rank by cosine alone: what the first pass retrieves candidates with."""
    one = {"dense": 1.0}
    return {
        "passages": {"weights": {f: one.get(f, 0.0) for f in PASSAGE_FEATURES}},
        "sentences": {"weights": {f: float(f == "cosine") for f in SENTENCE_FEATURES}},
        "choices": {"weights": {f: float(f == "cosine") for f in CHOICE_FEATURES}},
        "answerable": {"trees": [], "bias": 0.0, "threshold": 0.5, "threshold_of_trees": 0.5},
    }


def ask_all(squad: Squad, settings: Settings, folder: Path) -> list[Asked]:
    """Every question to the corpus of every paragraph, some to corpora about something else, and the stories' to their stories."""
    with using(blank()):
        pooled = _index(squad.write(folder / "pooled"), settings)
        words = _remembered(pooled.embedder.embed_words)
        asked = [_ask(pooled, q, words, q.group) for q in squad.questions]
        for n, group in enumerate(sorted(set(squad.groups.values()))):
            index = _index(squad.write(folder / f"group{n}", group), settings)
            others = [q for q in squad.questions if q.group != group]
            asked += [_ask(index, squad_q, words, group, far=True) for squad_q in others[n :: max(len(others) // FAR_PER_CORPUS, 1)]]
        told = list(stories())
        for n, (story, articles, questions) in enumerate(told):
            index = _index(articles, settings)
            asked += _ask_story(index, story, questions, words)
            strange = [(other, q) for other, _, theirs in told if other != story for q in theirs]
            asked += [_ask_far(index, q, words, story, other) for other, q in strange[n :: len(strange) // FAR_PER_CORPUS]]
    return asked


def _index(corpus: Path, settings: Settings) -> Index:
    index = Index(corpus, settings)
    index.update()
    return index


def _ask(index: Index, q: SquadQuestion, words: EmbedWords, group: str, far: bool = False) -> Asked:
    found = replace(retrieve(index, q.question, 2 * CANDIDATES), embed_words=words)
    gold = () if far else tuple((q.article_id, start, start + 1) for start in q.starts)
    return Asked("squad", found, gold, far, frozenset({group, q.group}), q.answers)


def _ask_story(index: Index, story: str, questions: Sequence[Question], words: EmbedWords) -> Iterator[Asked]:
    texts = {article.id: article.text for article in index.manifest.articles()}
    for q in questions:
        found = replace(retrieve(index, q.question, 2 * CANDIDATES), embed_words=words)
        places = [(g.article_id, texts[g.article_id].index(g.quotation), len(g.quotation)) for g in q.gold]
        accepted = tuple(variant for variants in q.accepted for variant in variants)
        yield Asked("stories", found, tuple((a, at, at + n) for a, at, n in places), False, frozenset({story}), accepted)


def _ask_far(index: Index, question: Question, words: EmbedWords, story: str, other: str) -> Asked:
    found = replace(retrieve(index, question.question, 2 * CANDIDATES), embed_words=words)
    return Asked("stories", found, (), True, frozenset({story, other}))


def _remembered(embed: EmbedWords) -> EmbedWords:
    """Every text once: cross-validation meets the same sentences again and again."""
    known: dict[str, Words] = {}

    def embed_words(texts: Sequence[str]) -> list[Words]:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, embed(new), strict=True))
        return [known[text] for text in texts]

    return embed_words


def fit(asked: Sequence[Asked]) -> dict[str, Any]:
    """All three models from these questions."""
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


def _example(asked: Asked, ranked: Retrieved) -> Example:
    look = first_look(ranked)
    seen = sight(ranked, look)
    words = tuple(
        answer_words(c.view.text, holds(asked.gold, c.passage.article_id, c.view.start, c.view.end), asked.answers, len(vectors))
        for c, vectors in zip(look.ranked, seen.sentences, strict=True)
    )
    return Example(seen, look.rows, look.answer_features, words, asked.answerable, FAR_WEIGHT if asked.far else 1.0)


def chosen(asked: Sequence[Asked], weights: dict[str, Any]) -> Iterator[tuple[Asked, Choices]]:
    """The choice of sentences for each question under these weights."""
    with using(weights):
        for a in asked:
            ranked = rerank(a.retrieved, weights)
            yield replace(a, order=tuple(s.passage.article_id for s in ranked.stored)), choose(ranked)


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


def _right_passages(asked: Asked) -> NDArray[np.bool_]:
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


def _sentences(asked: Asked, ranked: Retrieved) -> _Sentences:
    best = tuple(s.passage for s in ranked.stored[:PASSAGES])
    places, rows = sentence_features(ranked.question, best, ranked.vectors(PASSAGES), ranked.scores[:PASSAGES])
    right = [holds(asked.gold, best[p].article_id, *best[p].sentences[i]) for p, i in places]
    return _Sentences(best, places, rows, np.array(right))


def _look_again(sentences: _Sentences, ranked: Retrieved) -> tuple[Matrix, NDArray[np.bool_]]:
    kept, rows = look_again(ranked, sentences.passages, sentences.places, sentences.rows)
    right = dict(zip(sentences.places, sentences.right, strict=True))
    return rows, np.array([right[place] for place in kept])


def cross_validate(asked: Sequence[Asked], say: Say = lambda line: None) -> list[tuple[Asked, Choices]]:
    """For every question to its own corpus, the choice under weights that never saw its Wikipedia article or story."""
    held_out: list[tuple[Asked, Choices]] = []
    for n, groups in enumerate(folds(asked)):
        say(f"Held out: {n + 1} of {FOLDS} …")
        weights = fit([a for a in asked if not groups & a.groups])
        held_out += chosen([a for a in asked if groups & a.groups and not a.far], weights)
    return held_out


def folds(asked: Sequence[Asked]) -> list[frozenset[str]]:
    """The Wikipedia articles and stories that are held out together."""
    by_source = [sorted(set().union(*(a.groups for a in asked if a.source == source))) for source in ("squad", "stories")]
    return [frozenset(group for groups in by_source for group in groups[fold::FOLDS]) for fold in range(FOLDS)]


def threshold(held_out: Sequence[tuple[Asked, Choices]]) -> float:
    """The point of the risk–coverage curve where `DECLINED_AT_LEAST` of SQuAD's unanswerable questions are declined."""
    return _declining(held_out, lambda c: c.answerable)


def _declining(held_out: Sequence[tuple[Asked, Choices]], score: Callable[[Choices], float]) -> float:
    scores = [score(c) for a, c in held_out if a.source == "squad" and not a.answerable]
    return round(float(np.quantile(scores, DECLINED_AT_LEAST)), 4)


def calibrate(data: Path, target: Path, settings: Settings | None = None, say: Say = lambda line: None) -> list[tuple[Asked, Choices]]:
    """Fit on all of the development data, choose the thresholds from the held-out scores, write the files into the folder `target`.

    Returns:
        The questions with the choices of the cross-validation.
    """
    settings = settings or load_settings()
    squad = load_squad(data / SQUAD)
    say(f"Asking {len(squad.questions):,} questions of SQuAD and those of the stories …")
    with tempfile.TemporaryDirectory() as scratch:
        asked = ask_all(squad, scratch_settings(settings, Path(scratch)), Path(scratch) / "corpora")
    started = time.monotonic()
    say(f"Fitting on all {len(asked):,} …")
    weights = fit(asked)
    say(f"Then {FOLDS} times on most of them, about {FOLDS * 0.75 * (time.monotonic() - started) / 60:.0f} minutes.")
    held_out = cross_validate(asked, say)
    weights["answerable"]["threshold"] = threshold(held_out)
    weights["answerable"]["threshold_of_trees"] = _declining(held_out, lambda c: c.by_trees)
    weights["support"] = fit_support(*support_examples(data, settings)[:2])
    told = sum(a.source == "stories" for a in asked)
    weights["provenance"] = {
        "made_by": "python -m eval calibrate",
        "all but support, with trees.json and pointer.npz": f"{SQUAD}: {len(squad.questions)} questions, asked {len(asked) - told} times; "
        f"eval/development: {told} questions",
        "support": f"{ATTRIBUTION} and {WICE}",
    }
    save(weights, target)
    return held_out
