"""A question and the ones before it → a query that stands alone.

Only the earlier *questions* are used, and only for what this one leaves out: a pronoun takes the topic of the question before, or the name
that answers it; a fragment ("And in the south?") takes its frame; what can be about anything ("Was anyone hurt?") has it beside it, which
says where to look. A question that stands alone is left as it is, and each is answered anew, so nothing that was found before can
answer it. No model is asked: the same words give the same query.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress

from rag import wording
from rag.errors import QuestionError
from rag.lexical import is_content, words
from rag.reference import ANYBODY, NameOf, beside, counted, is_possessive, names, plain, refer, refers

LONGEST_QUESTION = 2000  # characters
REMEMBERED = 20  # questions before one: none leans on more
BARE_WORDS = 2  # that say what is asked; with more, a question is taken to stand alone

_OPENING = re.compile(
    r"^\s*(?:(?:ok(?:ay)?|sorry|well|thanks|no)\b[\s,.]+)*"
    r"(?:(?:and |but |or |so )?(?:what|how) about|i mean|i meant|and|or|but|so|then)\b[\s,]*",
    re.I,
)
_ASKS = re.compile(
    r"\W*(?:who|whom|whose|what|when|where|why|how|which|did|does|do|is|are|was|were|has|have|can|could|will)(?:['’]s)?\b", re.I
)
_TELLS = re.compile(r"\W*(?:please )?(?:tell|describe|explain|give|list|show|summari[sz]e|any (?:news|updates?))\b", re.I)
_ANY = re.compile(r"\W*any(?:body|one|thing)?\b", re.I)
_DEFINES = re.compile(r"\W*what(?:['’]s| is| are) (?!the\b)[\w -]+\W*$", re.I)  # “What is a prime number?” is about nothing before
_WHO_SAYS = re.compile(r"\W*who (?P<says>said|says|claimed|claims|reported|reports) (?:so|that|this|it)\W*$", re.I)
_ACCORDING = re.compile(r",? according to .*$", re.I)
# Who did it or said it: what “And the engineers?” takes the place of.
_OTHER = re.compile(
    r"\b(?:according to|did|do|does|has|have|had) (the (?:[A-Z][\w-]*(?: [A-Z][\w-]*)*\b|(?:[a-z-]+ ){0,2}?[a-z-]+"
    r"(?=\W*$| (?:say|said|decide|tell|do|want|think|know|have|claim|report|enter|earn|find|go|make|take|see)\b)))"
)
_DIRECTION = re.compile(r"\b(north|south|east|west)(ern)?\b", re.I)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")


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


def understand(question: str, history: Sequence[str] = (), name_of: NameOf = lambda _: "") -> str:
    """The question as a query that stands alone. Both are clean; history is the earlier questions, oldest first.

    `name_of` finds the name that answers a query, for “Who leads …?” – “How old is she?”; empty where it finds none.
    """
    question = wording.asked(question)
    earlier = [h for h in history if not wording.small_talk(h)][-REMEMBERED:]
    if not earlier or not leans(question):
        return question
    before = understand(earlier[-1], earlier[:-1], name_of)
    rest = _OPENING.sub("", question)
    if other := _counts_instead(rest, before) or _said(rest, before):
        return other
    if _is_bare(rest):
        return beside(rest, before)
    return _complete(rest, before) if _is_fragment(rest) else refer(rest, before, name_of)


def leans(question: str) -> bool:
    """Whether a question needs the one before: a fragment, or a pronoun with nothing in it to refer to."""
    rest = _OPENING.sub("", question)
    if _is_fragment(rest) or _only_counts(rest) or _is_bare(rest):
        return True
    found = refers(question)
    if not found and sum(map(is_content, words(rest))) > 2:
        return False  # "And who won the football world cup?" changes the subject
    if _OPENING.match(question) and not re.match(r"\s*(?:so|then)\b", question, re.I):
        return True
    if not found:
        return False
    own = names(question)
    before = [w for w in words(question[: found.start()]) if is_content(w)]
    if len(before) > (1 if is_possessive(found) else 2):
        return False  # it refers to something in the question itself
    return not own or question.find(own[0]) > found.start()


def _is_fragment(text: str) -> bool:
    """No verb to speak of: a place, a time, a name, a bare question word."""
    content = [w for w in words(text) if is_content(w)]
    if refers(text) or (_TELLS.match(text) and any(map(is_content, words(_TELLS.sub("", text))))):
        return False
    return len(content) == 0 or (len(content) <= 3 and not _ASKS.match(text) and len(words(text)) <= 7)


def _is_bare(text: str) -> bool:
    """A question of one word or two that can be about anything: “Was anyone hurt?”, “How many dead?”"""
    content = [w for w in words(text) if is_content(w) and w.lower() not in ANYBODY]
    if names(" " + text) or refers(text) or _DEFINES.match(text) or re.search(r"\d", text):
        return False
    return 0 < len(content) <= BARE_WORDS and bool(_ASKS.match(text) or _ANY.match(text))


def _complete(fragment: str, before: str) -> str:
    """The question before, with the fragment in the place of what it replaces."""
    frame, beside_it = plain(before), before[len(plain(before)) :]
    return _completed(fragment.rstrip(" ?.!"), frame.rstrip(" ?.!")) + beside_it


def _completed(bare: str, frame: str) -> str:
    if bare.lower().startswith("according to"):
        return f"{_ACCORDING.sub('', frame)}, {bare[0].lower()}{bare[1:]}?"
    for kind in (_DIRECTION, _YEAR):
        new, old = kind.search(bare), kind.search(frame)
        if new and old:
            end = new.group() if kind is _YEAR else _same_form(new.group(1), old)
            frame = f"{frame[: old.start()]}{end}{frame[old.end() :]}"
            rest = re.sub(rf"(?:\b(?:in|the) )*{re.escape(new.group())}", "", bare).strip()
            return _completed(rest, frame) if names(f" {rest}") and kind is _YEAR else f"{frame}?"
    new_names, old_names = names(" " + bare), names(frame)
    own = [w for w in words(bare) if is_content(w) and not any(w in name for name in new_names)]
    if new_names and own:
        return f"What about {bare}?"  # it names its topic and what to know of it
    if bare.lower().startswith("the ") and (other := _OTHER.search(frame)):
        return f"{frame[: other.start(1)]}{bare}{frame[other.end(1) :]}?"
    if new_names and old_names:
        return f"{_replace_last(frame, old_names[-1], new_names[0])}?"
    return f"{frame}, {bare[0].lower()}{bare[1:]}?" if bare else f"{frame}?"


def _same_form(direction: str, old: re.Match[str]) -> str:
    word = direction.lower() + ("ern" if old.group(2) else "")
    return word.title() if old.group()[0].isupper() else word


def _replace_last(text: str, old: str, new: str) -> str:
    at = text.rfind(old)
    return text[:at] + new + text[at + len(old) :]


def _counts_instead(question: str, before: str) -> str:
    """“How many militants are in Mosul?” – “And how many troops?” counts others in the same place."""
    mine, theirs = _only_counts(question), counted(before).removeprefix("the ")
    return re.sub(rf"\b(how many) {re.escape(theirs)}\b", rf"\1 {mine}", before, flags=re.I) if mine and theirs else ""


def _said(question: str, before: str) -> str:
    """“Were people used as shields?” – “Who says that?” asks who says so of that."""
    asks = _WHO_SAYS.match(question)
    if not asks:
        return ""
    told = plain(before).rstrip(" ?.!")
    return f"Who {asks.group('says')} so: {told[0].lower()}{told[1:]}?{before[len(plain(before)) :]}"


def _only_counts(question: str) -> str:
    """What it counts, where it says no more than that: “how many troops?”"""
    found = counted(question).removeprefix("the ")
    return found if re.fullmatch(rf"\W*how many {re.escape(found)}\W*", question, re.I) else ""


def new_names(question: str) -> list[str]:
    """The names that a follow-up brings in itself."""
    return names(" " + _OPENING.sub("", question))
