"""What of a message is asked, and what is only said with it."""

from __future__ import annotations

import pytest

from rag.wording import asked, small_talk


@pytest.mark.parametrize(
    ("message", "question"),
    [
        ("What do the different reports say about where the Isis chief might be?", "Where the Isis chief might be?"),
        ("What do the articles say about the tunnels?", "What is said about the tunnels?"),
        ("what does this article tell us about Qadissiya", "What is said about Qadissiya"),
        ("Do any of the articles mention chemical weapons?", "What is said about chemical weapons?"),
        ("Do your sources say how many were killed?", "How many were killed?"),
        ("Do the articles say anything about oil?", "What is said about oil?"),
        ("Is there anything in these five articles about oil?", "What is said about oil?"),
        ("Is there any information in the articles on the price of oil?", "What is said about the price of oil?"),
        ("According to the articles, who leads the offensive?", "who leads the offensive?"),
        ("Who leads the offensive, according to the reports?", "Who leads the offensive?"),
        ("Who is mentioned first in the articles?", "Who is mentioned first?"),
        ("Thanks! What do the articles say about it?", "What is said about it?"),
        ("Do the articles say when?", "When?"),
    ],
)
def test_that_the_articles_are_to_say_it_is_no_part_of_what_is_asked(message: str, question: str) -> None:
    assert asked(message) == question


@pytest.mark.parametrize(
    "question",
    [
        "What do the articles say?",
        "What did the report say about the deaths?",
        "What do Kurdish reports say about Bashiqa?",
        "According to reports, who was roaming the streets?",
        "What did the minister say about the reports?",
        "Do the articles say that Mosul has fallen?",
        "how many militants are there",
        "Who wrote the articles of the treaty?",
        "What did sources close to the court say about it?",
    ],
)
def test_a_question_about_what_is_in_the_articles_stays_as_it_is(question: str) -> None:
    assert asked(question) == question


@pytest.mark.parametrize(
    "said",
    [
        *("Hi", "hello!", "Good morning", "Thanks", "thank you very much", "thanks for that", "great, that was helpful", "ok, thanks, bye"),
        *("ok", "What can you do?", "help", "What articles are there?"),
    ],
)
def test_small_talk_gets_a_reply_of_its_own(said: str) -> None:
    assert small_talk(said)


@pytest.mark.parametrize(
    "question",
    [
        "Hi, how many militants are in Mosul?",
        "Who are you fighting for, according to the soldiers?",
        "How do aid workers help the families?",
        "What did the great offensive cost?",
        "Okay, and where is Baghdadi?",
        "History of Mosul",
        "ok how many",
        "thanks and why",
        "hey who won",
        "Great Britain?",
        "What articles are there on the strike?",
        "What can I do against malaria?",
    ],
)
def test_a_question_to_the_articles_is_no_small_talk(question: str) -> None:
    assert small_talk(question) is None
