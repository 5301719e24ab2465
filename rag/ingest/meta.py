"""What is certain about an article: dates in one form, names without "By", a language that has no rival."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

LANGUAGE_CHARS = range(200, 3_000)  # fewer are too few to be sure; more change nothing
SURE = 0.99
EARLIEST, LATEST = 1700, 2199  # years; 0001 and 9999 are what programs write for a date that nobody knows
MOST_NAMES = 20

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? )?"
_TIME = r"(?:(?:,| at| -| \||T)? ?\d{1,2}[:.]\d{2}(?::\d{2})?(?: ?[ap]\.?m\.?)?(?: ?\(?[A-Z]{1,5}\)?)?)?"
_DATES = [
    re.compile(rf"{_WEEKDAY}{_DAY}(?: of)? {_MONTH},? {_YEAR}{_TIME}", re.I),
    re.compile(rf"{_WEEKDAY}{_MONTH} {_DAY},? {_YEAR}{_TIME}", re.I),
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?:[T ].*)?", re.I),
]
_STAMP = re.compile(
    r"\W*(?:(?P<first>(?:first )?(?:published|posted|issued)|date)(?: on| at)?\s*:?\s*|(?P<later>(?:last )?(?:updated|modified"
    r"|edited))(?: on| at)?\s*:?\s*)?(?P<rest>.+)",
    re.I,
)
_NAME = r"[A-ZÀ-Þ][\w.'’-]*(?: (?:(?:de|del|van|von|der|la|le|bin|al|el|da|di) )*[A-ZÀ-Þ][\w.'’-]*){1,3}"
_BYLINE = re.compile(
    rf"(?:By|BY|Written by|Words by|Text by|Author:)\s+(?P<names>{_NAME}(?:(?:, | and | & ){_NAME})*)(?P<role>(?:,| in | \|| - | – "
    rf"| — |\s*/).{{0,60}})?"
)
_AGO = re.compile(r"\W*(?:(?:published|updated|posted|last updated)\W*)?\d+ (?:minutes?|hours?|days?|weeks?|months?|years?) ago\W*", re.I)


@dataclass(frozen=True, slots=True)
class Head:
    """What a line above an article says about it."""

    author: str | None = None
    published: str | None = None
    reason: str = ""

    def joined(self, other: Head) -> Head:
        return Head(self.author or other.author, self.published or other.published)


def head_line(line: str) -> Head | None:
    """A byline or time stamp that is the whole line, or nothing."""
    if byline := _BYLINE.fullmatch(line):
        return Head(author=names(byline["names"]), reason="a byline")
    if _AGO.fullmatch(line):
        return Head(reason="a time stamp")
    stamp = _STAMP.fullmatch(line)
    if stamp and (date := written_date(stamp["rest"])):
        return Head(published=None if stamp["later"] else date, reason="a time stamp")
    return None


def written_date(text: str) -> str | None:
    """An ISO date from words that are a date with its year and nothing else. 03/04/2019 is not certain."""
    for pattern in _DATES:
        if match := pattern.fullmatch(text.strip().rstrip(".")):
            month = match["month"]
            number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
            return _possible(int(match["year"]), number, int(match["day"]))
    return None


def iso_date(value: Any) -> str | None:
    """An ISO date from whatever a format declares: a date, ISO 8601, a written date, seconds since 1970."""
    found = _declared_date(value)
    return found if found and EARLIEST <= int(found[:4]) <= LATEST else None


def _declared_date(value: Any) -> str | None:
    if isinstance(value, datetime.date):
        return value.isoformat()[:10]
    text = str(value or "").strip()
    try:
        return datetime.date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return written_date(text) or _mail_date(text) or _epoch(text)


def names(value: Any) -> str | None:
    """The names of a byline in one line; a web or mail address is none."""
    listed = value if isinstance(value, list | tuple) else [value]
    found = [v.get("name") if isinstance(v, dict) else v for v in listed[:MOST_NAMES]]
    text = "; ".join(" ".join(n.split()) for n in found if isinstance(n, str) and n.strip())
    text = re.sub(r"^(?:by|von|par|por)[ :]+", "", text, flags=re.I).strip(" ,;")
    return text if text and not re.search(r"://|\S@\S", text) else None


def language_of(declared: str | None, text: str) -> str | None:
    """ISO 639-1: what is declared, else what the text is for certain."""
    if declared and re.fullmatch(r"[A-Za-z]{2}(?:[-_].*)?", declared.strip()):
        return declared.strip()[:2].lower()
    sample = text[: LANGUAGE_CHARS.stop]
    if len(sample) < LANGUAGE_CHARS.start:
        return None
    language, probability = _identifier().classify(sample)
    return str(language) if probability >= SURE else None


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _possible(year: int, month: int, day: int) -> str | None:
    try:
        return datetime.date(year, month, day).isoformat() if EARLIEST <= year <= LATEST else None
    except ValueError:
        return None


def _mail_date(text: str) -> str | None:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(text).date().isoformat() if text else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _epoch(text: str) -> str | None:
    if not re.fullmatch(r"1?\d{9}(?:\d{3})?(?:\.\d+)?", text):
        return None
    seconds = float(text) / (1000 if len(text.partition(".")[0]) > 10 else 1)
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).date().isoformat()
