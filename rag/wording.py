"""A message → what it asks: greetings and thanks, orders about how to answer, and talk of “the articles” are no part of a query."""

from __future__ import annotations

import re

from rag.passages import sentence_spans

_POLITE = re.compile(
    r"^\W*(?P<said>hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|greetings|howdy|yo|thanks?(?: you)?|cheers|great|ok(?:ay)?|cool"
    r"|bye|goodbye)(?:\W+(?:thanks?|you|there|all|everyone|again|very|so|much|a|lot|then|bye|great|ok|cool|got|it|for|now|that|this|helpful|was"
    r"|is|and|good|nice|cheers|footnote))*\W*$",
    re.I,
)
_POLITE_START = re.compile(r"^\W*(?:(?:ok|okay|thanks|thank you|hi|hello|hey)\b[\s,.!:]+|sorry,\s+)(?=\w+\W+\w)", re.I)
_GREETS = re.compile(r"h|good |greetings|yo", re.I)
_ABOUT_US = re.compile(
    r"^\W*(?:who|what) are you\W*$|\bwhat can (?:you|i) (?:do|ask)(?: you| here| about)?\W*$"
    r"|^\W*help\W*$|\bwhat (?:articles|documents|files) (?:do you have|are there)\W*$",
    re.I,
)
_ORDER = re.compile(
    r"\W*(?:please\W+|now\W+)?(?:system|assistant|instructions?|ignore|forget|disregard|pretend|imagine|you (?:are|must|should|will)|"
    r"act as|from now on|do not|don['’]t|never|leave out|print|repeat|write|say|reply|respond|output|"
    r"answer (?:only|with|without|in|as))\b",
    re.I,
)
# Only with a word that points at them, and not “the report”: articles are about reports, too.
_ARTICLES = (
    r"(?:(?:any|all|some|each|most) of )?"
    r"(?:(?:the|these|those|this|that|your|my|our|any|all|some|different|various|several|other|news|two|three|four|five|\d+) )+"
    r"(?:articles?|reports|papers|newspapers|stories|sources|documents|texts|files|coverage|corpus|collection)"
)
_SAY = r"(?:say|tell|report|write|state|know|have|contain|reveal|(?P<mention>mention))(?: (?:us|me))?"
_TOLD = re.compile(
    rf"\W*(?:(?:what )?(?:do|does|did|can) {_ARTICLES} {_SAY}"
    rf"|(?:is|was) there (?:anything|something|any \w+|information)(?: \w+)? in {_ARTICLES})"
    r"(?: anything| something)?(?P<of> about| on| of| regarding| concerning)? (?P<rest>\w.*)",
    re.I,
)
_QUESTION = re.compile(r"(?:who|whom|whose|what|when|where|why|how|which)\b", re.I)
_ASIDE = re.compile(
    rf"^\W*(?:according to|based on|in|from) {_ARTICLES},? (?=\w+\W+\w)|(?<=\w),? (?:according to|based on|in) {_ARTICLES}(?=\W*$)", re.I
)


def asked(message: str) -> str:
    """What is asked: “What do the reports say about where he is?” asks where he is."""
    question = _ASIDE.sub("", _POLITE_START.sub("", _without_orders(message)))
    told = _TOLD.match(question)
    if not told:
        return question
    if _QUESTION.match(told["rest"]):
        return _capital(told["rest"])
    return f"What is said about {told['rest']}" if told["of"] or told["mention"] else question


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def small_talk(question: str) -> str | None:
    """What to say to a greeting, a thank-you or a question about Footnote itself; None for a question to the articles."""
    if polite := _POLITE.match(question):
        if _GREETS.match(polite.group("said")):
            return "Hello. Ask me something about the articles; every sentence of an answer comes with its source."
        return "You are welcome. Ask on whenever you like."
    if _ABOUT_US.search(question):
        return (
            "I answer questions from the articles in this folder, with a quotation for every sentence, and say so when "
            "they do not have the answer."
        )
    return None


def _without_orders(question: str) -> str:
    """Only what is asked, where somebody (or a pasted text) also says how to answer: an order is no part of a query."""
    parts = [question[start:end] for start, end in sentence_spans(question)]
    asked = [part for part in parts if part.rstrip().endswith("?") or not _ORDER.match(part)]
    if len(asked) == len(parts) or not any(part.rstrip().endswith("?") for part in asked):
        return question
    return re.sub(r"^(?:anyway|now|so|but|and)\b[\s,:]*", "", " ".join(asked), flags=re.I).strip()
