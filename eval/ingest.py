"""How well saved pages become articles: invented pages in the structures of news sites, by 4-gram F1 against the text that is theirs.

The measure is the one of ScrapingHub's article extraction benchmark: precision and recall of the 4-grams of words, as multisets.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from statistics import mean
from types import ModuleType

from eval.pages import busy, markup, systems
from eval.pages.parts import Page
from eval.pages.stories import STORIES
from rag.ingest import Unreadable, parse

GRAM = 4
Structure = Callable[[Page], str]


def structures() -> dict[str, Structure]:
    """Every structure by its name."""
    return {name: made for module in (markup, busy, systems) for name, made in _public(module)}


def f1(text: str, wanted: str) -> float:
    """4-gram F1 of the words of two texts."""
    found, gold = _grams(text), _grams(wanted)
    shared = sum((found & gold).values())
    if not shared:
        return float(found == gold)
    precision, recall = shared / sum(found.values()), shared / sum(gold.values())
    return 2 * precision * recall / (precision + recall)


def measure() -> dict[str, float]:
    """F1 by structure, the mean over the stories."""
    return {name: mean(_scores(structure)) for name, structure in structures().items()}


def run() -> dict[str, object]:
    """The mean, the worst structures and how many there are."""
    scores = measure()
    worst = sorted(scores.items(), key=lambda item: item[1])[:5]
    return {
        "structures": len(scores),
        "pages": len(scores) * len(STORIES),
        "4-gram F1, mean": round(mean(scores.values()), 4),
        **{f"4-gram F1, {name.replace('_', ' ')}": round(score, 4) for name, score in worst},
    }


def _scores(structure: Structure) -> Iterator[float]:
    for story in STORIES:
        page = Page(story)
        data = structure(page).encode()
        try:
            text = parse("page.html", data)[1].text
        except Unreadable:
            text = ""
        yield f1(text, "\n".join(page.said))


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return Counter(tuple(words[i : i + GRAM]) for i in range(max(len(words) - GRAM + 1, 0)))


def _public(module: ModuleType) -> Iterator[tuple[str, Structure]]:
    for name, value in vars(module).items():
        if getattr(value, "__module__", "") == module.__name__ and not name.startswith("_"):
            yield name, value
