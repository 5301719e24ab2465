"""Minimal pairs: does a verifier accept what an article says, and refuse the same with one fact changed?

Those of the shipped articles measure; those of the invented stories (`eval/statements.jsonl`) are what the built-in verifier was made
and fitted with, so what it does to them says how well they are learnt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.curves import PAIRS, embedded
from eval.lines import json_lines
from eval.unmet import STATEMENTS
from rag.assistant import Assistant
from rag.embed import open_embedder
from rag.judges import Judge, open_judge
from rag.quotations import Source
from rag.settings import load_settings

Verdicts = tuple[bool, bool]  # the true statement accepted, the changed one refused


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


def learnt(verifiers: Sequence[str] = ()) -> dict[str, dict[str, str]]:
    """By verifier, counts for the statements of the invented stories, each against its own quotation."""
    settings = load_settings()
    embedder = open_embedder(settings)
    found: dict[str, dict[str, str]] = {}
    for name in dict.fromkeys(verifiers or (settings.verifier,)):
        judge = open_judge(settings.model_copy(update={"verifier": name}), embedder)
        kinds: dict[str, list[int]] = {}
        for pair in json_lines(STATEMENTS):
            of = kinds.setdefault(pair["change"], [0, 0, 0])
            sources = [Source.of(pair["quotation"])]
            of[0] += judge.judge(pair["claim_true"], sources).supported
            of[1] += not judge.judge(pair["claim_false"], sources).supported
            of[2] += 1
        for kind, (accepted, refused, n) in sorted(kinds.items()):
            found.setdefault(f"{kind} changed: accepted, refused", {})[name] = f"{accepted}, {refused} of {n}"
    return found


def counts(judge: Judge, articles: Mapping[str, Source]) -> dict[str, str]:
    """What one judge makes of the pairs: against the article that they are of, against all articles, and as `footnote verify` judges."""
    pairs = list(json_lines(PAIRS))
    alone = [[articles[pair["article_id"]]] for pair in pairs]
    judged = {
        "its article": _judged(judge, pairs, alone),
        "all articles": _judged(judge, pairs, [list(articles.values())] * len(pairs)),
        "its article by verify": _judged(judge, pairs, alone, spread=True),
    }
    figures: dict[str, str] = {}
    for name, verdicts in judged.items():
        figures[f"true accepted, against {name}"] = f"{sum(true for true, _ in verdicts)}/{len(pairs)}"
        figures[f"changed refused, against {name}"] = f"{sum(changed for _, changed in verdicts)}/{len(pairs)}"
    for kind in sorted({pair["change"] for pair in pairs}):
        of = [verdict for pair, verdict in zip(pairs, judged["its article"], strict=True) if pair["change"] == kind]
        figures[f"  {kind} changed: accepted, refused"] = f"{sum(t for t, _ in of)}, {sum(c for _, c in of)} of {len(of)}"
    return figures


def _judged(judge: Judge, pairs: Sequence[dict[str, Any]], sources: Sequence[Sequence[Source]], spread: bool = False) -> list[Verdicts]:
    return [
        (judge.judge(pair["claim_true"], of, spread).supported, not judge.judge(pair["claim_false"], of, spread).supported)
        for pair, of in zip(pairs, sources, strict=True)
    ]
