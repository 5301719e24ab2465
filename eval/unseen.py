"""Public sets that no weight was fitted on: the product as it is shipped, on text and questions of another kind.

XQuAD English (Artetxe et al., 2020, arXiv:1910.11856), without the articles that SQuAD's development half has: every question has an
answer. CLAPNQ (Rosenthal et al., 2024, arXiv:2404.02103): what people typed into a search engine, half of it about passages
that do not answer it; its gold is the sentences that an answer rests on.
"""

from __future__ import annotations

import ast
import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.scratch import scratch_settings
from eval.squad import load_squad
from rag.choose import Choices, choose
from rag.errors import UnusableInput
from rag.index import Index
from rag.retrieve import retrieve
from rag.settings import Settings
from rag.writers.extractive import ExtractiveWriter

XQUAD = "xquad_en.json"
CLAPNQ = {True: "clapnq_dev_half_answerable.jsonl", False: "clapnq_dev_half_unanswerable.jsonl"}
DEPTH = 30  # passages looked through for the first articles


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
    fitted_on = set(load_squad(data / "squad2_dev_half.json").groups.values())
    texts = {i: text for i, text in found.paragraphs.items() if found.groups[i] not in fitted_on}
    items = [Item(q.question, q.article_id, q.answers) for q in found.questions if q.article_id in texts]
    say(f"Asking {len(items)} questions of XQuAD …")
    results = _ask(texts, items, settings)
    answered = [r for r in results if r.shown]
    return {
        "retrieval": {"Footnote": success((r.articles, r.item.article_id) for r in results), **_llama(texts, items, settings)},
        "answers": {
            "declined": mean(not r.shown for r in results),
            "gold answer shown": mean(has(" ".join(r.shown), r.item.gold) for r in answered),
            "gold answer in the first statement": mean(has(r.shown[0], r.item.gold) for r in answered),
            "statements": mean(len(r.shown) for r in answered),
        },
    }


def clapnq(data: Path, settings: Settings, say: Callable[[str], None]) -> dict[str, Any]:
    """Retrieval, abstention, and how many of the displayed sentences are those that the answer rests on."""
    texts, items = load_clapnq(data)
    say(f"Asking {len(items)} questions of CLAPNQ …")
    results = _ask(texts, items, settings)
    answerable_items = [i for i in items if i.gold]
    asked = [r for r in results if r.item.gold]
    answered = [r for r in asked if r.shown]
    return {
        "retrieval": {
            "Footnote": success((r.articles, r.item.article_id) for r in asked),
            **_llama(texts, answerable_items, settings),
        },
        "answers": {
            "answerable declined": mean(not r.shown for r in asked),
            "unanswerable declined": mean(not r.shown for r in results if not r.item.gold),
            "a sentence of the answer shown": mean(any(_rests_on(s, r.item) for s in r.shown) for r in answered),
            "displayed sentences that the answer rests on": mean(_rests_on(s, r.item) for r in answered for s in r.shown),
            "statements": mean(len(r.shown) for r in answered),
        },
    }


def load_clapnq(data: Path) -> tuple[dict[str, str], list[Item]]:
    """Every passage as an article, and the questions; those without gold are not answered by theirs."""
    texts: dict[str, str] = {}
    items: list[Item] = []
    for answerable, name in CLAPNQ.items():
        for row in _lines(data / name):
            passage, output = _value(row["passages"])[0], _value(row["output"])[0]
            article_id = f"c{len(texts):04d}"
            texts[article_id] = f"{passage['title']}\n\n{passage['text']}"
            gold = tuple(output["selected_sentences"]) if answerable else ()
            items.append(Item(row["input"], article_id, gold, output["answer"] or ""))
    return texts, items


def success(ranked: Iterable[tuple[Sequence[str], str]]) -> dict[str, float]:
    """Success@1 and @5 (Craswell, 2009) of article ids in order, each once, and the right one."""
    hits = [(list(dict.fromkeys(ids)), right) for ids, right in ranked]
    return {f"Success@{k}": round(float(np.mean([right in ids[:k] for ids, right in hits])), 4) for k in (1, 5)}


def _ask(texts: Mapping[str, str], items: Sequence[Item], settings: Settings) -> list[Result]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "corpus"
        folder.mkdir()
        for article_id, text in texts.items():
            (folder / f"{article_id}.txt").write_text(text)
        index = Index(folder, scratch_settings(settings, Path(scratch)))
        index.update()
        return [_result(index, item) for item in items]


def _result(index: Index, item: Item) -> Result:
    found = retrieve(index, item.question, DEPTH)
    choices = choose(found)
    shown = would_show(choices) if choices.answerable >= choices.threshold else ()
    return Result(item, tuple(s.passage.article_id for s in found.stored), shown)


def would_show(choices: Choices) -> tuple[str, ...]:
    """The extractive writer's statements, whether or not the question is answered."""
    return tuple(piece.text for piece in ExtractiveWriter(choices).write("", ()))


def _llama(texts: Mapping[str, str], items: Sequence[Item], settings: Settings) -> dict[str, dict[str, float]]:
    from eval.llama import fusion_retrievers

    return {
        name: success(([n.node.ref_doc_id for n in retriever.retrieve(i.question)], i.article_id) for i in items)
        for name, retriever in fusion_retrievers(dict(texts), settings).items()
    }


def has(text: str, answers: Sequence[str]) -> bool:
    """Whether one of the answers stands in a text."""
    return any(answer.lower() in text.lower() for answer in answers)


def _rests_on(statement: str, item: Item) -> bool:
    """The statement has a gold sentence or is a part of one; what splits sentences differs, and so do spaces."""
    shown = "".join(statement.split())
    return any(shown in gold or gold in shown for gold in ("".join(g.split()) for g in item.gold))


def _value(written: Any) -> Any:
    """A list, or one that was written as Python source."""
    return ast.literal_eval(written) if isinstance(written, str) else written


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    if not path.is_file():
        raise UnusableInput(f"There is no {path.name} in {str(path.parent)!r}. Name the folder that has it with --data.")
    with path.open() as lines:
        yield from map(json.loads, lines)


def mean(values: Iterable[float]) -> float:
    """Of numbers, or the share of what is true."""
    return round(float(np.mean([float(v) for v in values])), 4)
