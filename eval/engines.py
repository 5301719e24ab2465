"""LlamaIndex's CitationQueryEngine beside Footnote's `ollama` writer: the same questions, articles, embedding weights and model.

The questions are CLAPNQ's answerable ones (`eval.unseen`). What is shown is measured as ALCE does, with our verifier for its judge.
Footnote displays nothing that this verifier refuses, so its citation recall is high by construction; no verifier has a part in
whether the passage that answers is cited, and in token F1.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.citing import Supports, alce, by_verifier
from eval.correctness import token_f1
from eval.scratch import scratch_settings
from eval.unseen import Item, load_clapnq
from rag.assistant import Assistant
from rag.passages import sentence_spans
from rag.settings import Settings
from rag.types import Citation, Statement

OURS, THEIRS = "Footnote, WRITER=ollama", "LlamaIndex CitationQueryEngine"

_NUMBERS = r"\[\d+(?:\s*,\s*\d+)*\]"
_AFTER_THE_STOP = re.compile(rf"([.!?][\"'”’]?)\s*({_NUMBERS}(?:\s*{_NUMBERS})*)")


@dataclass(frozen=True, slots=True)
class Shown:
    """What one of the two shows for a question: statements, which may have no citation. `by_model`: they are the model's words."""

    statements: tuple[Statement, ...]
    by_model: bool = True
    error: str = ""


def citing(data: Path, settings: Settings, say: Callable[[str], None], sample: int) -> dict[str, Any]:
    """Both over a sample of the questions; where no model can be asked, the reason instead of figures."""
    from rag.writers.ollama import probe

    ready = probe(settings)
    if not ready.ready:
        say(f"Citing by a model is left out: {ready.reason}")
        return {"by a model": {"left out": ready.reason}}
    texts, items = load_clapnq(data)
    answerable = [item for item in items if item.gold]
    asked = answerable[:: max(len(answerable) // sample, 1)][:sample]
    say(f"Asking {settings.ollama_model} {len(asked)} questions of CLAPNQ, twice …")
    with tempfile.TemporaryDirectory() as scratch:
        return _both(texts, asked, scratch_settings(settings, Path(scratch)), Path(scratch))


def _both(texts: Mapping[str, str], asked: Sequence[Item], settings: Settings, scratch: Path) -> dict[str, Any]:
    folder = scratch / "corpus"
    folder.mkdir()
    for article_id, text in texts.items():
        (folder / f"{article_id}.txt").write_text(text, encoding="utf-8")
    assistant = Assistant.open(folder, settings)
    try:
        ours = [_ours(assistant, item.question) for item in asked]
        supports = by_verifier(assistant.index.embedder)
        theirs = _theirs(texts, [item.question for item in asked], settings)
        return {f"by {settings.ollama_model}": {OURS: figures(ours, asked, supports), THEIRS: figures(theirs, asked, supports)}}
    finally:
        assistant.close()


def _ours(assistant: Assistant, question: str) -> Shown:
    answer = assistant.ask(question, writer="ollama")
    return Shown(answer.statements, answer.writer == "ollama")


def _theirs(texts: Mapping[str, str], questions: Sequence[str], settings: Settings) -> list[Shown]:
    from eval.llama import citation_engine

    engine = citation_engine(texts, settings)
    return [_asked(engine, question) for question in questions]


def _asked(engine: Any, question: str) -> Shown:
    try:
        response = engine.query(question)
    except Exception as error:  # whatever it raises: noted, and the next is asked
        return Shown((), error=f"{type(error).__name__}: {error}")
    sources = [(str(n.node.ref_doc_id), n.node.get_content().split("\n", 1)[-1].strip()) for n in response.source_nodes]
    return Shown(tuple(cited_statements(str(response), sources)))


def cited_statements(text: str, sources: Sequence[tuple[str, str]]) -> Iterable[Statement]:
    """The sentences of a text with markers such as [1] or [1, 2], each with the sources that it names.

    `sources` are article id and text; a number that none of them has cites nothing. A marker after the full stop belongs to the
    sentence before it.
    """
    moved = _AFTER_THE_STOP.sub(lambda m: f" {m[2]}{m[1]}", text)
    for start, end in sentence_spans(moved):
        sentence = moved[start:end]
        numbers = dict.fromkeys(int(n) for marker in re.findall(_NUMBERS, sentence) for n in re.findall(r"\d+", marker))
        words = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(re.sub(_NUMBERS, " ", sentence).split()))
        if re.search(r"\w", words):
            yield Statement(words, tuple(_citation(*sources[n - 1]) for n in numbers if 0 < n <= len(sources)))


def _citation(article_id: str, text: str) -> Citation:
    return Citation(article_id, article_id, None, None, text, 0, len(text))


def figures(shown: Sequence[Shown], asked: Sequence[Item], supports: Supports) -> dict[str, float]:
    """Means over the questions; those of statements and citations over the questions for which anything is shown."""
    some = [(s, item) for s, item in zip(shown, asked, strict=True) if s.statements]
    judged = [[alce(statement, supports) for statement in s.statements] for s, _ in some]
    cited = [bool(statement.citations) for s, _ in some for statement in s.statements]
    return {
        "questions": len(asked),
        "failed": sum(bool(s.error) for s in shown),
        "answered": _mean(bool(s.statements) for s in shown),
        "in the model's words": _mean(bool(s.statements) and s.by_model for s in shown),
        "statements": _mean(len(s.statements) for s, _ in some),
        "statements with a citation": _mean(cited),
        "citation recall": _mean(sum(c.supported for c in answer) / len(answer) for answer in judged),
        "citation precision": _mean(sum(c.relevant for c in answer) / max(sum(c.citations for c in answer), 1) for answer in judged),
        "the passage that answers is cited": _mean(_cites(s, item.article_id) for s, item in some),
        "token F1": _mean(token_f1(" ".join(x.text for x in s.statements), i.answer) for s, i in zip(shown, asked, strict=True)),
    }


def _cites(shown: Shown, article_id: str) -> bool:
    return any(c.article_id == article_id for statement in shown.statements for c in statement.citations)


def _mean(values: Iterable[float]) -> float:
    found = [float(v) for v in values]
    return round(float(np.mean(found)), 4) if found else 0.0
