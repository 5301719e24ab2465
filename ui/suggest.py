"""A better question after an abstention: one about a name that the nearest passages have, and that is known to be answered."""

from __future__ import annotations

from collections.abc import Iterator

from rag.conversation import new_names
from rag.lexical import words
from rag.types import Answer, Passage
from ui.opening import Assistant

LOOKED_AT = 5  # passages whose names are tried
TRIED = 6  # each costs a retrieval, 10–20 ms
OFFERED = 2
QUESTION = "What is said about {}?"


def suggestions(assistant: Assistant, declined: Answer) -> tuple[str, ...]:
    """Questions that the articles do answer, those about names of the declined question first."""
    found: list[str] = []
    for name in _names(declined)[:TRIED]:
        answer = assistant.ask(QUESTION.format(name), (), "extractive")
        if any(name in citation.quotation for statement in answer.statements for citation in statement.citations):
            found.append(answer.question)
        if len(found) == OFFERED:
            break
    return tuple(found)


def _names(declined: Answer) -> list[str]:
    """Each once; asked about first, then names of several words, which are seldom the mere start of a sentence."""
    near = [e.passage for e in declined.evidence[:LOOKED_AT]]
    names = dict.fromkeys(name for passage in near for sentence in _sentences(passage) for name in new_names(sentence))
    asked = declined.query.casefold()
    plain = {word for passage in near for word in words(passage.text)}
    really = (name for name in names if name.lower() not in plain)  # "Western" only begins a sentence
    return sorted(really, key=lambda name: (name.casefold() not in asked, " " not in name))


def _sentences(passage: Passage) -> Iterator[str]:
    for start, end in passage.sentences:
        yield passage.text[start - passage.start : end - passage.start]
