"""An article as the page shows it: paragraphs, the quotation that was clicked highlighted, and those that answers used so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rag.types import Article
from ui.render import day

MOST_USED = 200  # quotations of one article that a chat's answers used


@dataclass(frozen=True, slots=True)
class Quoted:
    """A place of an article and the words that were there when it was cited."""

    start: int
    end: int
    words: str = ""

    @classmethod
    def read(cls, sent: Any) -> Quoted | None:
        """As the page sends it, which may be anything."""
        match sent:
            case {"start": int(start), "end": int(end), "quotation": str(words)}:
                return cls(start, end, words)
        return None

    def within(self, text: str) -> tuple[int, int] | None:
        """Where its words are now, as files change; None where they are no more."""
        if not self.words:
            return (self.start, self.end) if self.start <= self.end <= len(text) else None
        if text[self.start : self.end] == self.words:
            return self.start, self.end
        at = text.find(self.words)
        return (at, at + len(self.words)) if at >= 0 else None


def quoted_view(article: Article, quoted: Quoted, used: Iterable[Quoted] = ()) -> dict[str, Any]:
    """The article at a quotation, with those that were used before."""
    found = [span for each in used if each.words and (span := each.within(article.text))]
    at = quoted.within(article.text)
    if at is None:
        lost = f"It no longer has: “{quoted.words}”" if quoted.words else "It no longer has the place that was quoted."
        return article_view(article, 0, 0, found) | {"note": f"The article has changed since. {lost}"}
    moved = quoted.words and at != (quoted.start, quoted.end)
    note = {"note": "The article has changed since; the quotation is still in it."} if moved else {}
    return article_view(article, *at, found) | note


def article_view(article: Article, start: int = 0, end: int = 0, used: Iterable[tuple[int, int]] = ()) -> dict[str, Any]:
    """An article in paragraphs of (words, kind) runs: the words of `text[start:end]` are "quoted", those of `used` "used".

    Cut here and not in the page: offsets count characters, JavaScript counts UTF-16 units.
    """
    spans = [(start, end, "quoted"), *((*span, "used") for span in used)]
    return {
        "id": article.id,
        "title": article.title,
        "byline": " · ".join(filter(None, [article.outlet, day(article.published), article.dateline])),
        "paragraphs": [list(_runs(article.text, *paragraph, spans)) for paragraph in _paragraphs(article.text)],
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


def _runs(text: str, begin: int, stop: int, spans: Iterable[tuple[int, int, str]]) -> Iterator[tuple[str, str]]:
    """The first of the spans that has a character says of what kind it is. The page says where; it may say nonsense."""
    inside = [(max(start, begin), min(end, stop), kind) for start, end, kind in spans if start < stop and end > begin and start < end]
    edges = sorted({begin, stop, *(edge for start, end, _ in inside for edge in (start, end))})
    pieces = ((edge, next((kind for start, end, kind in inside if start <= edge < end), "")) for edge in edges[:-1])
    runs = [(next(same)[0], kind) for kind, same in groupby(pieces, key=lambda piece: piece[1])]
    for (left, kind), right in zip(runs, [*(left for left, _ in runs[1:]), stop], strict=True):
        yield text[left:right], kind
