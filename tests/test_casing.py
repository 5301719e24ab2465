"""Questions typed all in one case, with the shipped corpus."""

from __future__ import annotations

import pytest

from rag.assistant import Assistant
from rag.casing import cased


@pytest.mark.parametrize(
    ("typed", "as_written"),
    [
        ("where is baghdadi now?", "where is Baghdadi now?"),
        ("what is baghdadi's real name?", "what is Baghdadi's real name?"),
        ("what did boris johnson say about him", "what did Boris Johnson say about him"),
        ("who leads the offensive on mosul?", "who leads the offensive on Mosul?"),
        ("WHO LEADS THE OFFENSIVE ON MOSUL?", "Who leads the offensive on Mosul?"),
        ("HOW MANY MILITANTS ARE THERE?", "How many militants are there?"),
        ("Which tower was hit near mosul?", "Which tower was hit near Mosul?"),
    ],
)
def test_a_question_in_one_case_gets_the_capitals_of_the_articles(assistant: Assistant, typed: str, as_written: str) -> None:
    assert cased(typed, assistant.index) == as_written


@pytest.mark.parametrize(
    "question",
    [
        "Where is Baghdadi now?",
        "what did Turkey say about mosul?",
        "how many militants are there?",
        "who is zanzibar?",
        "",
    ],
)
def test_a_question_with_capitals_of_its_own_or_without_names_stays(assistant: Assistant, question: str) -> None:
    assert cased(question, assistant.index) == question


def test_the_same_is_understood_however_it_is_typed(assistant: Assistant) -> None:
    ways = ("Where is Baghdadi now?", "where is baghdadi now", "WHERE IS BAGHDADI NOW?", "Hi! can you tell me where is baghdadi now?? thx")
    answers = [assistant.ask(way) for way in ways]
    assert {answer.query.casefold() for answer in answers} == {"where is baghdadi now?"}
    assert {tuple(s.text for s in answer.statements) for answer in answers} == {tuple(s.text for s in answers[0].statements)}


def test_names_in_the_history_are_found_in_any_case(assistant: Assistant) -> None:
    assert assistant.ask("where is he now?", ["who is baghdadi"]).query == "Where is Baghdadi now?"
