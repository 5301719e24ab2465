"""Minimal pairs: does a verifier accept what an article says, and refuse the same with one fact changed?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from eval.curves import PAIRS, embedded
from rag.judges import Judge, open_judge
from rag.pipeline import Assistant
from rag.settings import load_settings
from rag.verifier import Source


def run(verifiers: Sequence[str] = (), corpus: str | Path = "seeds") -> dict[str, dict[str, str]]:
    """By verifier (the one of the settings if none is named): counts of true statements accepted and changed ones refused."""
    settings = load_settings()
    assistant = Assistant.open(corpus, settings.model_copy(update={"verifier": "builtin", "reranker": ""}))
    try:
        embedder = assistant.index.embedder
        articles = {a.id: embedded(a.text, embedder) for a in assistant.articles()}
    finally:
        assistant.close()
    named = list(dict.fromkeys(verifiers or (settings.verifier,)))
    judges = {name: open_judge(settings.model_copy(update={"verifier": name}), embedder) for name in named}
    found = {name: counts(judge, articles) for name, judge in judges.items()}
    return {figure: {name: found[name][figure] for name in named} for figure in found[named[0]]}


def counts(judge: Judge, articles: Mapping[str, Source]) -> dict[str, str]:
    """What one judge makes of the pairs, against the article that they are of and against all articles."""
    pairs = [json.loads(line) for line in PAIRS.read_text().splitlines()]
    figures = {}
    for name in ("its article", "all articles"):
        kept = refused = 0
        for pair in pairs:
            sources = [articles[pair["article_id"]]] if name == "its article" else list(articles.values())
            kept += judge.judge(pair["claim_true"], sources).supported
            refused += not judge.judge(pair["claim_false"], sources).supported
        figures[f"true accepted, against {name}"] = f"{kept}/{len(pairs)}"
        figures[f"changed refused, against {name}"] = f"{refused}/{len(pairs)}"
    return figures
