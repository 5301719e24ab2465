"""Where the articles disagree on what was asked: each side with its value, article and quotation.

Three kinds of question are looked at: how many (another number of the same things), where (another place of the same person or
thing), and who holds it (taken, and given up again). Every sentence of the retrieved passages is a candidate, not only those
that answer best: the other side often says it in other words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rag.facts import facts
from rag.features import QuestionView, SentenceView, view_sentences
from rag.lexical import is_content, stem, stems, words
from rag.reference import is_of_a_people, names
from rag.retrieve import Retrieved
from rag.types import Conflict, Passage, Side

_AMOUNT = re.compile(
    r"(?:(?:up to|at least|more than|less than|fewer than|about|around|roughly|nearly|almost|some|over|under|an estimated)\s+)?"
    r"(?:\d[\d,.]*\d|\d|(?:a |several |some )(?:few|couple of)|few(?= (?:hundred|thousand|million))|"
    r"(?:several |some )?(?:tens of|dozens of|hundreds of|thousands of)|hundreds|thousands|dozens|"
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\b)"
    r"(?:\s(?:hundred|thousand|million|billion)s?\b)?",
    re.I,
)
_ALIKE = (
    frozenset("milit fighter jihadist insurg terrorist gunman gunmen rebel".split()),
    frozenset("soldier troop".split()),
    frozenset("peopl resid civilian inhabit citizen".split()),
    frozenset("dead death kill die fatal".split()),
    frozenset("wound injur hurt".split()),
    frozenset("displac flee fled uproot home".split()),
)
# What may be done to the things counted; an amount of them that something was done to is not how many there are.
_DEEDS = frozenset(stem(w) for w in "killed wounded injured captured arrested destroyed displaced lost dead died freed fled".split())
# Words that say how sure somebody is, not what is counted.
_HEDGES = frozenset(stem(w) for w in "believed thought estimated reported supposed said reckoned currently still total altogether".split())
_PLACE = re.compile(
    r"\b(?:in|near|close to|outside|inside|at|around)\s+(?:the\s+)?(?:(?:north|south|east|west)\w*\s+)?[A-Z][\w'-]+(?:\s[A-Z][\w'-]+)*"
)
# Where somebody or something is, not where something was done: nothing follows the name but when, or a word for being there.
_SOMEBODY = r"(?-i:[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*)"
_BEING_THERE = (
    "be|now|currently|today|still|hiding|staying|living|based|believed|thought|said|supposed|on|at|during|while|when|after|before"
)
_WHEREABOUTS = re.compile(
    rf"\bwhere(?:abouts)?\b(?: \w+)? (?:is|are|was|were|might|could|may) (?:(?:the|now|old|mr|ms|be) )*{_SOMEBODY}"
    rf"(?: (?:{_BEING_THERE})\b|\W*$)"
    rf"|\bwhere (?:the )?{_SOMEBODY} (?:is|was|might|could|may)\b"
    rf"|\bwhere (?:might|could|may|did) (?:the )?{_SOMEBODY} (?:be|hide|stay|live)\b",
    re.I,
)
_PRESENCE = re.compile(
    r"\b(?:whereabouts|hiding|hidden|hides|located|lies|stands|situated|based|lives?|believed|thought|scene|currently|where \w+ is)\b",
    re.I,
)
_UNKNOWN = re.compile(r"\b(?:is now |are |is |was |were )?(?:unknown|not known|unclear)\b", re.I)
_LEFT = re.compile(r"\b(?:left|fled|vacated|abandoned|escaped)\b[^.;]{0,24}", re.I)
_HOLDING = frozenset(
    stem(w) for w in "control controls hold holds held hands captured taken took seized recaptured fall fell retaken won".split()
)
_FATE = re.compile(r"\b(?:became of|become of|happened (?:to|in|with))\b", re.I)
# A thing at a place, such as the airport of Mosul or Mosul airport: who holds the place says nothing of it.
_THING_AT = re.compile(r"\b(?:the|an?) ([a-z]+) (?:of|in|at|near|outside) (?:the )?[A-Z]|\b[A-Z][\w-]+(?:['’]s)? ([a-z]+)\W*$")
_THE_PLACE = frozenset(
    map(stem, "district city town village area quarter neighbourhood neighborhood province region suburb battle fate".split())
)
_WHEN_OR_HOW = frozenset("today yesterday tonight currently finally recently first last already back away".split())
_TAKEN = re.compile(r"\b(?:re)?(?:captured|taken|took|seized|gained)\b|\btaken control\b|\bsecured\b", re.I)
_GIVEN_UP = re.compile(
    r"\b(?:withdr[ae]w\w*|fle[ed]\w*|retreat\w*|abandon\w*|driven out|forced out|pulled (?:back|out)|lost control)\b",
    re.I,
)
_YEAR = re.compile(r"(?:in )?(?:1[5-9]|20)\d\d")
_SUPPOSED = re.compile(r"\bif\b|\bwould\b|\bcould\b", re.I)
_PRONOUN = re.compile(r"\b(?:he|she|they|it|them|him|her)\b", re.I)


@dataclass(frozen=True)
class _Said:
    """A value that a sentence gives; two with the same key agree."""

    value: str
    key: str
    passage: Passage
    view: SentenceView
    cosine: float


def find_conflicts(query: str, retrieved: Retrieved) -> tuple[Conflict, ...]:
    """The disagreement about what the question asks, if there is one."""
    question = retrieved.question
    sides: list[_Said] = []
    counted = _counted(query)
    if counted:
        sides = _one_for_each_article(_amounts(counted, retrieved))
    elif _WHEREABOUTS.search(query):
        sides = _one_for_each_article(_places(retrieved))
    elif question.names and not question.kinds - {"who"} and _asks_who_holds_it(query):
        sides = _reversal(retrieved)
    if len({said.key for said in sides}) < 2:
        return ()
    return (Conflict(query, tuple(_side(said) for said in sides)),)


def _asks_who_holds_it(query: str) -> bool:
    """And names it: “Who won the Iraqi football league?” names nothing that somebody could hold."""
    if all(is_of_a_people(name, query) for name in names(f" {query}")):
        return False
    if _FATE.search(query):
        return True
    return bool(_HOLDING & set(stems(query))) and not re.search(r"\b(?:what|which|no|not)\b|n['’]t\b", query, re.I)


def _sentences(retrieved: Retrieved) -> Iterator[tuple[Passage, int, SentenceView, float]]:
    for stored in retrieved.stored:
        cosines = stored.vectors @ retrieved.question.vector
        for i, view in enumerate(view_sentences(stored.passage)):
            yield stored.passage, i, view, float(cosines[i])


def _one_for_each_article(said: Iterable[_Said]) -> list[_Said]:
    """The sentence nearest to the question speaks for its article."""
    best: dict[str, _Said] = {}
    for one in sorted(said, key=lambda s: (-s.cosine, s.passage.id)):
        best.setdefault(one.passage.article_id, one)
    return list(best.values())


def _counted(query: str) -> str:
    """What a question wants counted, and what it says about it; empty where it counts nothing."""
    asked = re.search(r"\bhow many\s+(.*)|\bwhat (?:is|was) the (?:\w+ )?number of\s+(.*)", query, re.I)
    force = re.search(r"\bstrength of (?:the )?(?:[A-Z]\w*)?(.*)", query)
    return (asked.group(1) or asked.group(2)) if asked else f"fighters {force.group(1)}" if force else ""


def _amounts(asked: str, retrieved: Retrieved) -> Iterator[_Said]:
    """Amounts of the things that the question counts, to which the same was done, if anything."""
    named = [w for w in words(asked) if is_content(w)]
    while named and named[0][0].isupper():
        named.pop(0)  # Isis in "Isis fighters": each article has its own word for them
    if len(named) > 1 and not named[0].endswith("s") and re.search(rf"\b{named[0]} {named[1]}\b", asked) and named[1].endswith("s"):
        named.pop(0)  # of ballot boxes, the boxes are counted
    phrase = [stem(w.lower()) for w in named]
    if not phrase:
        return
    counted, deeds = _like(phrase[0]), {d for s in phrase for d in _like(s) & _DEEDS}
    topic = [p for p in phrase[1:] if p not in _HEDGES and not _like(p) & _DEEDS]
    question = retrieved.question
    for passage, _, view, cosine in _sentences(retrieved):
        done = {d for s in view.stems for d in _like(s) & _DEEDS}
        if (done - deeds) or (deeds and not done) or not _about(topic, passage, retrieved):
            continue
        for match in _AMOUNT.finditer(view.text):
            if counted & _counted_by(view.text, match, question.names) and not _YEAR.fullmatch(match.group()):
                yield _Said(match.group().strip(" .,"), _key(match.group()), passage, view, cosine)
                break


def _counted_by(text: str, amount: re.Match[str], names: frozenset[str]) -> set[str]:
    """What an amount is of: the next words of its phrase up to a name that was not asked for, or the subject of "who number …"."""
    phrase = re.split(r"[,;:.()]", text[amount.end() :])[0]
    after: set[str] = set()
    for word in words(phrase)[:3]:
        if word[0].isupper() and stem(word.lower()) not in names:
            break
        after.add(stem(word.lower()))
    before = re.search(r"(\w+)[\s,]+(?:who |which |that )?number(?:s|ed|ing)?(?: at)?\s*$", text[: amount.start()], re.I)
    return after | ({stem(before.group(1).lower())} if before else set())


def _like(word: str) -> frozenset[str]:
    return next((group for group in _ALIKE if word in group), frozenset({word}))


def _about(topic: Iterable[str], passage: Passage, retrieved: Retrieved) -> bool:
    """Whether the article's retrieved passages have what else the question names."""
    there = {
        s for stored in retrieved.stored if stored.passage.article_id == passage.article_id
        for view in view_sentences(stored.passage) for s in view.stems
    }  # fmt: skip
    return all(_like(word) & there for word in topic)


