"""A question and the ones before it → a query that stands alone.

Only the earlier *questions* are used, and only for what this one leaves out: a pronoun takes the topic of the question before,
a fragment ("And in the south?") takes its frame. A question that stands alone is left as it is, so nothing that was found before
can answer it. No model is asked: the same words give the same query.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress

from rag.errors import QuestionError
from rag.lexical import is_content, words
from rag.passages import sentence_spans

LONGEST_QUESTION = 2000  # characters

_OPENING = re.compile(r"^\s*(?:and|or|but|so|then|what about|how about|and what about|and how about)\b[\s,]*", re.I)
_NAME = re.compile(r"\b[A-Z][\w'’]*(?:-[\w'’]+)*(?:\s+(?:(?:of|al|el|de|the|bin|ibn)\s+)?[A-Z][\w'’]*(?:-[\w'’]+)*|\s+al-[A-Z]\w+)*")
_DIRECTION = re.compile(r"\b(north|south|east|west)(ern)?\b", re.I)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_SUBJECT = re.compile(r"\b(?:it|he|she|they|him|them|that|this|those|these)\b", re.I)
_POSSESSIVE = re.compile(r"\b(?:its|his|her|their)\b", re.I)
_DEFINITE = re.compile(
    r"\bthe (?:town|city|village|place|district|area|country|river|group|unit|man|woman|leader)\b"
    r"(?! (?:of|to|against|for|in|on|that|which|called|near|with)\b)",
    re.I,
)
_TIMES = frozenset(
    "january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday".split()
)
_PLURAL = frozenset("they them those these their".split())
_PERSON = frozenset("he she him his her they them their".split())
_WHO_IS = re.compile(r"\W*who(?:['’]s| is| was| are| were) (the .+?)\W*$", re.I)
_ASKS_WHO = re.compile(r"\W*who(?:se)?\b", re.I)
_ASKS_WHICH = re.compile(
    r"\W*(?:in |at |near |from |to )?(?:which (?!(?:is|are|was|were|of)\b)[a-z]"
    r"|what (?:town|city|village|place|country|group|unit|force|army|company|organi[sz]ation|party|man|woman|person|newspaper)s?\b)",
    re.I,
)
_THERE = re.compile(r"\b(?:there|here)\b", re.I)
_DUMMY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|do|does|did|will) (?:it|there|that|this) (?:true|possible|known|clear|any|a|an|been|be)\b"
    r"|\bit (?:true|possible|known|clear) that\b|\b(?:is|are|was|were) there\b|\bthat (?=[a-z]+(?:s|ed)?\b)",
    re.I,
)
_GREETING = re.compile(r"^\W*(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|greetings|howdy|yo)\b[\s\w]{0,12}\W*$", re.I)
_THANKS = re.compile(
    r"^\W*(?:thanks?(?: you)?|thank you(?: very much| so much)?|cheers|great|ok(?:ay)?|cool|bye|goodbye)\b[\s\w]{0,12}\W*$",
    re.I,
)
_ABOUT_US = re.compile(
    r"^\W*(?:who|what) are you\W*$|\bwhat can (?:you|i) (?:do|ask)(?: you| here| about)?\W*$"
    r"|^\W*help\W*$|\bwhat (?:articles|documents|files) (?:do you have|are there)\b",
    re.I,
)


_ORDER = re.compile(
    r"\W*(?:please\W+|now\W+)?(?:system|assistant|instructions?|ignore|forget|disregard|pretend|imagine|you (?:are|must|should|will)|"
    r"act as|from now on|do not|don['’]t|never|leave out|print|repeat|write|say|reply|respond|output|"
    r"answer (?:only|with|without|in|as))\b",
    re.I,
)


def clean(question: str) -> str:
    """The question on one line, control characters taken out.

    Raises:
        QuestionError: nothing is left, or it is far too long for a question.
    """
    if len(question) > LONGEST_QUESTION:
        raise QuestionError(f"The question has {len(question):,} characters; at most {LONGEST_QUESTION:,} are read. Ask in fewer words.")
    # Format characters go too: they would let a question display other words than it has.
    visible = "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co"} else c for c in question)
    plain = " ".join(visible.split())
    if not any(c.isalnum() for c in plain):
        raise QuestionError("The question is empty. Ask something about the articles.")
    return plain


def earlier(history: Sequence[str]) -> list[str]:
    """The earlier questions, cleaned; those that were refused when they were asked are no part of the conversation."""
    found = []
    for question in history:
        with suppress(QuestionError):
            found.append(clean(question))
    return found


def small_talk(question: str) -> str | None:
    """What to say to a greeting, a thank-you or a question about Footnote itself; None for a question to the articles."""
    if _GREETING.match(question):
        return "Hello. Ask me something about the articles; every sentence of an answer comes with its source."
    if _THANKS.match(question):
        return "You are welcome. Ask on whenever you like."
    if _ABOUT_US.search(question):
        return (
            "I answer questions from the articles in this folder, with a quotation for every sentence, and say so when "
            "they do not have the answer."
        )
    return None


def understand(question: str, history: Sequence[str] = ()) -> str:
    """The question as a query that stands alone. Both are clean; history is the earlier questions, oldest first."""
    question = _without_orders(question)
    earlier = [h for h in history if not small_talk(h)]
    if not earlier or not leans(question):
        return question
    before = understand(earlier[-1], earlier[:-1])
    rest = _OPENING.sub("", question)
    if _is_fragment(rest):
        return _complete(rest, before)
    return _refer(rest, before)


def _without_orders(question: str) -> str:
    """Only what is asked, where somebody (or a pasted text) also says how to answer: an order is no part of a query."""
    parts = [question[start:end] for start, end in sentence_spans(question)]
    asked = [part for part in parts if not _ORDER.match(part)]
    if len(asked) == len(parts) or not any(part.rstrip().endswith("?") for part in asked):
        return question
    return re.sub(r"^(?:anyway|now|so|but|and)\b[\s,:]*", "", " ".join(asked), flags=re.I).strip()


def leans(question: str) -> bool:
    """Whether a question needs the one before: a fragment, or a pronoun with nothing in it to refer to."""
    rest = _OPENING.sub("", question)
    if _is_fragment(rest) or _only_counts(rest):
        return True
    found = _pronoun(question)
    if not found and sum(map(is_content, words(rest))) > 2:
        return False  # "And who won the football world cup?" changes the subject
    if _OPENING.match(question) and not re.match(r"\s*(?:so|then)\b", question, re.I):
        return True
    if not found:
        return False
    names = _names(question)
    before = [w for w in words(question[: found.start()]) if is_content(w)]
    if len(before) > (1 if _POSSESSIVE.fullmatch(found.group()) else 2):
        return False  # it refers to something in the question itself
    return not names or question.find(names[0]) > found.start()


def _is_fragment(text: str) -> bool:
    """No verb to speak of: a place, a time, a name, a bare question word."""
    content = [w for w in words(text) if is_content(w)]
    if _pronoun(text):
        return False
    asks = re.match(r"\W*(?:who|what|when|where|why|how|which|did|does|do|is|are|was|were|has|have|can|could|will)\b", text, re.I)
    return len(content) == 0 or (len(content) <= 3 and not asks and len(words(text)) <= 7)


def _pronoun(text: str) -> re.Match[str] | None:
    plain = _DUMMY.sub(lambda m: " " * len(m.group()), text)
    return _SUBJECT.search(plain) or _POSSESSIVE.search(plain) or _DEFINITE.search(plain) or _THERE.search(plain)


def _names(text: str) -> list[str]:
    """Runs of capitalised words; the first word of the question only if it is no question word."""
    found = []
    for match in _NAME.finditer(text):
        name = match.group()
        while name and not is_content(name.split()[0]):
            name = " ".join(name.split()[1:])
        if name.lower() in _TIMES:
            continue
        if name and (match.start() > 0 or name != match.group() or len(name.split()) > 1 or name.isupper()):
            found.append(re.sub(r"['’]s$", "", name))
    return found


def _complete(fragment: str, before: str) -> str:
    """The question before, with the fragment in the place of what it replaces."""
    bare = fragment.rstrip(" ?.!")
    frame = before.rstrip(" ?.!")
    for kind in (_DIRECTION, _YEAR):
        new, old = kind.search(bare), kind.search(frame)
        if new and old:
            end = new.group() if kind is _YEAR else _same_form(new.group(1), old)
            return f"{frame[: old.start()]}{end}{frame[old.end() :]}?"
    new_names, old_names = _names(" " + bare), _names(frame)
    own = [w for w in words(bare) if is_content(w) and not any(w in name for name in new_names)]
    if new_names and own:
        return f"What about {bare}?"  # it names its topic and what to know of it
    if new_names and old_names:
        return f"{_replace_last(frame, old_names[-1], new_names[0])}?"
    return f"{frame}, {bare[0].lower()}{bare[1:]}?" if bare else before


def _same_form(direction: str, old: re.Match[str]) -> str:
    word = direction.lower() + ("ern" if old.group(2) else "")
    return word.title() if old.group()[0].isupper() else word


def _replace_last(text: str, old: str, new: str) -> str:
    at = text.rfind(old)
    return text[:at] + new + text[at + len(old) :]


def _refer(question: str, before: str) -> str:
    """The question with its pronoun replaced by the topic of the one before."""
    if counted := _counts_instead(question, before):
        return counted
    found = _pronoun(question)
    # “the city” is no civilians; “the leader” may be who was described.
    unnamed = found and _DEFINITE.fullmatch(found.group()) and not _names(before) and not _WHO_IS.match(before)
    if (
        not found
        or unnamed
        or _is_the_answer(found.group().lower(), before)
        or not (topic := _topic(before, found.group().lower() in _PLURAL))
    ):
        return f"{question.rstrip(' ?.!')}? ({before})"
    word = found.group().lower()
    if _POSSESSIVE.fullmatch(word):
        topic = f"{topic}'" if topic.endswith("s") else f"{topic}'s"
    elif _THERE.fullmatch(word):
        topic = f"in {topic}"
    text = question[: found.start()] + topic + question[found.end() :]
    return text[0].upper() + text[1:]


def _counts_instead(question: str, before: str) -> str:
    """“How many militants are in Mosul?” – “And how many troops?” counts others in the same place."""
    mine, theirs = _only_counts(question), _counted(before).removeprefix("the ")
    return re.sub(rf"\b(how many) {re.escape(theirs)}\b", rf"\1 {mine}", before, flags=re.I) if mine and theirs else ""


def _only_counts(question: str) -> str:
    """What it counts, where it says no more than that: “how many troops?”"""
    found = _counted(question).removeprefix("the ")
    return found if re.fullmatch(rf"\W*how many {re.escape(found)}\W*", question, re.I) else ""


def _is_the_answer(word: str, before: str) -> bool:
    """Whether a pronoun means what the question before asks for, which has no name in it: “Who leads …?” – “How old is he?”"""
    if _ASKS_WHO.match(before):
        return word in _PERSON and not _WHO_IS.match(before) and not _is_named(before)
    return bool(_ASKS_WHICH.match(before)) and not (word in _PLURAL and _counted(before)) and not _DEFINITE.fullmatch(word)


def _is_named(before: str) -> bool:
    """“Who is Baghdadi?”"""
    plain = re.sub(r"^\W*who(?:['’]s| is| was| are| were)\b", "", before, flags=re.I)
    return plain != before and not [w for w in words(plain) if is_content(w) and not any(w in name for name in _names(before))]


def _counted(before: str) -> str:
    """The several things that a question counts or asks for."""
    noun = r"(?!(?:is|was|has|does)\b)[a-z-]+"
    things = rf"(?:how many|which|what) (?P<things>(?:{noun} )??{noun}s)\b"
    persons = rf"how many (?P<persons>(?:{noun} )??(?:people|men|women|children))\b"
    found = re.search(rf"\b(?:{things}|{persons})", before, re.I)
    return f"the {found.group('things') or found.group('persons')}" if found else ""


def _topic(before: str, plural: bool = False) -> str:
    """What a question is about: what it counts where several are meant, whom it describes, its last name, its last noun phrase."""
    counted, described = _counted(before), _WHO_IS.match(before)
    if plural and counted:
        return counted
    if described:
        return described.group(1)
    names = _names(before)
    if plural and names and re.match(r"\W*what (?:did|do|does|have|has)\b", before, re.I):
        return names[0]
    if names:
        return names[-1]
    # “Where did the civilians go?”: after the noun comes the verb.
    plain = re.sub(r"(\b(?:do|does|did) (?:the|an?) (?:[\w-]+s|[\w-]+(?= [\w-]+$))) [\w-]+", r"\1;", before.rstrip("?. "), flags=re.I)
    phrase = re.findall(r"\b(?:the|an?)\s+((?:[\w-]+\s?){1,2})", plain)
    if phrase:
        return f"the {phrase[0 if plural else -1].split(' in ')[0].removesuffix(' do').strip()}"
    content = [w for w in words(before) if is_content(w)]
    return content[-1] if content else ""


def new_names(question: str) -> list[str]:
    """The names that a follow-up brings in itself."""
    return _names(" " + _OPENING.sub("", question))
