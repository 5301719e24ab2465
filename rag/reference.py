"""What a pronoun of a question, or something it leaves out, stands for in the question before."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import takewhile

from rag.lexical import TOKEN, is_content, words

NameOf = Callable[[str], str]
NEARLY_ALL = 0.7  # of the likelihood of a sentence's words; with less the name is too often another one of the sentence

_CAPITALISED = r"(?:(?:[A-Z]\.){2,}|(?:Dr|Mr|Mrs|Ms|St|Gen|Col|Prof|Sen|Gov|Lt|Sgt)\.|[A-Z][\w'’]*(?:-[\w'’]+)*)"
_NAME = re.compile(
    rf"(?<!\w){_CAPITALISED}(?:\s+(?:(?:of(?: the)?|al|el|de|the|bin|ibn)\s+)?{_CAPITALISED}|\s+al-[A-Z]\w+)*(?:\s\d{{1,3}}\b)?"
)
_ONE = re.compile(r"\b(?:he|she|him|his|her)\b", re.I)
_SUBJECT = re.compile(r"\b(?:it|they|them|that|this|those|these)\b", re.I)
_POSSESSIVE = re.compile(r"\b(?:its|their)\b", re.I)
_DEFINITE = re.compile(
    r"\b[Tt]he (?:town|city|village|place|district|area|country|river|group|unit|man|woman|leader)\b"
    r"(?! (?:(?:of|to|against|for|in|on|that|which|called|near|with|hall|council|centre|center|police|stage|club|court|bank)\b|[A-Z]))"
)
_THERE = re.compile(r"\b(?:there|here)\b", re.I)
_EVENT = re.compile(r"\b(?:that|this)\b", re.I)
_SOMEBODY = re.compile(r"the (?:man|woman|leader)")
_DUMMY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|do|does|did|will) (?:it|there|that|this) (?:true|possible|known|clear|any|a|an|been|be)\b"
    r"|\bit (?:true|possible|known|clear) that\b|\b(?:is|are|was|were) there\b|\bthat (?=[a-z]+(?:s|ed)?\b)"
    r"|\b(?:is|was|will|does|did) it (?:rain|snow|freez)\w*|\b(?:is|was) it (?:il)?(?:legal|safe|normal|common|worth|too late) to\b"
    r"|\bwill it take to\b(?! \w+ it)"
    r"|\b(?:this|that|these|those) (?:past |last |coming )?"
    r"(?:year|month|week|season|summer|winter|spring|autumn|morning|afternoon|evening)s?\b",
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
_PREPOSITION = r"(?:in|of|at|on|about|for|from|to|against|with|near|between|over|by)"
_TITLE = re.compile(
    r"^(?:[A-Z]{2,4}|President|King|Queen|(?:Prime )?Minister|Mayor|Governor|Head|Director|Secretary|Chancellor|Bishop) of (?:the )?"
)
# “the Iraqi forces”: it is they who are meant, or something else of the sentence, and not a country's people.
_OF_A_PEOPLE = r"\b(?:[Tt]he|[Aa]n?) {}(?:['’]s)? (?=[a-z])"
_PEOPLE = re.compile(r"[A-Z]\w+(?:i|ish|[ae]n|ese)")
_AUXILIARY = r"(?:do|does|did|is|are|was|were|has|have|had|can|could|will|would)"
_DOER = re.compile(rf"\b(?i:{_AUXILIARY}) (?:(?:the|an?) )?(?:(?!{_PREPOSITION} )[a-z-]+ ){{0,3}}?(?=[A-Z])")
_REPORTS = re.compile(r"\b(?:say|said|report|reported|write|written|call|called)\b.* (?:about|of|on)\b", re.I)
_WHO_IS = re.compile(r"\W*who(?:['’]s| is| was| are| were) (the .+?)\W*$", re.I)
_WHAT_IS_IT = re.compile(r"\W*(?:what|where)(?:['’]s| is| are| was| were) the\b", re.I)
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
    if not text.isupper():
        plain = re.sub(r"\b[A-Z]{2,}\b", lambda m: "X" * len(m.group()), plain)  # IT is no “it”
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
        while name and _says_little(name.split()[0]):
            name = " ".join(name.split()[1:])
        if not name or name.split()[0].lower() in _TIMES:
            continue
        if match.start() > 0 or name != match.group() or len(name.split()) > 1 or name.isupper():
            found.append(_TITLE.sub("", re.sub(r"['’]s$", "", name)))
    return found


def is_of_a_people(name: str, text: str) -> bool:
    """Whether a name only says whose something is: “the Iraqi forces”."""
    return bool(_PEOPLE.fullmatch(name) and re.search(_OF_A_PEOPLE.format(name), text))


def _short(name: str) -> str:
    """A person's long name or title is said once; then articles have its last part."""
    parts = name.split()
    return name if len(parts) <= 2 else re.sub(r"^[Aa]l-", "", parts[-1])


