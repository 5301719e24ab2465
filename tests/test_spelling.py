"""Misspelt words of a question, with the shipped corpus."""

from __future__ import annotations

import pytest

from rag.assistant import Assistant
from rag.spelling import corrected


@pytest.mark.parametrize(
    ("asked", "understood"),
    [
        ("wich vilage did the army get back", "wich village did the army get back"),
        ("What happened near Bashika?", "What happened near Bashiqa?"),
        ("what are helicoptor gunships doing at the airprot?", "what are helicopter gunships doing at the airport?"),
    ],
)
def test_a_misspelt_word_becomes_the_word_of_the_articles(assistant: Assistant, asked: str, understood: str) -> None:
    assert corrected(asked, assistant.index) == understood
    assert assistant.ask(asked).query == understood


@pytest.mark.parametrize(
    "question",
    [
        "Have any eateries been bombed?",
        "How many planes were shot down?",
        "Why did the crowds start clashing?",
        "Who won the Champions League in 2012?",
        "What is Baghdadi's real name?",
        "Is IS in it?",
    ],
)
def test_a_word_that_the_articles_lack_but_that_is_one_stays(assistant: Assistant, question: str) -> None:
    assert corrected(question, assistant.index) == question
