"""The development questions, each put to a corpus: SQuAD's, the stories', and both to corpora about something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.questions import Question
from eval.squad import Squad, SquadQuestion
from eval.stories import Story
from rag.answerable import CHOICE_FEATURES
from rag.embed import Words
from rag.features import PASSAGE_FEATURES, SENTENCE_FEATURES
from rag.index import Index
from rag.late import EmbedWords
from rag.retrieve import CANDIDATES, Retrieved, retrieve
from rag.settings import Settings
from rag.weights import using

FAR_PER_CORPUS = 16
Span = tuple[str, int, int]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question put to a corpus, and where that corpus answers it: article id, start, end.

    `far` ones are put to a corpus about something else. `groups` are what must be left out where a group of them is held out.
    """

    source: str  # "squad" or "stories"
    gold: tuple[Span, ...]
    far: bool
    groups: frozenset[str]
    answers: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        return bool(self.gold)


@dataclass(frozen=True, kw_only=True)
class Found(Asked):
    """With all candidates."""

    retrieved: Retrieved


@dataclass(frozen=True, kw_only=True)
class Ordered(Asked):
    """With the article ids of the candidates, best first."""

    order: tuple[str, ...]


def blank() -> dict[str, Any]:
    """Weights that rank by cosine alone: what the first pass retrieves candidates with."""
    one = {"dense": 1.0}
    return {
        "passages": {"weights": {f: one.get(f, 0.0) for f in PASSAGE_FEATURES}},
        "sentences": {"weights": {f: float(f == "cosine") for f in SENTENCE_FEATURES}},
        "choices": {"weights": {f: float(f == "cosine") for f in CHOICE_FEATURES}},
        "answerable": {"trees": [], "bias": 0.0, "threshold": 0.5, "threshold_of_trees": 0.5, "trees_count": 1.0},
    }


def ask_all(squad: Squad, told: Sequence[Story], settings: Settings, folder: Path) -> list[Found]:
    """Every question to the corpus of every paragraph, some to corpora about something else, and the stories' to their stories."""
    with using(blank()):
        pooled = _index(squad.write(folder / "pooled"), settings)
        words = _remembered(pooled.embedder.embed_words)
        asked = [_ask(pooled, q, words, q.group) for q in squad.questions]
        for n, group in enumerate(sorted(set(squad.groups.values()))):
            index = _index(squad.write(folder / f"group{n}", group), settings)
            others = [q for q in squad.questions if q.group != group]
            asked += [_ask(index, squad_q, words, group, far=True) for squad_q in others[n :: max(len(others) // FAR_PER_CORPUS, 1)]]
        for n, story in enumerate(told):
            index = _index(story.articles, settings)
            asked += _ask_story(index, story, words)
            strange = [(other.name, q) for other in told if other != story for q in other.questions]
            asked += [_ask_far(index, q, words, story.name, other) for other, q in strange[n :: max(len(strange) // FAR_PER_CORPUS, 1)]]
    return asked


def _index(corpus: Path, settings: Settings) -> Index:
    index = Index(corpus, settings)
    index.update()
    return index


def _ask(index: Index, q: SquadQuestion, words: EmbedWords, group: str, far: bool = False) -> Found:
    found = replace(retrieve(index, q.question, 2 * CANDIDATES), embed_words=words)
    gold = () if far else tuple((q.article_id, start, start + 1) for start in q.starts)
    groups = frozenset({group, q.group})
    return Found(source="squad", retrieved=found, gold=gold, far=far, groups=groups, answers=q.answers)


def _ask_story(index: Index, story: Story, words: EmbedWords) -> Iterator[Found]:
    texts = {article.id: article.text for article in index.manifest.articles()}
    for q in story.questions:
        found = replace(retrieve(index, q.question, 2 * CANDIDATES), embed_words=words)
        places = [(g.article_id, texts[g.article_id].index(g.quotation), len(g.quotation)) for g in q.gold]
        accepted = tuple(variant for variants in q.accepted for variant in variants)
        gold = tuple((a, at, at + n) for a, at, n in places)
        yield Found(source="stories", retrieved=found, gold=gold, far=False, groups=frozenset({story.name}), answers=accepted)


def _ask_far(index: Index, question: Question, words: EmbedWords, story: str, other: str) -> Found:
    found = replace(retrieve(index, question.question, 2 * CANDIDATES), embed_words=words)
    return Found(source="stories", retrieved=found, gold=(), far=True, groups=frozenset({story, other}))


def _remembered(embed: EmbedWords) -> EmbedWords:
    """Every text once: cross-validation meets the same sentences again and again."""
    known: dict[str, Words] = {}

    def embed_words(texts: Sequence[str]) -> list[Words]:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, embed(new), strict=True))
        return [known[text] for text in texts]

    return embed_words
