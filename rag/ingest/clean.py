"""Text as saved from the web → the article's text, and what was beside it, each piece with the reason.

Rather leaves furniture in than takes prose out: a unit goes only by its form (`rules`), because it repeats another, because it is in a
list of headlines under such a list's label, or as part of an appeal for money (`pleas`). What nothing was taken from stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.ingest import rules
from rag.ingest.meta import Head, head_line
from rag.ingest.pleas import PLEA, pleas
from rag.ingest.units import Unit, units
from rag.types import Removed

REPEATED = "a headline that was there before"
LISTED = "a headline in a list of other articles"
EDGE_UNITS = 60  # furniture at an edge is sought no further in than this
ADVISES = 0.3  # from this share of paragraphs with "you" on, an article may itself tell its reader what to click

_YOU = re.compile(r"\byou(?:r|rs)?\b", re.I)
_QUOTATION = re.compile(r"[\"“„«].*?[\"”»]")


@dataclass(frozen=True, slots=True)
class Cleaned:
    text: str
    removed: tuple[Removed, ...]
    author: str | None = None
    published: str | None = None


def clean(text: str) -> Cleaned:
    """Take the furniture of a web page out of a text."""
    found = units(text)
    why: list[str | None] = [rules.anywhere(unit) for unit in found]
    appeals, cuts = pleas(found)
    why = [PLEA if i in appeals else reason for i, reason in enumerate(why)]
    _lists(found, why)
    _repeats(found, why)
    _edges(found, why)
    head = _head(found, why)
    spans = [(u.start, u.end, reason) for u, reason in zip(found, why, strict=True) if reason]
    spans += [(found[i].start, end, PLEA) for i, end in cuts.items()]
    removed = tuple(Removed(text[start:end].strip(), reason) for start, end, reason in sorted(spans))
    return Cleaned(_without(text, sorted(spans)), removed, head.author, head.published)


def _lists(found: Sequence[Unit], why: list[str | None]) -> None:
    """A label such as "Related articles", and the headlines that follow it until a paragraph does."""
    for i, unit in enumerate(found):
        if why[i] or not rules.is_list_label(unit):
            continue
        end = i + 1
        while end < len(found) and (why[end] or (found[end].is_headline and not found[end].is_heading)):
            end += 1
        listed = [j for j in range(i + 1, end) if not why[j]]
        if not listed and i == 0:
            continue  # the title of what follows
        why[i] = LISTED
        for j in listed:
            why[j] = LISTED


def _repeats(found: Sequence[Unit], why: list[str | None]) -> None:
    """The title once more, a headline right after itself, or once more below the article; elsewhere a line may well come back."""
    body = [i for i, unit in enumerate(found) if not why[i] and unit.is_prose]
    seen: set[str] = set()
    title = last = ""
    for i, unit in enumerate(found):
        if why[i] or not unit.is_headline or unit.words < 3 or unit.ends_a_sentence:
            continue
        words = unit.bare.casefold()
        again = words in (title, last) or (words in seen and body and i > body[-1])
        if again and not _in_a_list(unit):
            why[i] = REPEATED
        title, last = title or words, words
        seen.add(words)


def _in_a_list(unit: Unit) -> bool:
    return bool(re.match(r"\s*(?:[-*+•]|\d+[.)]|\|)", unit.text)) or ":" in unit.bare or "\t" in unit.text


def _edges(found: Sequence[Unit], why: list[str | None]) -> None:
    """Furniture that only its place tells: from either end to the first unit that is the article's."""
    body = [unit for unit, reason in zip(found, why, strict=True) if not reason and unit.is_prose]
    addressed = sum(bool(_YOU.search(_QUOTATION.sub("", unit.bare))) for unit in body)
    if len(body) > 3 and addressed >= ADVISES * len(body):
        return
    for order in (range(len(found))[:EDGE_UNITS], range(len(found))[::-1][:EDGE_UNITS]):
        for i in order:
            why[i] = why[i] or rules.at_an_edge(found[i])
            if not why[i] and (found[i].is_prose or order.step < 0):
                break


def _head(found: Sequence[Unit], why: list[str | None]) -> Head:
    """Byline and time stamp above the first paragraph: metadata, where they are certain."""
    head = Head()
    for i, unit in enumerate(found[:12]):
        if unit.is_prose and not why[i]:
            break
        line = head_line(unit.bare)
        if line and i > 0 and not why[i]:
            why[i] = line.reason
            head = head.joined(line)
    return head


def _without(text: str, spans: Sequence[tuple[int, int, str]]) -> str:
    if not spans:
        return text
    kept, at = [], 0
    for start, end, _ in spans:
        kept.append(text[at:start])
        at = end
    rest = "".join([*kept, text[at:]])
    return re.sub(r"\n[ \t]*(?:\n[ \t]*)+", "\n\n", rest).strip()
