"""Which articles are asked: dates and outlets that the user names, made sure of, and how they are told."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Iterable, Sequence

from rag.errors import UnusableInput
from rag.types import Article, Filter

FORMAT = "a date as YYYY-MM-DD, such as 2016-11-07 (YYYY-MM and YYYY mean the whole month or year)"


def make_filter(
    since: str | None = None,
    until: str | None = None,
    outlets: Sequence[str] = (),
    names: tuple[str, str] = ("since", "until"),
) -> Filter | None:
    """The filter, or None where nothing is asked for. `names` are the options as the user knows them.

    Raises:
        UnusableInput: a date that is none, or none can be between the two.
    """
    first = _date(since, names[0], last=False) if since is not None else None
    last = _date(until, names[1], last=True) if until is not None else None
    if first and last and first > last:
        raise UnusableInput(f"{names[0]} {since} is after {names[1]} {until}: no article can be of a date between them.")
    wanted = Filter(first, last, tuple(dict.fromkeys(o.strip() for o in outlets if o.strip())))
    return wanted if wanted else None


def passes(wanted: Filter, outlet: str | None, published: str | None) -> bool:
    """Whether an article of this outlet and date is wanted."""
    if wanted.dated and not (published and (wanted.since or published) <= published <= (wanted.until or published)):
        return False
    return not wanted.outlets or (outlet or "").casefold() in {o.casefold() for o in wanted.outlets}


def stand_ins(wanted: Filter | None, cited: Iterable[Article]) -> list[str]:
    """Which of these articles are asked for another one's sake, in a sentence each."""
    if not wanted:
        return []
    return [
        f"[{article.id}] stands for [{alias.id}] ({', '.join(x for x in (alias.outlet, alias.published) if x)}), "
        "which has nearly the same text: one source."
        for article in cited
        if not passes(wanted, article.outlet, article.published)
        for alias in [a for a in article.aliases if passes(wanted, a.outlet, a.published)][:1]
    ]


def searched(articles: int, wanted: Filter | None) -> str:
    """Where an answer was looked for, as a sentence says it."""
    if not wanted:
        return f"the {articles} articles" if articles > 1 else "the one article"
    dates = " ".join(f"{word} {date}" for word, date in (("since", wanted.since), ("until", wanted.until)) if date)
    outlets = f"of {' or '.join(wanted.outlets)}" if wanted.outlets else ""
    return f"the articles that are {' and '.join(x for x in (dates and f'dated {dates}', outlets) if x)}"


def undated(left_out: int) -> str:
    """That a filter by date left articles out because nobody knows theirs."""
    return f"{left_out} article{'s' * (left_out > 1)} left out: {'their dates are' if left_out > 1 else 'its date is'} not known."


def _date(text: str, name: str, last: bool) -> str:
    match = re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", text.strip())
    try:
        if not match:
            raise ValueError
        year, month, day = (int(part) if part else None for part in match.groups())
        assert year is not None
        start = datetime.date(year, month or 1, day or 1)
        return (end_of(start, month is not None, day is not None) if last else start).isoformat()
    except ValueError:
        raise UnusableInput(f"{name} {text!r} cannot be used: it takes {FORMAT}.") from None


def end_of(start: datetime.date, has_month: bool, has_day: bool) -> datetime.date:
    """The last day of the day, month or year that a date names."""
    if has_day:
        return start
    if not has_month:
        return start.replace(month=12, day=31)
    return start.replace(day=calendar.monthrange(start.year, start.month)[1])
