"""A message → what it asks. Greetings and thanks, what somebody says of himself or of the answer that he wishes for, and talk of
“the articles” are no part of a query: they would be looked for in the articles, and not be found there."""

from __future__ import annotations

import re

from rag.lexical import is_content, words
from rag.passages import sentence_spans
from rag.reference import refers

MOST_LAYERS = 3  # of what is said around a question
TELLS_WORDS = 3  # that are not about the asker: from here on something may be told that a pronoun stands for

_POLITE = re.compile(
    r"^\W*(?P<said>hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|greetings|howdy|yo|thanks?(?: you)?|cheers|great|ok(?:ay)?|cool"
    r"|bye|goodbye)(?:\W+(?:thanks?|you|there|all|everyone|again|very|so|much|a|lot|then|bye|great|ok|cool|got|it|for|now|that|this|helpful|was"
    r"|is|and|good|nice|cheers|footnote))*\W*$",
    re.I,
)
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
# Who is spoken of is the asker or the assistant, or what is spoken of is the answer: no news.
_BETWEEN_US = re.compile(
    r"\b(?:(?:i|we|you)(?:['’](?:m|d|ve|ll|re))?|im|ive|me|my|myself|mine|our|us|your|u|ur"
    r"|please|pls|plz|thanks?|thx|cheers|ta|merci|sorry|sry|excuse|regards|dear"
    r"|wonder|curious|curiosity|idea|clue|help|check|asking|asap|urgent|questions?"
    r"|answers?|english|brief|briefly|short|sentences?|bullet|words"
    r"|sources?|quotes?|quotations?|citations?|cite|references?|articles?|texts?|documents?|files|folder|collection)\b",
    re.I,
)
_GREETED = re.compile(r"^\W*(?:(?:ok|okay|thanks|thank you|hi|hello|hey)\b[\s,.!:]+|sorry,\s+)(?=\w+\W+\w)", re.I)
_SIGNED = re.compile(
    r"\W*(?:subject:|(?:best|right|ok|okay),"
    r"|(?:yours|sent from|hi|hello|hey|(?:good )?(?:morning|afternoon|evening|day)|bonjour|hola|hallo)\b)",
    re.I,
)
_HESITATES = (
    r"(?:hi|hello|hey|hiya|yo|pls|please|um+|uh+|er+m*|hm+|(?:so )?like|right|now|ok|okay|anyway|actually|in short|briefly|by the way|btw"
    r"|fact check|(?:quick |next |one more )*(?:one|question))"
)
_ONLY_HESITATES = re.compile(rf"\W*(?:{_HESITATES}\W+)*{_HESITATES}\W*", re.I)
_LEADS = re.compile(
    r"(?:[^\w\s'’]+|\b(?:know|me|us|say|ask|wonder|wondering|out|check|explain|idea|clue|curious|is|about|see|understand|asking|pls|please))$",
    re.I,
)
_ASKS_US = re.compile(
    r"\W*(?:(?:can|could|would|will|do|did|have) (?:you|u|anyone|anybody|someone|somebody)"
    r"|(?:from )?what (?:i|we)|from what(?:['’]s| has| is| was))\b",
    re.I,
)
_AT_THE_END = re.compile(
    r"(?<!they)(?<!you)(?<!we)[,\s]+(?:please|pls|thanks|thank you|thx|briefly|in short|in brief|in (?:a|one) (?:word|sentence))(?=\W*$)",
    re.I,
)
_LABEL = re.compile(r"^\W*(?:q|question|body|text)\s*:\s*|\s+(?:a|answer)\s*:\s*$", re.I)
_PARTS = re.compile(r"(?<=[?!…])[\"”’)\s]+(?=\S)|\.{2,}\s+")
_QUESTION_WORDS = (
    r"\W*(?:(?:in|at|on|to|for|by|from|of|with|under|during|since|until|after|before|against) )?"
    r"(?:who|whom|whose|what|when|where|why|how|which"
)
_QUESTION = re.compile(rf"{_QUESTION_WORDS})\b", re.I)
_ASKS = re.compile(rf"{_QUESTION_WORDS}|did|does|do(?! not)|is|are|was|were|has|have|had|can|could|will|would|should)\b", re.I)
# Only with a word that points at them, and not “the report”: articles are about reports, too.
_ARTICLES = (
    r"(?:(?:any|all|some|each|most) of )?"
    r"(?:(?:the|these|those|this|that|your|my|our|any|all|some|different|various|several|other|news|two|three|four|five|\d+) )+"
    r"(?:articles?|texts?|reports|papers|newspapers|stories|sources|documents|files|coverage|corpus|collection)"
)
_SAY = r"(?:say|tell|report|write|state|know|have|contain|reveal|(?P<mention>mention))(?: (?:us|me))?"
_TOLD = re.compile(
    rf"\W*(?:(?:what )?(?:do|does|did|can) {_ARTICLES} {_SAY}"
    rf"|(?:is|was) there (?:anything|something|any \w+|information)(?: \w+)? in {_ARTICLES})"
    r"(?: anything| something)?(?P<of> about| on| of| regarding| concerning)? (?P<rest>\w.*)",
    re.I,
)
_ASIDE = re.compile(
    rf"^\W*(?:according to|based on|in|from) {_ARTICLES},? (?=\w+\W+\w)"
    rf"|(?<=\w),? (?:according to|based on|(?:as )?(?:(?:mentioned|stated|described|reported|told|said) )?in) {_ARTICLES}(?=\W*$)",
    re.I,
)


