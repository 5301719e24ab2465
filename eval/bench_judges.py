"""What a judgement costs: the built-in judge beside the one that VERIFIER names, over the same statements and articles."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from eval.curves import PAIRS, embedded
from eval.lines import json_lines
from rag.assistant import Assistant
from rag.judges import Judge, open_judge
from rag.quotations import Source
from rag.rerank import open_reranker
from rag.retrieve import retrieve
from rag.settings import Settings

STATEMENTS = 40


def judging(corpus: Path, settings: Settings) -> dict[str, Any]:
    """Milliseconds a statement, and seconds to load the judge; with RERANKER also what that adds to a question."""
    assistant = Assistant.open(corpus, settings.model_copy(update={"verifier": "builtin", "reranker": ""}))
    try:
        sources = [embedded(article.text, assistant.index.embedder) for article in assistant.articles()]
        claims = [pair["claim_true"] for pair in islice(json_lines(PAIRS), STATEMENTS)]
        found = {
            name: _timed(open_judge(settings.model_copy(update={"verifier": name}), assistant.index.embedder), claims, sources)
            for name in dict.fromkeys(("builtin", settings.verifier))
        }
        return found | _reranking(assistant, settings, claims)
    finally:
        assistant.close()


def _timed(judge: Judge, claims: Sequence[str], sources: Sequence[Source]) -> dict[str, float]:
    loading = _ms(judge.about)
    each = [_ms(lambda claim=claim: judge.judge(claim, sources)) for claim in claims]
    return {"median ms": round(statistics.median(each), 1), "loading s": round(loading / 1000, 2)}


def _reranking(assistant: Assistant, settings: Settings, questions: Sequence[str]) -> dict[str, Any]:
    reranker = open_reranker(settings)
    if reranker is None:
        return {}
    found = [retrieve(assistant.index, question, settings.reranked) for question in questions]
    loading = _ms(reranker.about)
    each = [_ms(lambda each=each: reranker.rerank(each, 1)) for each in found]
    return {f"{settings.reranker}, reranking": {"median ms": round(statistics.median(each), 1), "loading s": round(loading / 1000, 2)}}


def _ms(work: Any) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000
