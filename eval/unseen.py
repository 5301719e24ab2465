"""Public sets that no weight was fitted on: `Assistant.ask` as it is shipped, on text and questions of another kind.

XQuAD English (Artetxe et al., 2020, arXiv:1910.11856), without the articles that SQuAD's development half has: every question has an
answer. CLAPNQ (Rosenthal et al., 2024, arXiv:2404.02103): what people typed into a search engine, half of it about passages
that do not answer it; its gold is the sentences that an answer rests on.
"""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.correctness import has_any
from eval.intervals import Figure, ratio, share
from eval.lines import json_lines
from eval.retrieval import success
from eval.scratch import scratch_settings
from eval.squad import SQUAD, load_squad
from rag.assistant import Assistant
from rag.settings import Settings

XQUAD = "xquad_en.json"
CLAPNQ = {True: "clapnq_dev_half_answerable.jsonl", False: "clapnq_dev_half_unanswerable.jsonl"}


@dataclass(frozen=True, slots=True)
class Item:
    """A question, the article that it was asked about, and what an answer has: spans for XQuAD, sentences for CLAPNQ."""

    question: str
    article_id: str
    gold: tuple[str, ...]
    answer: str = ""  # CLAPNQ's, in a few sentences


@dataclass(frozen=True, slots=True)
class Result:
    item: Item
    articles: tuple[str, ...]  # best first
    shown: tuple[str, ...]  # displayed statements; none where the question is declined


def xquad(data: Path, settings: Settings, say: Callable[[str], None]) -> dict[str, Any]:
    """Retrieval and extractive answers, beside LlamaIndex's retrievers in the same run."""
    found = load_squad(data / XQUAD)
    fitted_on = set(load_squad(data / SQUAD).groups.values())
    texts = {i: text for i, text in found.paragraphs.items() if found.groups[i] not in fitted_on}
    items = [Item(q.question, q.article_id, q.answers) for q in found.questions if q.article_id in texts]
    say(f"Asking {len(items)} questions of XQuAD …")
    results = _ask(texts, items, settings)
    answered = [r for r in results if r.shown]
    return {
        "retrieval": {"Footnote": _found(results), **_beside(texts, items, settings)["retrieval"]},
        "answers": {
            "declined": share(not r.shown for r in results),
            "gold answer shown": share(has_any(" ".join(r.shown), r.item.gold) for r in answered),
            "gold answer in the first statement": share(has_any(r.shown[0], r.item.gold) for r in answered),
            "statements": mean(len(r.shown) for r in answered),
        },
    }


def clapnq(data: Path, settings: Settings, say: Callable[[str], None]) -> dict[str, Any]:
    """Retrieval, abstention, and how many of the displayed sentences are those that the answer rests on."""
    texts, items = load_clapnq(data)
    say(f"Asking {len(items)} questions of CLAPNQ …")
    results = _ask(texts, items, settings)
    asked = [r for r in results if r.item.gold]
    answered = [r for r in asked if r.shown]
    declined = share(not r.shown for r in results if not r.item.gold)
    theirs = _beside(texts, items, settings, declined.value if declined else None)
    return {
        "retrieval": {"Footnote": _found(asked), **theirs["retrieval"]},
        "answers": {
            "answerable declined": share(not r.shown for r in asked),
            "unanswerable declined": declined,
            "a sentence of the answer shown": share(any(_rests_on(s, r.item) for s in r.shown) for r in answered),
            "displayed sentences that the answer rests on": ratio(
                [(sum(_rests_on(s, r.item) for s in r.shown), len(r.shown)) for r in answered]
            ),
            "statements": mean(len(r.shown) for r in answered),
            **theirs["answers"],
        },
    }


def load_clapnq(data: Path) -> tuple[dict[str, str], list[Item]]:
    """Every passage as an article, and the questions; those without gold are not answered by theirs."""
    texts: dict[str, str] = {}
    items: list[Item] = []
    for answerable, name in CLAPNQ.items():
        for row in json_lines(data / name):
            passage, output = _value(row["passages"])[0], _value(row["output"])[0]
            article_id = f"c{len(texts):04d}"
            texts[article_id] = f"{passage['title']}\n\n{passage['text']}"
            gold = tuple(output["selected_sentences"]) if answerable else ()
            items.append(Item(row["input"], article_id, gold, output["answer"] or ""))
    return texts, items


def _ask(texts: Mapping[str, str], items: Sequence[Item], settings: Settings) -> list[Result]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "corpus"
        folder.mkdir()
        for article_id, text in texts.items():
            (folder / f"{article_id}.txt").write_text(text, encoding="utf-8")
        assistant = Assistant.open(folder, scratch_settings(settings, Path(scratch)))
        try:
            return [_result(assistant, item) for item in items]
        finally:
            assistant.close()


def _result(assistant: Assistant, item: Item) -> Result:
    answer = assistant.ask(item.question, writer="extractive")
    return Result(item, tuple(e.passage.article_id for e in answer.evidence), tuple(s.text for s in answer.statements))


def _found(results: Sequence[Result]) -> dict[str, Figure | None]:
    return success((r.articles, r.item.article_id) for r in results)


def _beside(texts: Mapping[str, str], items: Sequence[Item], settings: Settings, declined: float | None = None) -> dict[str, Any]:
    from eval.llama import Sought, beside

    return beside(texts, [Sought(i.question, i.article_id if i.gold else None) for i in items], settings, declined)


def _rests_on(statement: str, item: Item) -> bool:
    """The statement has a gold sentence or is a part of one; what splits sentences differs, and so do spaces."""
    shown = "".join(statement.split())
    return any(shown in gold or gold in shown for gold in ("".join(g.split()) for g in item.gold))


def _value(written: Any) -> Any:
    """A list, or one that was written as Python source."""
    return ast.literal_eval(written) if isinstance(written, str) else written


def mean(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), 3)
