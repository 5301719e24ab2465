"""Dates in a question: articles that were published about then come a little nearer to the front."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from rag.filters import end_of
from rag.types import Filter

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?"
    r"|Oct|Nov|Dec)\b\.?"
)
_DAY = r"(?P<day>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?\b"
_YEAR = r"(?P<year>(?:19|20)\d\d)\b"
# A month alone is often a name, a year alone often what an article is about and not when it was written.
_DATES = (
    re.compile(rf"\b{_MONTH} {_DAY}(?:,? {_YEAR})?"),
    re.compile(rf"\b{_DAY}(?: of)? {_MONTH}(?:,? {_YEAR})?"),
    re.compile(rf"\b{_MONTH},?(?: of)? {_YEAR}"),
    re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b"),
)
BEFORE = datetime.timedelta(days=1)  # time zones
AFTER = datetime.timedelta(days=7)  # what happened on a day is still news in the week after
# As much as the best sentence's cosine being .11 higher: it decides between passages that fit about equally well, no more.
BONUS = 1.0


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a question names; without a year, those of any."""

    month: int
    day: int | None
    year: int | None

    def near(self, published: int) -> bool:
        """Whether an article of this date (20161107; 0 is unknown) was published then or soon after."""
        if not published:
            return False
        date = datetime.date(published // 10_000, published // 100 % 100, published % 100)
        years = [self.year] if self.year else [date.year - 1, date.year]
        return any(first <= date <= last for first, last in map(self._window, years) if first and last)

    @property
    def filter(self) -> Filter | None:
        """The articles published then, where the year is named."""
        first, last = self._window(self.year) if self.year else (None, None)
        return Filter(first.isoformat(), last.isoformat()) if first and last else None

    def _window(self, year: int) -> tuple[datetime.date, datetime.date] | tuple[None, None]:
        try:
            first = datetime.date(year, self.month, self.day or 1)
            return first - BEFORE, end_of(first, True, self.day is not None) + AFTER
        except (ValueError, OverflowError):  # the 29th of February of most years; the ends of the calendar
            return None, None


def asked_about(question: str) -> Period | None:
    """The first date in a question."""
    for pattern in _DATES:
        if match := pattern.search(question):
            parts = match.groupdict()
            month = parts["month"]
            number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
            day, year = parts.get("day"), parts.get("year")
            if 1 <= number <= 12:
                return Period(number, int(day) if day else None, int(year) if year else None)
    return None
