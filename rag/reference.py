"""What a pronoun of a question, or something it leaves out, stands for in the question before."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rag.lexical import TOKEN, is_content, words

NameOf = Callable[[str], str]
NEARLY_ALL = 0.7  # of the likelihood of a sentence's words; with less the name is too often another one of the sentence

_CAPITALISED = r"[A-Z][\w'’]*(?:-[\w'’]+)*"
_NAME = re.compile(rf"\b{_CAPITALISED}(?:\s+(?:(?:of(?: the)?|al|el|de|the|bin|ibn)\s+)?{_CAPITALISED}|\s+al-[A-Z]\w+)*(?:\s\d{{1,3}}\b)?")
_ONE = re.compile(r"\b(?:he|she|him|his|her)\b", re.I)
_SUBJECT = re.compile(r"\b(?:it|they|them|that|this|those|these)\b", re.I)
_POSSESSIVE = re.compile(r"\b(?:its|their)\b", re.I)
_DEFINITE = re.compile(
    r"\bthe (?:town|city|village|place|district|area|country|river|group|unit|man|woman|leader)\b"
    r"(?! (?:of|to|against|for|in|on|that|which|called|near|with)\b)",
    re.I,
)
_THERE = re.compile(r"\b(?:there|here)\b", re.I)
_EVENT = re.compile(r"\b(?:that|this)\b", re.I)
_SOMEBODY = re.compile(r"the (?:man|woman|leader)", re.I)
_DUMMY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|do|does|did|will) (?:it|there|that|this) (?:true|possible|known|clear|any|a|an|been|be)\b"
    r"|\bit (?:true|possible|known|clear) that\b|\b(?:is|are|was|were) there\b|\bthat (?=[a-z]+(?:s|ed)?\b)",
    re.I,
)
_TIMES = frozenset(
    "january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday".split()
)
_PLURAL = frozenset("they them those these their".split())
_SINGLE = frozenset("he she him his her".split())
_PERSON = _SINGLE | {"they", "their", "them"}
ANYBODY = frozenset("anybody anyone anything somebody someone something nobody everybody everyone".split())
_AUXILIARY = r"(?:do|does|did|is|are|was|were|has|have|had|can|could|will|would)"
_DOER = re.compile(rf"\b{_AUXILIARY} (?:(?:the|an?) )?(?:[a-z-]+ ){{0,3}}?(?=[A-Z])", re.M)
_REPORTS = re.compile(r"\b(?:say|said|report|reported|write|written|call|called)\b.* (?:about|of|on)\b", re.I)
_WHO_IS = re.compile(r"\W*who(?:['’]s| is| was| are| were) (the .+?)\W*$", re.I)
_ASKS_WHO = re.compile(r"\W*who(?:m|se)?\b", re.I)
_ASKS_WHERE = re.compile(r"\W*(?:from |to )?where\b", re.I)
_ASKS_WHICH = re.compile(
    r"\W*(?:in |at |near |from |to )?(?:which (?!(?:is|are|was|were|of)\b)[a-z]"
    r"|what (?:town|city|village|place|country|group|unit|force|army|company|organi[sz]ation|party|man|woman|person|newspaper)s?\b)",
    re.I,
)


def refers(text: str) -> re.Match[str] | None:
    """The words that stand for something: those for one person first, since least can be meant by them."""
    plain = _DUMMY.sub(lambda m: " " * len(m.group()), text)
    for kind in (_ONE, _SUBJECT, _POSSESSIVE, _DEFINITE, _THERE):
        if found := kind.search(plain):
            return found
    return None


def is_possessive(found: re.Match[str]) -> bool:
    """“What is her name?”, not “Who hired her in May?”"""
    word = found.group().lower()
    after = words(found.string[found.end() :])
    return word in {"its", "their", "his"} or (word == "her" and bool(after) and is_content(after[0]))


def names(text: str) -> list[str]:
    """Runs of capitalised words; the first word of the question only if it is no question word."""
    found = []
    for match in _NAME.finditer(text):
        name = match.group()
        while name and (not is_content(name.split()[0]) or name.split()[0].lower() in ANYBODY):
            name = " ".join(name.split()[1:])
        if not name or name.split()[0].lower() in _TIMES:
            continue
        if match.start() > 0 or name != match.group() or len(name.split()) > 1 or name.isupper():
            found.append(re.sub(r"['’]s$", "", name))
    return found


def name_pointed_at(sentence: str, shares: Sequence[float]) -> str:
    """The name that has nearly all of what the words of a sentence (`rag.lexical`) share; empty where none has.

    `shares` are of the first words and sum to one.
    """
    places = [match.span() for match in TOKEN.finditer(sentence)][: len(shares)]
    found = {
        match.group(): sum(
            share for share, (start, end) in zip(shares, places, strict=True) if match.start() <= start and end <= match.end()
        )
        for match in _NAME.finditer(sentence)
    }
    likeliest = max(found, key=lambda name: found[name], default="")
    return next(iter(names(f" {likeliest}")), "") if found.get(likeliest, 0) >= NEARLY_ALL else ""


def refer(question: str, before: str, name_of: NameOf) -> str:
    """The question with its pronoun replaced by what it stands for in the one before, or with that one beside it."""
    found = refers(question)
    topic = _meant(found, before, name_of) if found else ""
    if not found or not topic:
        return beside(question, before)
    if is_possessive(found):
        topic = f"{topic}'" if topic.endswith("s") else f"{topic}'s"
    elif _THERE.fullmatch(found.group()):
        topic = f"in {topic}"
    text = question[: found.start()] + topic + question[found.end() :]
    where = "" if names(f" {topic}") else before[len(plain(before)) :]  # “the headmistress”: of what, stands beside the question before
    return f"{text[0].upper()}{text[1:].rstrip(' ?.!')}?{where}"


def beside(question: str, before: str) -> str:
    """Both, where what is left out cannot be put in."""
    return f"{question.rstrip(' ?.!')}? ({before})"


def plain(before: str) -> str:
    """A question without the one that stands beside it."""
    return re.sub(r"(\?) \(.*\)$", r"\1", before)


def says_what(question: str) -> bool:
    """Whether it says anything of what is asked: not “Who said that?”"""
    return any(map(is_content, words(question)))


def _meant(found: re.Match[str], before: str, name_of: NameOf) -> str:
    """What these words stand for; empty where the question before does not say."""
    word = found.group().lower()
    asked = plain(before)
    if _EVENT.fullmatch(word):
        return ""
    if _is_the_answer(word, asked):
        name = name_of(before)
        if name and name.lower() not in before.lower():
            return name
        described = _WHO_IS.match(asked)
        return described.group(1) if described else ""
    if _DEFINITE.fullmatch(word) and not _WHO_IS.match(asked) and (_SOMEBODY.fullmatch(word) or not names(asked)):
        return ""  # “the city” is no civilians; “the leader” may be who was described
    if word in _SINGLE and (doer := _doer(asked)):
        return doer
    return topic(asked, word in _PLURAL)


def _doer(before: str) -> str:
    """The name of who did what was asked about: “What has Rui Calado told the court about Black Heron?”"""
    found = _DOER.search(before)
    if not found:
        return ""
    name = next(iter(names(" " + before[found.end() :])), "")
    return "" if " " not in name and _REPORTS.search(before[found.end() :]) else name


def _is_the_answer(word: str, before: str) -> bool:
    """Whether a pronoun means what the question before asks for, which has no name in it: “Who leads …?” – “How old is he?”"""
    if _ASKS_WHO.match(before):
        return word in _PERSON and not _is_named(before)
    if _ASKS_WHERE.match(before):
        return bool(_THERE.fullmatch(word)) and not _is_named(before)
    if not _ASKS_WHICH.match(before) or _DEFINITE.fullmatch(word):
        return False
    return not (word in _PLURAL and counted(before)) and not (word in _SINGLE and _doer(before))


def _is_named(before: str) -> bool:
    """“Who is Baghdadi?”, “Where is Mosul?”"""
    rest = re.sub(r"^\W*wh(?:o|ere)(?:['’]s| is| was| are| were)\b", "", before, flags=re.I)
    return rest != before and not [w for w in words(rest) if is_content(w) and not any(w in name for name in names(before))]


def counted(before: str) -> str:
    """The several things that a question counts or asks for."""
    noun = r"(?!(?:is|was|has|does)\b)[a-z-]+"
    things = rf"(?:how many|which|what) (?P<things>(?:{noun} )??{noun}s)\b"
    persons = rf"how many (?P<persons>(?:{noun} )??(?:people|men|women|children))\b"
    found = re.search(rf"\b(?:{things}|{persons})", before, re.I)
    return f"the {found.group('things') or found.group('persons')}" if found else ""


def topic(before: str, plural: bool = False) -> str:
    """What a question is about: what it counts where several are meant, whom it describes, its last name, its last noun phrase."""
    several, described = counted(before), _WHO_IS.match(before)
    if plural and several:
        return several
    if described:
        return described.group(1)
    found = names(before)
    if plural and found and re.match(r"\W*what (?:did|do|does|have|has)\b", before, re.I):
        return found[0]
    if found:
        return found[-1]
    # “Where did the civilians go?”: after the noun comes the verb.
    short = re.sub(r"(\b(?:do|does|did) (?:the|an?) (?:[\w-]+s|[\w-]+(?= [\w-]+$))) [\w-]+", r"\1;", before.rstrip("?. "), flags=re.I)
    phrase = re.findall(r"\b(?:the|an?)\s+((?:[\w-]+\s?){1,2})", short)
    if phrase:
        return f"the {phrase[0 if plural else -1].split(' in ')[0].removesuffix(' do').strip()}"
    content = [w for w in words(before) if is_content(w)]
    return content[-1] if content else ""
