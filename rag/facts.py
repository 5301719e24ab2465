"""The facts of a text that can be checked whatever its words: numbers with units, names, dates, directions, negation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from rag.lexical import FUNCTION_WORDS, stem, stems, words

_SCALES = {
    "hundred": 100.0,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "k": 1e3,
    "m": 1e6,
    "bn": 1e9,
}
_VAGUE = re.compile(
    r"\b(dozen|hundred|thousand|million|billion|score)s\b|\b(?:a |several |some )?few (hundred|thousand|million)\b",
    re.I,
)
_NUMBER = re.compile(r"(?<![\w.])(?:[$€£]\s?)?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?:st|nd|rd|th)?(?=\W|[a-z]|$)")
_UNITS = {
    **dict.fromkeys(("km", "kms", "kilometre", "kilometres", "kilometer", "kilometers"), "km"),
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters"), "metre"),
    **dict.fromkeys(("mile", "miles", "mi"), "mile"),
    **dict.fromkeys(("percent", "%", "pc"), "percent"),
    **dict.fromkeys(("kg", "kilogram", "kilograms", "kilos"), "kg"),
    **dict.fromkeys(("tonne", "tonnes", "ton", "tons"), "tonne"),
    **{word: unit for unit in ("second", "minute", "hour", "day", "week", "month", "year", "decade", "century", "foot", "feet",
       "inch", "acre", "hectare", "litre", "liter", "gallon", "barrel", "degree") for word in (unit, unit + "s")},
    "centuries": "century", "dollars": "dollar", "euros": "euro", "pounds": "pound",
}  # fmt: skip
_DATES = {
    **{name[:n]: name for name in ("january", "february", "march", "april", "june", "july", "august", "september", "october",
       "november", "december") for n in (3, len(name))}, "sept": "september", "may": "may",
    **{day[:n]: day for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
       for n in (3, len(day))},
}  # fmt: skip
_DIRECTIONS = {"north": 0, "northern": 0, "south": 1, "southern": 1, "east": 2, "eastern": 2, "west": 3, "western": 3}
_ALIASES = (
    {"isis", "isil", "daesh", "islamic state", "is"},
    {"us", "u.s", "usa", "american", "americans", "united states", "washington"},
    {"uk", "u.k", "british", "britain", "united kingdom"},
    {"eu", "european union"},
    {"un", "u.n", "united nations"},
)
_NEGATION = frozenset(
    "not no never none nobody nothing nowhere neither nor without cannot hardly barely scarcely lack unable unknown unlikely "
    "impossible".split()
)
_NOT_NEGATION = re.compile(
    r"\bnot only\b|\bno doubt\b|\bno (?:less|fewer|more) than\b|\bno longer ago\b|\bnothing but\b|\bno(?:ne)? other than\b"
    r"|\b(?:hardly|barely|scarcely) (?:less|fewer) than\b",
    re.I,
)
# They deny a deed that follows: “refused to leave”, “stopped firing”, “prevented them from leaving”; “refused an offer” denies no offer.
_REFUSING = re.compile(
    r"\b(?:(?:refus|fail|declin|neglect)\w*(?= to\b)|(?:unwilling|forgot)(?= to\b)|(?:den|cease|stop|avoid)\w*(?= \w+ing\b)"
    r"|(?:deny|denie[sd]|denying)(?= (?:that|it|he|she|they)\b)"
    r"|(?:prevent|stop|kept|keep|bar)\w*(?= (?:[\w'’-]+ ){1,4}from \w+ing\b))",
    re.I,
)
_TWICE = re.compile(r"(?:\b(?:not|never)|n['’]t) (?:\w+ ){0,2}not\b", re.I)
_REACH_ENDS = re.compile(
    r"[,;:()–—.]|\b(?:but|because|since|until|unless|except|although|though|while|whereas|which|who|whom|after|before|than)\b", re.I
)
_CLAUSE = re.compile(r"[,;:()–—]|\b(?:and|but|while|whereas|although|though|when|which|who|because|after|before)\b", re.I)
# An “it” that stands for nothing before: “It is not clear whether …”, “It took them three months”, “It turned out that …”.
_EMPTY = (
    r"it (?:"
    r"(?:is|was|has been|remains|remained) (?:[a-z]+ ){0,2}?(?:(?:im)?possible|to be seen|the (?:first|second|third|fourth|last) time|"
    r"(?:believed|thought|said|estimated|(?:un)?clear|(?:un)?known|(?:un)?likely|(?:un)?certain|reported|expected|feared|hoped|assumed)"
    r"(?! to\b))\b"
    r"|(?:seem|appear|turn|emerge)(?:s|ed) (?:out )?(?:[a-z]+ ){0,2}?that\b"
    r"|(?:[a-z]+ ){0,2}?(?:be|takes?|took|taken) (?:(?!(?:in|within|after|for|at|by|over|during)\b)[\w-]+ ){0,4}?"
    r"(?:minutes|hours|days|weeks|months|years|decades|attempts)\b)"
)
# A sentence that refers to one before: it opens with such a word, or its subject is a pronoun.
LEANS = re.compile(
    rf"\W*(?!{_EMPTY})"
    r"(?:(?:it|its|this|that|these|those|both|such|his|her|their|the (?:group|man|woman|two|latter|former|move|city|town|attack|"
    r"company|report|statement|men|area|country|force|forces|offensive))\b|(?:[\w'’-]+,?\s){0,4}(?:he|she|they)\b)",
    re.I,
)
_LIST_ITEM = re.compile(r"^\s*\d{1,2}[.)]\s+")
_MARKER = re.compile(r"\[\d{1,3}(?:, ?\d{1,3})*\]")  # a citation is no number
_FULL_NAME = re.compile(r"(?<!\w)[A-Z][\w-]*(?: [A-Z][\w-]*)+")
_CAPITALISED = re.compile(r"(?<!\w)[A-Z][\w'’]*(?:-\w+)*")


@dataclass(frozen=True, slots=True)
class Number:
    """A quantity, what it counts or measures if it says so, and the words around it."""

    value: str
    unit: str | None
    near: frozenset[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """The checkable parts of a text."""

    numbers: tuple[Number, ...]
    names: tuple[str, ...]  # as they come
    full_names: tuple[tuple[str, ...], ...]  # the words of those of two words or more
    dates: frozenset[str]
    directions: frozenset[int]
    denials: tuple[tuple[str, ...], ...]  # per negation, the stems in its reach, in order
    stems: frozenset[str]
    lower: str


@lru_cache(maxsize=20_000)
def facts(text: str) -> Facts:
    """Analyse a text once."""
    text = _MARKER.sub("", _LIST_ITEM.sub("", text))
    found = stems(text)
    lowered = [w.lower().strip(".") for w in words(text)]
    return Facts(
        numbers=tuple(_numbers(text)),
        names=tuple(dict.fromkeys(_names(text))),
        full_names=tuple(tuple(run.split()) for run in dict.fromkeys(_FULL_NAME.findall(text))),
        dates=frozenset(_DATES[w] for w in lowered if w in _DATES and (w != "may" or "May" in text) and w not in {"mar", "sun", "sat"}),
        directions=frozenset(_DIRECTIONS[part] for w in words(text) for part in w.lower().split("-") if part in _DIRECTIONS)
        | frozenset(d for word, d in _DIRECTIONS.items() if re.search(rf"\b\w+-{word}\b|\b{word}-?(?:east|west)", text, re.I))
        | frozenset(_DIRECTIONS[side.lower()] for side in re.findall(r"\b(?:north|south)-?(east|west)", text, re.I)),
        denials=tuple(_denials(text)),
        stems=frozenset(found),
        lower=text.lower(),
    )


def is_named(name: str, there: frozenset[str], lower: str) -> bool:
    """Whether a text, given as its stems and in lower case, has a name in this or another form (Iraq, Iraqi; ISIS, Daesh)."""
    wanted = stem(name.lower())
    if wanted in there or name.lower() in lower:
        return True
    if name.isupper() and len(name) > 2 and re.search(r"\b" + r"\w*[\s-]+(?:of |the |and |in |for )*".join(name.lower()), lower):
        return True
    if any(len(wanted) >= 4 and len(s) >= 4 and _same_root(wanted, s) for s in there):
        return True
    return any(name.lower() in group and any(re.search(rf"\b{re.escape(a)}\b", lower) for a in group) for group in _ALIASES)


def _same_root(a: str, b: str) -> bool:
    """Iraq and Iraqi, Syria and Syrian, Kurd and Kurdish."""
    short, long = sorted((a, b), key=len)
    shared = len(short) - (short[-1] in "aey")
    return shared >= 4 and long[:shared] == short[:shared] and len(long) - shared <= 3


def _numbers(text: str) -> Iterator[Number]:
    from text_to_num import alpha2digit

    plain = _VAGUE.sub(lambda m: f" vaguely{(m.group(1) or m.group(2)).lower()} ", text)
    for clause in _CLAUSE.split(re.sub(r"(?<=\d),(?=\d{3})", "", plain)):
        digits = alpha2digit(clause, "en", threshold=2)  # converts from 2 on: "one" is mostly a pronoun
        read = 0
        for match in _NUMBER.finditer(digits):
            if match.start() < read:
                continue  # the million of 1.5 million
            value, rest = _scaled(float(match.group(1).replace(",", "")), digits[match.end() :])
            read = len(digits) - len(rest)
            yield Number(
                f"{value:g}" if value < 1e6 else f"{value:.0f}",
                _unit(match.group(), rest),
                _near(digits, *match.span()),
            )
        for match in re.finditer(r"vaguely(\w+)", digits):
            yield Number(f"{match.group(1)}s", None, _near(digits, *match.span()))


def _scaled(value: float, rest: str) -> tuple[float, str]:
    following = re.match(r"\s*(1000000000|1000000|1000|100|[a-z]+)\b", rest)
    if following:
        word = following.group(1)
        scale = float(word) if word.isdigit() else _SCALES.get(word, 0.0)
        if scale and (word.isdigit() or len(word) > 2):
            return value * scale, rest[following.end() :]
    return value, rest


def _near(clause: str, start: int, end: int) -> frozenset[str]:
    """What a number is about: the content words that follow it in its clause, else the last ones before it."""

    def content(text: str) -> list[str]:
        return [stem(w.lower()) for w in words(text) if w.lower() not in FUNCTION_WORDS and not w[0].isdigit()]

    return frozenset(content(clause[end:])[:6] or content(clause[:start])[-3:])


def _unit(shown: str, rest: str) -> str | None:
    if shown[0] in "$€£":
        return {"$": "dollar", "€": "euro", "£": "pound"}[shown[0]]
    following = re.match(r"[\s-]*(%|[A-Za-z]+)", rest)
    return _UNITS.get(following.group(1).lower()) if following else None


def _names(text: str) -> Iterator[str]:
    """Capitalised words. A sentence's first word counts unless it looks like a common word."""
    for match in _CAPITALISED.finditer(text):
        word = re.sub(r"['’]s?$", "", match.group())
        if word.lower() in FUNCTION_WORDS or word.lower() in _DATES or word.lower().split("-")[0] in _DIRECTIONS:
            if not (word.isupper() and len(word) > 1):  # US, IS and WHO are names, us, is and who are not
                continue
        starts = not text[: match.start()].strip() or text[: match.start()].rstrip()[-1] in ".!?:“\"'‘"
        followed = re.match(r"\s+[A-Z]", text[match.end() :])
        if starts and not followed and not word.isupper() and _looks_common(word):
            continue
        yield from (part for part in word.split("-") if part[:1].isupper()) if not _same_word(word) else (word,)


