"""A text as units: what stands alone on its line, or a paragraph that was wrapped over several lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

PROSE_WORDS = 8  # a sentence of fewer words may be a caption, a label or a headline as well
HEADLINE_WORDS = 25
WRAPPED_LINE = range(45, 110)  # characters; shorter lines are lists, longer ones are paragraphs

_BLOCK = re.compile(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*")
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_MARKUP = re.compile(r"^[\s#>*+•·–—-]+|[*_`]+|\s+$")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_ROW = re.compile(r"\s*(?:[-*+•|>#]|\d+[.)]\s|```)|\s{4}")
_END = re.compile(r"[.!?…][\"”’'»)\]]*$")


@dataclass(frozen=True, slots=True)
class Unit:
    """`text` is the source's; `bare` is without Markdown, in one line."""

    start: int
    end: int
    text: str
    bare: str

    @property
    def words(self) -> int:
        return len(self.bare.split())

    @property
    def is_heading(self) -> bool:
        return self.text.lstrip().startswith("#")

    @property
    def ends_a_sentence(self) -> bool:
        return bool(_END.search(self.bare))

    @property
    def is_prose(self) -> bool:
        return (self.ends_a_sentence and self.words >= PROSE_WORDS) or self.words > 2 * HEADLINE_WORDS

    @property
    def is_headline(self) -> bool:
        """Short, and no sentence; a question may be one."""
        return self.words <= HEADLINE_WORDS and not self.bare.endswith((".", "…", ",", ";", '."', ".”"))


def units(text: str) -> list[Unit]:
    """All of a text but its white space, in order."""
    found: list[Unit] = []
    for block in _BLOCK.finditer(text):
        lines = block.group().split("\n")
        if is_wrapped(lines):
            found.append(_unit(text, *block.span()))
        else:
            found += [_unit(text, block.start() + line.start(), block.start() + line.end()) for line in _LINE.finditer(block.group())]
    return found


def is_wrapped(lines: list[str]) -> bool:
    """Whether lines are one paragraph: of much the same length, and broken within sentences."""
    if len(lines) < 3 or not _fit(lines):
        return False
    body = [line.rstrip() for line in lines[:-1]]
    broken = sum(not _END.search(line) for line in body)
    return broken >= 0.7 * len(body) and max(map(len, body)) - min(map(len, body)) <= 25


def reflow(text: str) -> str:
    """Paragraphs in one line each: what follows takes a line's end for a sentence's."""
    blocks = [block.group().split("\n") for block in _BLOCK.finditer(text)]
    wrapped = sum(is_wrapped(lines) for lines in blocks)
    if not wrapped:
        return text
    # Where paragraphs of three lines are wrapped, those of two are as well.
    everywhere = wrapped >= 0.5 * sum(len(lines) > 2 for lines in blocks)

    def joined(block: re.Match[str]) -> str:
        lines = block.group().split("\n")
        return _join(lines) if is_wrapped(lines) or (everywhere and len(lines) == 2 and _fit(lines)) else block.group()

    return _BLOCK.sub(joined, text)


def _fit(lines: list[str]) -> bool:
    """All but the last as long as wrapped lines are, and none a row of a list or a table."""
    return all(len(line.rstrip()) in WRAPPED_LINE for line in lines[:-1]) and not any(_ROW.match(line) for line in lines[1:])


def _join(lines: list[str]) -> str:
    joined = lines[0].rstrip()
    for line in lines[1:]:
        # Which hyphens at a line's end belong to the word, nobody can tell: they stay.
        joined += ("" if re.search(r"\w-$", joined) else " ") + line.strip()
    return joined


def _unit(text: str, start: int, end: int) -> Unit:
    raw = text[start:end]
    bare = _MARKUP.sub("", _LINK.sub(r"\1", raw))
    return Unit(start, end, raw, " ".join(bare.split()))
