"""Whether a quotation has the facts of a statement, whatever the words: numbers, units, spans, names, dates, directions, negation.

A model that swaps one of these writes a sentence that is otherwise perfectly supported, so these are checked one by one and
none is outweighed by similarity. Each check returns the reason to refuse, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.facts import Facts, Number, facts, is_named
from rag.lexical import FUNCTION_WORDS, content_stems, stem, words
from rag.opposites import opposites, with_prefix

_REFERS = re.compile(
    r"\b(?:it|its|he|him|his|she|her|they|them|their|there|"
    r"the (?:city|town|village|group|area|country|force|unit|army|organi[sz]ation|company|party|man|woman))\b"
)
_SPAN = re.compile(r"(?:(\w+)[ -])?\b(moments|seconds|minutes|hours|days|weeks|months|years|decades|centuries)\b")
_BEFORE_AFTER = re.compile(r"\b(?:before|after)\b")
_NOT_PREFIXED = frozenset(
    map(stem, "imprison impress impose import impart implant improve inform inside income invest intend increase inhabit install".split())
)
_PREPOSITIONS = "of|in|at|near|from|to|by|for|against|on|into|outside|around|with"
_LARGE = ("hundred", "thousand", "million")
_CERTAIN = re.compile(r"\b(?:certain(?:ly|ty)?|definitely|undoubtedly|surely|proved?|proven|confirm(?:s|ed)?|is known to|are known to)\b")
# Words with which a text denies something without a negation.
_IMPLIED = re.compile(
    r"\b(?:refus|declin|reject|den(?:y|ie)|dismiss|forb[iao]|bann?(?:ed|s)?\b|bar(?:red|s)\b|overrul|ignor|fail|prevent|stop|halt|"
    r"turn(?:ed|s|ing)? (?:\w+ ){0,3}down|thrown? out|threw out|rul(?:ed|es|ing) out|kept? (?:\w+ ){1,4}from|rather than|instead of|"
    r"without|miss(?:ed|ing)|objection|against the)",
    re.I,
)

DENIALS = _NOT_DENIED, _DENIED, _OTHERWISE_DENIED = (
    "the quotation does not deny it",
    "the quotation denies it",
    "the quotation denies something else",
)


def refusal(claim: str, quotation: str, known: str = "", core: str = "") -> str:
    """Why the quotation cannot support the claim, or an empty text.

    `core` is the sentence of the quotation that says most of the claim; its neighbours may only add to it: what it says
    otherwise is not made good by a fact from next door. `known` is what a reader of the quotation sees beside it: the
    article's outlet and date.
    """
    said, shown, beside = facts(claim), facts(quotation), facts(known)
    heart = facts(core) if core else shown
    for check in (_numbers_differ, _names_differ, _mixed_names, _dates_differ, _spans_differ):
        reason = check(said, shown, beside)
        if reason:
            return reason
    for reason in (_polarity_differs(said, heart, shown), _meaning_reversed(said, heart), _surer(said, heart)):
        if reason:
            return reason
    return _says_otherwise(said, heart, shown, beside) if core and core != quotation else ""


def _says_otherwise(said: Facts, heart: Facts, shown: Facts, beside: Facts) -> str:
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
    return _other_name(said, heart, shown, beside)


def _says_more(said: Facts, heart: Facts, shown: Facts) -> bool:
    """Whether a statement says what only the neighbours of the core sentence say: a name may then come from there, too."""
    names = {stem(name.lower()) for name in said.names}
    return bool((set(content_stems(said.lower)) - names - heart.stems) & shown.stems)


def _other_name(said: Facts, heart: Facts, shown: Facts, beside: Facts) -> str:
    missing = [n for n in said.names if not is_named(n, heart.stems | beside.stems, f"{heart.lower} {beside.lower}")]
    others = [n for n in heart.names if not is_named(n, said.stems, said.lower)]
    if not missing or not others:
        return ""
    exchanged = said.stems ^ heart.stems <= {stem(n.lower()) for n in (*missing, *others)}  # and not a word besides
    for name in missing:
        places = _before(name, said)
        rival = next((other for other in others if places & _before(other, heart)), "")
        if rival:
            return f"the quotation names {rival}, not {name}"
    if (_REFERS.search(heart.lower) or _says_more(said, heart, shown)) and not exchanged:
        return ""  # what it refers to is named next door
    return f"the quotation names {others[0]}, not {missing[0]}"


def _before(name: str, there: Facts) -> set[str]:
    """The prepositions that a name follows, with the word before them: a pronoun is not what stands in such a place."""
    found = re.findall(rf"\b([\w'’-]+ (?:{_PREPOSITIONS})) (?:the )?{re.escape(name.lower())}\b", there.lower)
    return set(found)


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


def _mixed_names(said: Facts, shown: Facts, beside: Facts) -> str:
    """“Ann Brill” where the quotation has Eve Brill and, elsewhere, Ann Reed: a name put together from two."""
    for first, last in (pair for run in said.full_names for pair in zip(run, run[1:], strict=False)):
        of_last = [run for run in shown.full_names if last in run[1:]]
        mixed = of_last and first in shown.names and not any(first in run for run in of_last)
        if mixed:
            return f"the quotation names {' '.join(of_last[0])}, not {first} {last}"
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


def _dates_differ(said: Facts, shown: Facts, beside: Facts) -> str:
    missing = said.dates - shown.dates - beside.dates
    if missing:
        return f"the quotation does not have the date {sorted(missing)[0].title()}"
    if said.directions - shown.directions and shown.directions:
        return "the quotation says another direction"
    if said.directions - shown.directions - beside.directions:
        return "the quotation does not have the direction"
    return ""


def _polarity_differs(said: Facts, shown: Facts, whole: Facts) -> str:
    denied = frozenset(s for reach in shown.denials for s in reach)
    for reach in said.denials:
        if reach and any(reach[0] in other for other in whole.denials):
            continue  # in the sentence next door
        asserted = bool(reach) and reach[0] in shown.stems and not denied & set(reach)
        if asserted or not (shown.denials or _IMPLIED.search(shown.lower)):
            return _NOT_DENIED
    if "not only" in said.lower and "not only" not in shown.lower:
        return "the quotation says nothing of others"
    if not said.denials and any(_denied(reach, said.stems) for reach in shown.denials):
        return _DENIED
    for reach in said.denials:
        if _mostly(reach, shown.stems) and not any(set(reach) & set(other) or not other for other in whole.denials):
            return _OTHERWISE_DENIED
    return ""


def _denied(reach: Sequence[str], stems_there: frozenset[str]) -> bool:
    """Whether a text has what is denied: mostly, and the first word of it, or three."""
    return _mostly(reach, stems_there) and (reach[0] in stems_there or sum(s in stems_there for s in reach) > 2)


def _mostly(reach: Sequence[str], stems_there: frozenset[str]) -> bool:
    return bool(reach) and 2 * sum(s in stems_there for s in reach) >= len(reach)


def _meaning_reversed(said: Facts, shown: Facts) -> str:
    """A word of the claim whose opposite stands in the quotation, while neither has both."""
    for a in sorted(said.stems - shown.stems - _told_backwards(said, shown)):
        other = opposites(a) - _alike(a)
        if bool(said.denials) != bool(shown.denials):  # not known: unknown
            other -= with_prefix(a)
        there = sorted((other & shown.stems) - said.stems)
        if there:
            return f"the quotation says “{_as_written(there[0], shown)}”, not “{_as_written(a, said)}”"
    return ""


def _alike(stemmed: str) -> frozenset[str]:
    """What begins like an opposite and is none: “into” is not the opposite of “to”, nor “imprisoned” of “prison”.

    Here, not in `rag.opposites`: the abstention was fitted with what that says.
    """
    return frozenset(s for s in with_prefix(stemmed) if min(len(s), len(stemmed)) < 4 or {s, stemmed} & _NOT_PREFIXED)


def _told_backwards(said: Facts, shown: Facts) -> frozenset[str]:
    """“A before B” says “B after A”: the word of time of the claim, where what follows it goes before the quotation's."""
    mine, theirs = _BEFORE_AFTER.search(said.lower), _BEFORE_AFTER.search(shown.lower)
    if not mine or not theirs or mine.group() == theirs.group():
        return frozenset()
    follows = set(content_stems(said.lower[mine.end() :])[:4])
    earlier, later = (set(content_stems(part)) for part in (shown.lower[: theirs.start()], shown.lower[theirs.end() :]))
    return frozenset({stem(mine.group())}) if len(follows & earlier) > len(follows & later) else frozenset()


def _as_written(stemmed: str, there: Facts) -> str:
    return next((w for w in words(there.lower) if stem(w) == stemmed), stemmed)


def _surer(said: Facts, shown: Facts) -> str:
    """The claim is certain of what the quotation only supposes."""
    sure = _CERTAIN.search(said.lower)
    return "the quotation is not certain of it" if sure and not _CERTAIN.search(shown.lower) else ""