def asked(message: str) -> str:
    """What is asked: “Quick question: what do the reports say about where he is? Thanks!” asks where he is. Never without a word."""
    question = message
    for _ in range(MOST_LAYERS):
        before, question = question, _asked(question)
        if same(before, question):
            break
    return question


def _asked(message: str) -> str:
    question = _marked(_ASIDE.sub("", _AT_THE_END.sub("", _questions(message))))
    if not words(question):
        return message
    told = _TOLD.match(question)
    if not told:
        return question
    if _QUESTION.match(told["rest"]):
        return _capital(told["rest"])
    return f"What is said about {told['rest']}" if told["of"] or told["mention"] else question


def _questions(message: str) -> str:
    """What asks of a message, and what its pronouns may stand for; all of it where nothing asks."""
    parts = [part.strip() for start, end in sentence_spans(message) for part in _PARTS.split(message[start:end]) if part.strip()]
    asking = [_without_opening(part) for part in parts if _asks(part) and not _is_for_us(part)]
    if not asking:
        return " ".join(part for part in parts if not _is_polite(part)) or _GREETED.sub("", message)
    needs_more = any(map(refers, asking))
    kept = [part for part in parts if not _is_aside(part) or (needs_more and _tells(part))]
    return message if kept == parts == asking else " ".join(_without_opening(part) if _asks(part) else part for part in kept)


def _asks(part: str) -> bool:
    return bool(words(part)) and bool(part.rstrip(' "”’)').endswith("?") or _ASKS.match(part) or _ASKS.match(_without_opening(part)))


def _is_for_us(part: str) -> bool:
    """“Could you look through the documents?” or “Any idea?”"""
    return _without_opening(part) == part and bool(_ASKS_US.match(part) or (not _ASKS.match(part) and _BETWEEN_US.search(part)))


def _is_aside(part: str) -> bool:
    if _asks(part):
        return _is_for_us(part)
    return bool(_is_polite(part) or _ORDER.match(part) or _BETWEEN_US.search(part))


def _is_polite(part: str) -> bool:
    return bool(_POLITE.match(part) or _SIGNED.match(part) or _ONLY_HESITATES.fullmatch(part))


def _tells(part: str) -> bool:
    """“I read that Baghdadi was hurt.”"""
    return sum(is_content(word) and not _BETWEEN_US.fullmatch(word) for word in words(part)) >= TELLS_WORDS


def _without_opening(part: str) -> str:
    """A question without what leads to it: “I am writing about the fire and want to know, how many …?”"""
    if _ASKS.match(part) and not _ASKS_US.match(part):
        return part
    for space in re.finditer(r"\s+", part):
        before, rest = part[: space.start()], part[space.end() :]
        hesitates = bool(_ONLY_HESITATES.fullmatch(before))
        leads = hesitates or (_LEADS.search(before) and _BETWEEN_US.search(before) and not (refers(rest) and _tells(before)))
        if leads and (_QUESTION.match(rest) or (_ASKS.match(rest) and (hesitates or not before[-1].isalnum()))):
            return _without_opening(rest)
    return part


def _marked(question: str) -> str:
    """A question as it is written in print: one mark at its end, and nothing around it."""
    bare = re.sub(r"^[^\w(\"'“¿¡<]+|[^\w.!?)%°€$£\"'’”]+$", "", _LABEL.sub("", question))
    if quoted := re.fullmatch(r"[\"“']([^\"“”]+?)[\"”']?", bare):
        bare = quoted[1]
    bare = re.sub(r"\s*[?!]*\?[?!]*$", "?", bare)
    return f"{bare}?" if _ASKS.match(bare) and bare[-1].isalnum() else bare


def same(question: str, other: str) -> bool:
    """Whether they differ in capitals and punctuation at most, which nobody needs to be told."""
    one, another = (" ".join(text.split()).casefold().rstrip(" ?.!") for text in (question, other))
    return one == another


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
