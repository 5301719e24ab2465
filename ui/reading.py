"""An article as the page shows it: paragraphs, and the quotation that was clicked highlighted in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rag.types import Article
from ui.render import day


def quoted_view(article: Article, start: int, end: int, quotation: str) -> dict[str, Any]:
    """The article at a quotation, which may have moved since it was cited: files change."""
    if not quotation or article.text[start:end] == quotation:
        return article_view(article, start, end)
    at = article.text.find(quotation)
    if at >= 0:
        return article_view(article, at, at + len(quotation)) | {"note": "The article has changed since; the quotation is still in it."}
    return article_view(article) | {"note": f"The article has changed since. It no longer has: “{quotation}”"}


def article_view(article: Article, start: int = 0, end: int = 0) -> dict[str, Any]:
    """An article in paragraphs of (words, highlighted) runs; the highlighted words are `text[start:end]`.

    Cut here and not in the page: offsets count characters, JavaScript counts UTF-16 units.
    """
    return {
        "id": article.id,
        "title": article.title,
        "byline": " · ".join(filter(None, [article.outlet, day(article.published), article.dateline])),
        "paragraphs": [list(_runs(article.text, *span, start, end)) for span in _paragraphs(article.text)],
    }


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Spans between blank lines, without the space around them."""
    at = 0
    for block in text.split("\n\n"):
        words = block.strip()
        if words:
            begin = at + block.index(words)
            yield begin, begin + len(words)
        at += len(block) + 2


def _runs(text: str, begin: int, stop: int, start: int, end: int) -> Iterator[tuple[str, bool]]:
    start = min(max(start, begin), stop)
    end = min(max(end, start), stop)  # the page says where; it may say nonsense
    for words, marked in ((text[begin:start], False), (text[start:end], True), (text[end:stop], False)):
        if words:
            yield words, marked
