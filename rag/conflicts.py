"""Where the articles disagree on what was asked: each side with its value, article and quotation.

Looks at the sentences that answer best. A conflict needs two articles (or an article that reports a claim and its reversal) whose
sentences are about the same thing and give another value for it: another number of the same things, another place, or one that
something was done and the other that it was undone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.choose import Choice, Choices
from rag.facts import facts
from rag.features import QuestionView, view_sentences
from rag.lexical import is_content, stem, words
from rag.types import Conflict, Side

LOOKED_AT = 8  # sentences
LEAST_SHARE = 0.015  # of the probability that a sentence answers
_AMOUNT = re.compile(
    r"(?:(?:up to|at least|more than|less than|fewer than|about|around|roughly|nearly|almost|some|over|under|an estimated)\s+)?"
    r"(?:\d[\d,.]*(?:\s(?:hundred|thousand|million|billion))?|(?:a |several |some )?(?:few|couple of|tens of|dozens of|hundreds of|"
    r"thousands of|hundreds|thousands|dozens)(?:\s(?:hundred|thousand|million))?|(?:two|three|four|five|six|seven|eight|nine|ten|"
    r"eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:\s(?:hundred|thousand|million))?)",
    re.I,
)
_ALIKE = (
    {"militant", "fighter", "jihadist", "insurg", "terrorist", "gunman", "gunmen", "rebel"},
    {"soldier", "troop", "servicemen"},
    {"peopl", "resid", "civilian", "inhabit", "popul", "citizen"},
    {"dead", "death", "kill", "die", "fatal"},
)
_PLACE = re.compile(
    r"\b(?:in|near|close to|outside|inside|at|from|to|into|around)\s+(?:the\s+)?(?:(?:north|south|east|west)\w*\s+)?"
    r"[A-Z][\w'-]+(?:\s[A-Z][\w'-]+)*"
)
_UNKNOWN = re.compile(r"\b(?:unknown|not known|unclear|no one knows)\b", re.I)
_DONE = frozenset(stem(w) for w in "captured taken took seized control controlled secured recaptured retaken entered held gained claimed".split())
_UNDONE = frozenset(stem(w) for w in "withdraw withdrew withdrawn withdrawal flee fled forced retreat retreated lost abandoned driven pulled".split())


@dataclass(frozen=True)
class _Claimed:
    """A value with what tells whether two are of the same thing."""

    value: str
    key: str
    choice: Choice


def find_conflicts(query: str, question: QuestionView, choices: Choices) -> tuple[Conflict, ...]:
    """The disagreements among the best sentences about what the question asks; usually none."""
    best = [c for c in choices.ranked[:LOOKED_AT] if c.probability >= LEAST_SHARE and _on_topic(question, c)]
    for kind, claims in (("number", _amounts), ("where", _places)):
        if kind in question.kinds:
            conflict = _disagreement(query, list(claims(query, best)))
            return (conflict,) if conflict else ()
    conflict = _reversal(query, question, best)
    return (conflict,) if conflict else ()


def _on_topic(question: QuestionView, choice: Choice) -> bool:
    """The sentence, with the one before it, has every name of the question and half of its words."""
    views = view_sentences(choice.passage)
    there = set(choice.view.stems) | (set(views[choice.position - 1].stems) if choice.position else set())
    there |= {other for s in there for group in _ALIKE if s in group for other in group}
    if question.names - there - {n for n in question.names if any(n[:4] == s[:4] for s in there)}:
        return False
    return 2 * sum(s in there for s in question.stems) >= len(question.stems)


def _amounts(query: str, best: Sequence[Choice]) -> Iterator[_Claimed]:
    """Amounts of what the question counts, with the words that limit them."""
    counted = re.search(r"\bhow (?:many|much)\s+((?:[\w-]+\s){0,2}?)([\w-]+)", query, re.I)
    if not counted:
        return
    wanted = _synonyms(next((stem(w.lower()) for w in words(counted.group()) if is_content(w)), ""))
    asked = {stem(w.lower()) for w in words(counted.group(1)) if is_content(w)}
    for choice in best:
        for match in _AMOUNT.finditer(choice.view.text):
            following = [stem(w.lower()) for w in words(choice.view.text[match.end() :])[:4]]
            if wanted & set(following) and not asked - set(choice.view.stems):
                yield _Claimed(match.group().strip(" .,"), _amount_key(match.group()), choice)
                break


def _synonyms(word: str) -> set[str]:
    return next((group for group in _ALIKE if word in group), {word} - {""})


def _amount_key(amount: str) -> str:
    numbers = facts(f"{amount} x").numbers
    return numbers[0].value if numbers else re.sub(r"^(?:about|some|around|up to)\s", "", amount.lower())


def _places(query: str, best: Sequence[Choice]) -> Iterator[_Claimed]:
    asked = {w.lower() for w in words(query)}
    for choice in best:
        places = [m.group() for m in _PLACE.finditer(choice.view.text)]
        new = [p for p in places if not {w.lower() for w in words(p) if w[0].isupper()} <= asked]
        if new:
            yield _Claimed(new[0], " ".join(w.lower() for w in words(new[0]) if w[0].isupper()), choice)
        elif _UNKNOWN.search(choice.view.text):
            yield _Claimed("unknown", "unknown", choice)


def _disagreement(query: str, claims: Sequence[_Claimed]) -> Conflict | None:
    """One side for each article, where at least two articles give different values."""
    sides: dict[str, _Claimed] = {}
    for claim in claims:
        sides.setdefault(claim.choice.passage.article_id, claim)
    if len({claim.key for claim in sides.values()}) < 2:
        return None
    return Conflict(query, tuple(_side(claim) for claim in sides.values()))


def _reversal(query: str, question: QuestionView, best: Sequence[Choice]) -> Conflict | None:
    """A claim that something was taken against a report that it was given up."""
    if not question.names:
        return None
    done = [c for c in best if set(c.view.stems) & _DONE and not set(c.view.stems) & _UNDONE]
    undone = [c for c in best if set(c.view.stems) & _UNDONE]
    if not done or not undone:
        return None
    first, second = done[0], undone[0]
    if not _claimed(first) and not _claimed(second):
        return None
    return Conflict(query, (_side(_Claimed(_verb(first, _DONE), "", first)), _side(_Claimed(_verb(second, _UNDONE), "", second))))


def _claimed(choice: Choice) -> bool:
    return bool(re.search(r"\b(?:claim|said|report|according|stat|indicat)", choice.view.text, re.I))


def _verb(choice: Choice, verbs: frozenset[str]) -> str:
    return next(w for w in words(choice.view.text) if stem(w.lower()) in verbs)


def _side(claim: _Claimed) -> Side:
    view = claim.choice.view
    return Side(claim.value, claim.choice.passage.article_id, view.text, view.start, view.end)
