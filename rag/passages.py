"""Article → passages: runs of whole sentences with exact character offsets.

sentencex (Wikimedia, rule-based, Rust) splits sentences: 320 paragraphs in 6 ms, where pysbd needs 1.6 s, with the same
boundaries on news prose. Offsets are computed here and hold by construction.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from rag.types import Article, Passage

# A passage ends at the sentence that would pass this length, at a paragraph's end from half of it on.
PASSAGE_CHARS = 1200
LONGEST_SENTENCE = 600  # characters; beyond it a "sentence" is a direct quotation, a list or a table, and is split

# sentencex keeps a quotation in one piece; an apostrophe that looks like an opening quote would swallow what follows.
_APOSTROPHES = str.maketrans("‘’", "''")
_QUOTES = str.maketrans("“”„«»\"'", "       ")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Offsets of the sentences of a text, white space trimmed; a line break always ends a sentence."""
    return [span for start, end in _lines(text) for span in _split(text, start, end)]


def split_article(article: Article) -> list[Passage]:
    """The passages of an article, in order. Every sentence is in exactly one."""
    passages: list[Passage] = []
    current: list[tuple[int, int]] = []
    for start, end in _lines(article.text):
        spans = _split(article.text, start, end)
        if current and _length(current + spans) > PASSAGE_CHARS and _length(current) >= PASSAGE_CHARS // 2:
            passages.append(_passage(article, current))
            current = []
        for span in spans:
            if current and span[1] - current[0][0] > PASSAGE_CHARS:
                passages.append(_passage(article, current))
                current = []
            current.append(span)
    if current:
        passages.append(_passage(article, current))
    return passages


def _length(spans: list[tuple[int, int]]) -> int:
    return spans[-1][1] - spans[0][0] if spans else 0


def _passage(article: Article, sentences: list[tuple[int, int]]) -> Passage:
    start, end = sentences[0][0], sentences[-1][1]
    text = article.text[start:end]
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Passage(f"{article.id}#{start}-{digest}", article.id, start, end, text, tuple(sentences))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    for match in re.finditer(r"[^\n]+", text):
        if match.group().strip():
            yield match.span()


def _split(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for s, e in _boundaries(text[start:end].translate(_APOSTROPHES)):
        if e - s > LONGEST_SENTENCE:
            inner = _boundaries(text[start + s : start + e].translate(_QUOTES))
            spans += [(start + s + a, start + s + b) for a, b in inner]
        else:
            spans.append((start + s, start + e))
    return [trimmed for span in spans if (trimmed := _trim(text, *span))]


def _boundaries(line: str) -> list[tuple[int, int]]:
    import sentencex

    return [(b["start_index"], b["end_index"]) for b in sentencex.get_sentence_boundaries("en", line)]


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
