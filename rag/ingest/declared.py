"""The text of an article as its page declares it for search engines: whole, where the page shows only the start of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rag.ingest.markup import plain

MORE = 1.3  # times the words that the page shows; with fewer more, what is shown has the better paragraphs
SAME = 0.7  # of the paragraphs that the page shows are in what it declares: then it is the same article


def declared_text(tree: Any) -> str:
    """The longest `articleBody` of the page's JSON-LD, or nothing."""
    scripts = (script.text for script in tree.iter("script") if script.get("type") == "application/ld+json" and script.text)
    return max((plain(body).strip() for text in scripts for body in _bodies(text)), key=len, default="")


def whole(shown: str, declared: str) -> str:
    """What is shown, or what is declared if that is the same article and more of it."""
    if len(declared.split()) < MORE * len(shown.split()):
        return shown
    known = " ".join(declared.split())
    paragraphs = [" ".join(line.split()) for line in shown.split("\n") if len(line.split()) > 3]
    return declared if sum(p in known for p in paragraphs) >= SAME * len(paragraphs) else shown


def _bodies(text: str) -> Iterator[str]:
    try:
        pending = [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        return
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending += value
        elif isinstance(value, dict):
            pending += [inner for inner in value.values() if isinstance(inner, list | dict)]
            if isinstance(body := value.get("articleBody"), str):
                yield body