def _key(amount: str) -> str:
    numbers = facts(f"{amount} x").numbers
    return numbers[0].value if numbers else amount.lower()


def _places(retrieved: Retrieved) -> Iterator[_Said]:
    """Where the sentences say that what the question names is, was thought to be, or is no longer."""
    question = retrieved.question
    if not question.names:
        return
    for passage, i, view, cosine in _sentences(retrieved):
        if not _PRESENCE.search(view.text) or not _speaks_of(question, passage, i):
            continue
        places = [m.group() for m in _PLACE.finditer(view.text) if not {stem(w.lower()) for w in words(m.group())} & question.names]
        if places:
            yield _Said(places[0], " ".join(w.lower() for w in words(places[0]) if w[0].isupper()), passage, view, cosine + 0.2)
        elif found := _LEFT.search(view.text) or _UNKNOWN.search(view.text):
            yield _Said(found.group().strip(), "elsewhere", passage, view, cosine)


def _speaks_of(question: QuestionView, passage: Passage, position: int) -> bool:
    """The sentence has the question's names, or a pronoun for them from the two sentences before."""
    views = view_sentences(passage)
    there = set(views[position].stems)
    if _PRONOUN.search(views[position].text):
        there |= {s for view in views[max(position - 2, 0) : position] for s in view.stems}
    return question.names <= there