def _same_word(word: str) -> bool:
    return "-" not in word


_OPENERS = frozenset(
    "furthermore moreover even overall meanwhile instead today yesterday tomorrow another therefore nevertheless nonetheless "
    "besides indeed often sometimes later earlier next finally first second third two three four five six seven eight nine "
    "ten new old young many recent troops people police artillery fighting".split()
)


def _looks_common(word: str) -> bool:
    low = word.lower()
    return low in _OPENERS or low.endswith(
        ("s", "ly", "ing", "ed", "tion", "ment", "ity", "ness", "ar", "al", "ive", "ous", "able", "ic", "ful", "less")
    )


@cache
def _negation_stems() -> frozenset[str]:
    return frozenset(map(stem, _NEGATION))


def _denials(text: str) -> Iterator[tuple[str, ...]]:
    """For each negation the stems in its reach, in order: the next four content words of its clause."""
    plain = _TWICE.sub(" ", _REFUSING.sub("not", _NOT_NEGATION.sub(" ", text)))
    for clause in _REACH_ENDS.split(plain):
        found = [w.lower().replace("’", "'") for w in words(clause)]
        for i, word in enumerate(found):
            if word.endswith("n't") or word in _NEGATION or stem(word) in _negation_stems():
                yield tuple([stem(w) for w in found[i + 1 :] if w not in FUNCTION_WORDS][:4])
