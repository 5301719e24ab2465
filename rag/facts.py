"""What a quotation must have in common with a statement whatever the words: numbers, units, names, dates, directions, negation.

A model that swaps one of these writes a sentence that is otherwise perfectly supported, so these are checked one by one and
none is outweighed by similarity. Each check returns the reason to refuse, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from rag.lexical import FUNCTION_WORDS, stem, stems, words
from rag.opposites import opposites, with_prefix

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
    "not no never none nobody nothing nowhere neither nor without cannot hardly barely scarcely fail refuse deny lack unable "
    "unknown unlikely impossible stop cease prevent avoid reject".split()
)
_NOT_NEGATION = re.compile(r"\bnot only\b|\bno doubt\b|\bno (?:less|fewer|more) than\b|\bno longer ago\b", re.I)
_REFERS = re.compile(
    r"\b(?:it|its|he|him|his|she|her|they|them|their|there|"
    r"the (?:city|town|village|group|area|country|force|unit|army|organi[sz]ation|company|party|man|woman))\b"
)
_SPAN = re.compile(r"(?:(\w+)[ -])?\b(moments|seconds|minutes|hours|days|weeks|months|years|decades|centuries)\b")
_LARGE = ("hundred", "thousand", "million")
_CERTAIN = re.compile(r"\b(?:certain(?:ly|ty)?|definitely|undoubtedly|surely|proved?|proven|confirm(?:s|ed)?|is known to|are known to)\b")
_CLAUSE = re.compile(r"[,;:()–—]|\b(?:and|but|while|whereas|although|though|when|which|who|because|after|before)\b", re.I)
# A sentence that refers to one before: it opens with such a word, or its subject is a pronoun.
LEANS = re.compile(
    r"\W*(?!it (?:is|was|has been) (?:believed|thought|said|estimated|possible|clear|known|likely|reported|expected|feared)\b)"
    r"(?:(?:it|its|this|that|these|those|both|such|his|her|their|the (?:group|man|woman|two|latter|former|move|city|town|attack|"
    r"company|report|statement|men|area|country|force|forces|offensive))\b|(?:[\w'’-]+,?\s){0,4}(?:he|she|they)\b)",
    re.I,
)
_LIST_ITEM = re.compile(r"^\s*\d{1,2}[.)]\s+")
_MARKER = re.compile(r"\[\d{1,3}(?:, ?\d{1,3})*\]")  # a citation is no number
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
    names: frozenset[str]
    dates: frozenset[str]
    directions: frozenset[int]
    denials: tuple[frozenset[str], ...]  # per negation, the stems in its reach
    stems: frozenset[str]
    lower: str
    leans: bool  # opens with a word that refers to a sentence before


@lru_cache(maxsize=20_000)
def facts(text: str) -> Facts:
    """Analyse a text once."""
    text = _MARKER.sub("", _LIST_ITEM.sub("", text))
    found = stems(text)
    lowered = [w.lower().strip(".") for w in words(text)]
    return Facts(
        numbers=tuple(_numbers(text)),
        names=frozenset(_names(text)),
        dates=frozenset(_DATES[w] for w in lowered if w in _DATES and (w != "may" or "May" in text) and w not in {"mar", "sun", "sat"}),
        directions=frozenset(_DIRECTIONS[part] for w in words(text) for part in w.lower().split("-") if part in _DIRECTIONS)
        | frozenset(d for word, d in _DIRECTIONS.items() if re.search(rf"\b\w+-{word}\b|\b{word}-?(?:east|west)", text, re.I))
        | frozenset(_DIRECTIONS[side.lower()] for side in re.findall(r"\b(?:north|south)-?(east|west)", text, re.I)),
        denials=tuple(_denials(text)),
        stems=frozenset(found),
        lower=text.lower(),
        leans=bool(LEANS.match(text)),
    )


def refusal(claim: str, quotation: str, known: str = "", core: str = "") -> str:
    """Why the quotation cannot support the claim, or an empty text.

    `core` is the sentence of the quotation that says most of the claim; its neighbours may only add to it: what it says
    otherwise is not made good by a fact from next door. `known` is what a reader of the quotation sees beside it: the
    article's outlet and date.
    """
    said, shown, beside = facts(claim), facts(quotation), facts(known)
    heart = facts(core) if core else shown
    for check in (_numbers_differ, _names_differ, _dates_differ, _spans_differ):
        reason = check(said, shown, beside)
        if reason:
            return reason
    for turned in (_polarity_differs, _meaning_reversed, _surer):
        reason = turned(said, heart)
        if reason:
            return reason
    return _says_otherwise(said, heart, beside) if core and core != quotation else ""


def _says_otherwise(said: Facts, heart: Facts, beside: Facts) -> str:
    """A fact that the core sentence lacks while it has another of the same kind in its place."""
    stated = {n.value for n in said.numbers}
    there = {n.value for n in heart.numbers}
    for number in said.numbers:
        rivals = [n for n in heart.numbers if n.value not in stated and n.near & number.near]
        if number.value not in there and rivals:
            return f"the quotation says {rivals[0].value}, not {number.value}"
    if said.dates - heart.dates and heart.dates - said.dates:
        return "the quotation has another date"
    if said.directions - heart.directions and heart.directions:
        return "the quotation says another direction"
    return _other_name(said, heart, beside)


def _other_name(said: Facts, heart: Facts, beside: Facts) -> str:
    missing = [n for n in said.names if not is_named(n, heart.stems | beside.stems, f"{heart.lower} {beside.lower}")]
    others = [n for n in heart.names if not is_named(n, said.stems, said.lower)]
    if not missing or not others:
        return ""
    exchanged = said.stems ^ heart.stems <= {stem(n.lower()) for n in (*missing, *others)}  # and not a word besides
    if _REFERS.search(heart.lower) and not exchanged:
        return ""  # what it refers to is named next door
    return f"the quotation names {others[0]}, not {missing[0]}"


def _numbers_differ(said: Facts, shown: Facts, beside: Facts) -> str:
    there = {n.value for n in shown.numbers} | {n.value for n in beside.numbers}
    for number in said.numbers:
        if number.value not in there:
            return f"the quotation does not have the number {number.value}"
        units = {n.unit for n in shown.numbers if n.value == number.value}
        if number.unit and units and number.unit not in units and units != {None}:
            return f"the quotation has {number.value} of another unit than {number.unit}"
        if _belongs_elsewhere(number, said, shown):
            return f"the quotation says {number.value} of something else"
    return ""


def _belongs_elsewhere(number: Number, said: Facts, shown: Facts) -> bool:
    """Whether another number of the quotation stands nearer to the words that the claim has around this one."""
    if len({n.value for n in shown.numbers}) < 2:
        return False
    stated = {n.value for n in said.numbers}
    mine = max((len(number.near & n.near) for n in shown.numbers if n.value == number.value), default=0)
    rival = max(
        (
            len(number.near & n.near)
            for n in shown.numbers
            if n.value not in stated and (number.unit is None or n.unit in {None, number.unit})
        ),
        default=0,
    )
    nearest = max((len(number.near & n.near) for n in shown.numbers if n.value != number.value), default=0)
    return rival > mine or (mine == 0 and nearest >= 2)


def _spans_differ(said: Facts, shown: Facts, beside: Facts) -> str:
    """“Hours later” is not said by “moments later”. With a number before it, a span is one of the numbers."""
    spans = {span for before, span in _SPAN.findall(said.lower) if not stem(before)[:1].isdigit() and before not in _LARGE}
    there = {span for _, span in _SPAN.findall(shown.lower)}
    return f"the quotation speaks of {min(there)}, not of {min(spans)}" if spans and there and not spans & there else ""


def _names_differ(said: Facts, shown: Facts, beside: Facts) -> str:
    there = shown.stems | beside.stems
    for name in said.names:
        if not is_named(name, there, f"{shown.lower} {beside.lower}") and not _given_name(name, said, shown):
            return f"the quotation does not name {name}"
    return ""


def _given_name(name: str, said: Facts, shown: Facts) -> bool:
    """Whether the claim has a first name where the quotation has the family name with no other before it."""
    family = re.search(rf"\b{re.escape(name.lower())} (\w+)", said.lower)
    if not family or family.group(1).title() not in said.names:
        return False
    before = re.search(rf"(?:(\w+) )?\b{re.escape(family.group(1))}\b", shown.lower)
    if before is None or before.group(1) in FUNCTION_WORDS:
        return False  # the river is nobody's family
    return (before.group(1) or "").title() not in shown.names


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


def _dates_differ(said: Facts, shown: Facts, beside: Facts) -> str:
    missing = said.dates - shown.dates - beside.dates
    if missing:
        return f"the quotation does not have the date {sorted(missing)[0].title()}"
    if said.directions - shown.directions and shown.directions:
        return "the quotation says another direction"
    if said.directions - shown.directions - beside.directions:
        return "the quotation does not have the direction"
    return ""


def _polarity_differs(said: Facts, shown: Facts) -> str:
    if said.denials and not shown.denials:
        return "the quotation does not deny it"
    if "not only" in said.lower and "not only" not in shown.lower:
        return "the quotation says nothing of others"
    if not said.denials and any(_mostly(reach, said.stems) for reach in shown.denials):
        return "the quotation denies it"
    for reach in said.denials:
        if _mostly(reach, shown.stems) and not any(reach & other or not other for other in shown.denials):
            return "the quotation denies something else"
    return ""


def _mostly(reach: frozenset[str], stems_there: frozenset[str]) -> bool:
    return bool(reach) and 2 * len(reach & stems_there) >= len(reach)


def _meaning_reversed(said: Facts, shown: Facts) -> str:
    """A word of the claim whose opposite stands in the quotation, while neither has both."""
    for a in sorted(said.stems - shown.stems):
        other = opposites(a) - with_prefix(a) if bool(said.denials) != bool(shown.denials) else opposites(a)  # not known: unknown
        there = sorted((other & shown.stems) - said.stems)
        if there:
            return f"the quotation says “{_as_written(there[0], shown)}”, not “{_as_written(a, said)}”"
    return ""


def _as_written(stemmed: str, there: Facts) -> str:
    return next((w for w in words(there.lower) if stem(w) == stemmed), stemmed)


def _surer(said: Facts, shown: Facts) -> str:
    """The claim is certain of what the quotation only supposes."""
    sure = _CERTAIN.search(said.lower)
    return "the quotation is not certain of it" if sure and not _CERTAIN.search(shown.lower) else ""


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


def _denials(text: str) -> Iterator[frozenset[str]]:
    """For each negation the stems in its reach: the next four content words of its clause."""
    for clause in re.split(r"[,;:()–—.]", _NOT_NEGATION.sub(" ", text)):
        found = [w.lower().replace("’", "'") for w in words(clause)]
        for i, word in enumerate(found):
            if word.endswith("n't") or word in _NEGATION or stem(word) in _negation_stems():
                yield frozenset([stem(w) for w in found[i + 1 :] if w not in FUNCTION_WORDS][:4])