def _reversal(retrieved: Retrieved) -> list[_Said]:
    """That it was taken, and that it was given up; the claim may name the place in the sentences that lead up to the denial."""
    given_up: _Said | None = None
    taken: _Said | None = None
    thing = _thing_at(retrieved.question.text)
    for passage, i, view, cosine in sorted(_sentences(retrieved), key=lambda s: (-s[3], s[0].id)):
        if not _speaks_of(retrieved.question, passage, i) or _SUPPOSED.search(view.text) or not thing <= set(view.stems):
            continue
        found = _GIVEN_UP.search(view.text)
        if found and given_up is None:
            given_up = _Said(found.group(), "given up", passage, view, cosine)
        earlier = [(i, view)] if not found else [(j, view_sentences(passage)[j]) for j in range(max(i - 3, 0), i)]
        for _, other in earlier:
            match = _TAKEN.search(other.text)
            if match and taken is None and not _GIVEN_UP.search(other.text):
                taken = _Said(match.group(), "taken", passage, other, cosine)
    return [taken, given_up] if taken and given_up else []


def _thing_at(query: str) -> set[str]:
    """The stem of what is held at a place where that is not the place itself; none otherwise."""
    found = _THING_AT.search(query)
    noun = (found.group(1) or found.group(2)) if found else ""
    return {stem(noun)} - _THE_PLACE - _HOLDING if noun and noun not in _WHEN_OR_HOW and is_content(noun) else set()


def _side(said: _Said) -> Side:
    return Side(said.value, said.passage.article_id, said.view.text, said.view.start, said.view.end)
