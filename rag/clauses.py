"""Is every part of a statement in its quotation, and does the quotation say that it happened?

A small model runs one thing that an article says together with one that it does not, puts names from the article into a sentence
of its own, and tells an order as if it had been carried out. Taken as a whole such a statement resembles its quotation; part by part
it does not. Of the true statements of the minimal pairs these checks refuse one, which has “to block” for “to close”.
"""

from __future__ import annotations

import re
from collections import Counter

from rag import facts, lexical
from rag.answerable import YES_NO

CLAUSE_CARRIED = 0.5  # of a clause's content words
PLAIN_CARRIED = 1 / 3  # of a statement's content words that are no names
FEWEST = 2  # words to go by; one word may be a synonym

_BREAK = re.compile(
    r"[,;:]\s+(?:and|but|which|who|while|where|as|with|that|so)\b"
    r"|\s(?:and|but|while|which|who)\s(?=(?:has|have|had|is|are|was|were|will|would)\b)",
    re.I,
)
# "urged them to mount", "plans to open", "would blow up": said, wanted or feared, not done.
_WANTS = (
    r"told|tells?|urge[sd]?|ordere?d?s?|instruct(?:ed|s)?|call(?:ed|s)? (?:up)?on|ask(?:ed|s)?|beg(?:ged|s)?|demand(?:ed|s)?|want(?:ed|s)?|"
    r"plan(?:ned|s)?|vow(?:ed|s)?|threaten(?:ed|s)?|promise[sd]?|hope[sd]?|intend(?:ed|s)?|prepar(?:ed|es?|ing)|appeal(?:ed|s)?|encourage[sd]?"
)
_WANTED = re.compile(rf"\b(?:{_WANTS})\b(?:\s+[\w'’-]+){{0,6}}?\s+to\s+(?:not\s+)?([a-z]+)", re.I)
_UNREAL = re.compile(rf"\b(?:{_WANTS}|would|will|could|may|might|should|must|shall|if|to)\b", re.I)
_AIM = re.compile(r"\b(\w+) to ([a-z]+)")
_DONE = re.compile(r"\b(?:has|have|had|was|were|been)\s+(?:also\s+|already\s+|now\s+)?([a-z]+)", re.I)


def unsaid(claim: str, quotation: str) -> str:
    """Why the quotation does not carry the whole claim: a clause of it, or all but its names, is not there. Empty where it does."""
    there = set(lexical.stems(quotation))
    for clause in _BREAK.split(claim):
        wanted = set(lexical.content_stems(clause)) if any(map(lexical.is_content, lexical.words(clause))) else set()
        if len(wanted) >= FEWEST and len(wanted & there) < CLAUSE_CARRIED * len(wanted):
            return f"the quotation does not say “{clause.strip(' .')}”"
    names = {lexical.stem(name.lower()) for name in facts.facts(claim).names}
    plain = set(lexical.content_stems(claim)) - names
    if not plain and not facts.facts(claim).numbers:
        return "it says nothing of what it names"
    if again := _named_again(claim, quotation, names):
        return f"it puts “{again}” where the quotation does not"
    if len(plain) >= FEWEST and len(plain & there) < PLAIN_CARRIED * len(plain):
        return "the quotation has the names, not what is said of them"
    return _another_aim(claim, quotation, there)


def only_asks(claim: str, question: str) -> bool:
    """Whether a statement says no more than the question has. A yes-or-no question is answered by being said again."""
    said = set(lexical.content_stems(claim))
    return not YES_NO.match(question) and bool(said) and said <= set(lexical.stems(question))


def _named_again(claim: str, quotation: str, names: set[str]) -> str:
    """“Brill is the mayor of Brill” where the quotation names Brill once: the other place was somebody else's."""
    said, there = (Counter(lexical.stems(text)) for text in (claim, quotation))
    return next((w for w in lexical.words(claim) if (s := lexical.stem(w.lower())) in names and said[s] > max(there[s], 1)), "")


def _another_aim(claim: str, quotation: str, there: set[str]) -> str:
    """“tries to kill” where the quotation has “tries to flee” and nothing of killing."""
    aims = {lexical.stem(governor.lower()): verb for governor, verb in _AIM.findall(quotation) if lexical.is_content(verb)}
    for governor, verb in _AIM.findall(claim):
        other = aims.get(lexical.stem(governor.lower())) if lexical.is_content(governor) and lexical.is_content(verb) else None
        if other and lexical.stem(verb) not in there:
            return f"the quotation says “to {other}”, not “to {verb}”"
    return ""


def not_done(claim: str, quotation: str) -> str:
    """What the quotation says only as an order, a wish or a plan while the claim says that it was done. Empty where there is none."""
    if _UNREAL.search(claim):
        return ""
    wanted = {lexical.stem(verb.lower()) for verb in _WANTED.findall(quotation)}
    done = {lexical.stem(verb.lower()) for verb in _DONE.findall(quotation)}
    for verb in _DONE.findall(claim):
        if (found := lexical.stem(verb.lower())) in wanted and found not in done:
            return f"the quotation does not say that it was done: {verb}"
    return ""