def _says_little(word: str) -> bool:
    """What begins a question or a sentence; not “WHO”."""
    return word.lower() in ANYBODY or not (is_content(word) or (len(word) > 1 and word.isupper()))


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
            return _short(name) if word in _SINGLE else name
        described = _WHO_IS.match(asked)
        return described.group(1) if described else ""
    if _DEFINITE.fullmatch(word) and not _WHO_IS.match(asked) and (_SOMEBODY.fullmatch(word) or not names(asked)):
        return ""  # “the city” is no civilians; “the leader” may be who was described
    if word in _SINGLE and (doer := _doer(asked)):
        return doer
    found_topic = topic(asked, word in _PLURAL)
    if _THERE.fullmatch(word) or _DEFINITE.fullmatch(found.group()) or found_topic not in names(asked):
        return found_topic
    return _with_its_place(found_topic, word, asked)


def _with_its_place(name: str, word: str, before: str) -> str:
    """“What is the inflation rate in Turkey?” is about the rate: a name after a preposition only says of what, or where."""
    whole = re.search(rf"\b(?:the|an?) (?P<thing>(?:[\w-]+ ){{1,3}}?)(?P<by>{_PREPOSITION}) (?:the )?{re.escape(name)}", before)
    if whole and all(map(is_content, whole.group("thing").split())):
        if word in _PLURAL:
            return ""
        if word not in _SINGLE or whole.group("by") == "of":
            return f"the {whole.group().split(' ', 1)[1]}"
    inside = "in|at|near|from" if word in _SINGLE else "in|at|near|between|over"
    return "" if re.search(rf"\b(?:{inside}) (?:the )?{re.escape(name)}", before) else name


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
    """“Who is Baghdadi?”, “Where is Mosul?”, not “Who is the CEO of Volta?”"""
    if _WHO_IS.match(before):
        return False
    rest = re.sub(r"^\W*wh(?:o|ere)(?:['’]s| is| was| are| were)\b", "", before, flags=re.I)
    return rest != before and not [w for w in words(rest) if is_content(w) and not any(w in name for name in names(before))]


def counted(before: str) -> str:
    """The several things that a question counts or asks for."""
    noun = r"(?!(?:is|are|was|were|has|have|had|do|does|did|of|in|on|at|can|could|will|would)\b)[a-z-]+"
    things = (
        rf"(?:how many|which|what) (?P<things>(?:{noun} )??{noun}s)\b(?! (?:the|an?|its|his|her|their)\b)"  # not “which unit leads the …”
    )
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
    if found and is_of_a_people(found[-1], before):
        return ""
    if plural and found and re.match(r"\W*what (?:did|do|does|have|has)\b", before, re.I):
        return found[0]
    if plural and len(found) > 1 and (both := re.search(rf"{re.escape(found[-2])} and (?:the )?{re.escape(found[-1])}", before)):
        return both.group()
    return found[-1] if found else _noun_phrase(before.rstrip("?. "), plural)


def _noun_phrase(before: str, plural: bool) -> str:
    """The last of a question's phrases with an article (the first where several are meant); empty where its end cannot be told.

    “Where did the civilians go?”: after the noun comes the verb.
    """
    phrases = list(re.finditer(rf"(?:\b(?P<verb>{_AUXILIARY}) )?\b(?:the|an?) (?P<rest>.+?)(?=,| (?:the|an?) |$)", before, re.I))
    if not phrases:
        return ""
    phrase = phrases[0 if plural else -1]
    rest = phrase.group("rest").split()
    content = list(takewhile(is_content, rest))
    if phrase.group("verb") and content == rest and not _WHAT_IS_IT.match(before):
        content = content[:1] if len(content) <= 2 else []  # the last of them is the verb
    if content and rest[len(content) : len(content) + 1] == ["of"] and (of := list(takewhile(is_content, rest[len(content) + 1 :]))):
        content += ["of", *of]
    return f"the {' '.join(content)}" if content and len(content) <= 5 else ""
