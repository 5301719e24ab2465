"""The JSON that the command line, the web endpoint and the evaluation share. Its keys are a contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rag.types import Answer, Article, Evidence


def answer_json(answer: Answer, question_id: str | None = None) -> dict[str, Any]:
    """An answer as one JSON object."""
    return {
        "id": question_id,
        "question": answer.question,
        "query": answer.query,
        "answered": answer.answered,
        "text": answer.text,
        "statements": [asdict(s) for s in answer.statements],
        "withheld": [asdict(w) for w in answer.withheld],
        "conflicts": [asdict(c) for c in answer.conflicts],
        "abstention": asdict(answer.abstention) if answer.abstention else None,
        "writer": answer.writer,
        "model": answer.model,
        "timings_ms": asdict(answer.timings_ms),
        "notices": list(answer.notices),
    }


def passages_json(question: str, evidence: Sequence[Evidence], question_id: str | None = None) -> dict[str, Any]:
    """What `rag retrieve` prints."""
    return {
        "id": question_id,
        "question": question,
        "passages": [
            {
                "article_id": e.passage.article_id,
                "start": e.passage.start,
                "end": e.passage.end,
                "text": e.passage.text,
                "score": e.score,
            }
            for e in evidence
        ],
    }


def article_json(article: Article, removed: bool = False) -> dict[str, Any]:
    """What `rag show` prints; `removed` adds what was cleaned out of the source."""
    shown = {name: value for name, value in asdict(article).items() if removed or name != "removed"}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in shown.items()}


def articles_json(articles: Iterable[Article]) -> list[dict[str, Any]]:
    """What `rag articles` prints: the metadata, and how long the text is."""
    return [{k: v for k, v in article_json(a).items() if k != "text"} | {"characters": len(a.text)} for a in articles]
