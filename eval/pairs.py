"""Minimal pairs: does the verifier accept what an article says, and refuse the same with one fact changed?"""

from __future__ import annotations

import json
from pathlib import Path

from rag.embed import open_embedder
from rag.pipeline import Assistant
from rag.settings import load_settings
from rag.verifier import Source, judge


def run(corpus: str | Path = "seeds") -> dict[str, str]:
    """Counts of true statements accepted and changed ones refused, against the article and against all articles."""
    articles = {a.id: Source.of(a.text) for a in Assistant.open(corpus).articles()}
    embedder = open_embedder(load_settings())
    pairs = [json.loads(line) for line in Path(__file__).with_name("minimal_pairs.jsonl").read_text().splitlines()]
    figures = {}
    for name in ("its article", "all articles"):
        kept = refused = 0
        for pair in pairs:
            sources = [articles[pair["article_id"]]] if name == "its article" else list(articles.values())
            kept += judge(pair["claim_true"], sources, embedder).supported
            refused += not judge(pair["claim_false"], sources, embedder).supported
        figures[f"true accepted, against {name}"] = f"{kept}/{len(pairs)}"
        figures[f"changed refused, against {name}"] = f"{refused}/{len(pairs)}"
    return figures
