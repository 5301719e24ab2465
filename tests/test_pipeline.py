"""The whole flow over the shipped articles: what every answer keeps to, and what it does with what is no question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from eval.questions import load
from rag import Assistant
from rag.errors import QuestionError
from rag.types import Abstention, Answer, Done, Statement, Timings, Understood
from tests.conftest import ROOT

QUESTIONS = load(Path(ROOT / "eval" / "questions.jsonl"))
NO_TIME = Timings(0, 0, 0, 0)


def timeless(answer: Answer) -> Answer:
    return replace(answer, timings_ms=NO_TIME)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.id)
def test_every_answer_keeps_the_invariants(question: object, assistant: Assistant) -> None:
    answer = assistant.ask(question.question, question.history, "extractive")  # type: ignore[attr-defined]
    known = {article.id for article in assistant.articles()}
    for citation in (c for s in answer.statements for c in s.citations):
        assert assistant.article(citation.article_id).text[citation.start : citation.end] == citation.quotation
    for side in (side for conflict in answer.conflicts for side in conflict.sides):
        assert assistant.article(side.article_id).text[side.start : side.end] == side.quotation
    assert all(s.citations for s in answer.statements)
    assert {c.article_id for s in answer.statements for c in s.citations} <= known
    assert answer.answered == bool(answer.statements) == (answer.abstention is None)
    assert set(answer.abstention.nearest if answer.abstention else ()) <= known
    assert len(answer.statements) <= 4 + 2 * len(answer.conflicts)


@pytest.mark.parametrize("question", QUESTIONS[::5], ids=lambda q: q.id)
def test_the_same_question_gets_the_same_answer_and_the_stream_ends_with_it(question: object, assistant: Assistant) -> None:
    asked = (question.question, question.history, "extractive")  # type: ignore[attr-defined]
    answer = timeless(assistant.ask(*asked))
    events = list(assistant.stream(*asked))
    assert isinstance(events[-1], Done)
    assert timeless(events[-1].answer) == answer == timeless(assistant.ask(*asked))
    assert tuple(e for e in events if isinstance(e, Statement)) == answer.statements
    assert [e.query for e in events if isinstance(e, Understood)] == [answer.query]


def test_a_fact_is_answered_with_the_sentence_that_has_it(assistant: Assistant) -> None:
    answer = assistant.ask("What is Baghdadi's real name?")
    assert [s.text for s in answer.statements] == ["Ibrahim al-Samarrai is the real name of Baghdadi, who is an Iraqi."]
    assert answer.text == "Ibrahim al-Samarrai is the real name of Baghdadi, who is an Iraqi. [001]"


def test_where_articles_disagree_each_side_is_shown(assistant: Assistant) -> None:
    answer = assistant.ask("How many militants are there in Mosul?")
    assert [(side.value, side.article_id) for side in answer.conflicts[0].sides] == [("up to 7,500", "001"), ("a few thousand", "004")]
    shown = {(c.article_id, c.start) for s in answer.statements for c in s.citations}
    assert {(side.article_id, side.start) for side in answer.conflicts[0].sides} <= shown


def test_where_a_person_is_and_who_holds_a_place_show_both_reports(assistant: Assistant) -> None:
    where = assistant.ask("Where is Baghdadi?").conflicts[0]
    held = assistant.ask("Is Qadissiya under Iraqi control now?").conflicts[0]
    assert [(side.value, side.article_id) for side in where.sides] == [("in northern Iraq", "002"), ("in Mosul", "001")]
    assert [(side.value, side.article_id) for side in held.sides] == [("captured", "004"), ("withdraw", "004")]


@pytest.mark.parametrize(
    "question",
    [
        "Who won the Champions League in 2012?",
        "What is a prime number?",
        "Why did Turkey send tanks to Qadissiya?",
        "<script>alert(1)</script>",
    ],
)
def test_what_the_articles_do_not_answer_is_declined_with_the_nearest_named(question: str, assistant: Assistant) -> None:
    answer = assistant.ask(question)
    assert answer.statements == ()
    assert answer.abstention is not None
    assert answer.abstention.reason == "I found no answer to this in the 5 articles."
    assert 1 <= len(answer.abstention.nearest) <= 3


@pytest.mark.parametrize("greeting", ["Hello", "hi there!", "Good morning", "thanks", "Who are you?"])
def test_a_greeting_is_answered_and_nothing_is_searched(greeting: str, assistant: Assistant) -> None:
    answer = assistant.ask(greeting)
    assert (answer.statements, answer.evidence, answer.withheld) == ((), (), ())
    assert isinstance(answer.abstention, Abstention)
    assert answer.abstention.nearest == ()


def test_a_follow_up_is_understood_from_the_question_before(assistant: Assistant) -> None:
    answer = assistant.ask("And in the south?", ["Which village did the army recapture north of Mosul?"])
    assert answer.query == "Which village did the army recapture south of Mosul?"
    assert "Hammam al-Alil" in answer.text


@pytest.mark.parametrize("question", ["What is a prime number?", "How long should I bake a sourdough loaf?", "And in Paris?"])
def test_earlier_questions_do_not_unlock_an_answer_to_a_new_one(question: str, assistant: Assistant) -> None:
    history = ["How many militants are there in Mosul?", "What is Euphrates Anger?"]
    assert assistant.ask(question, history).statements == ()


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "?!", "\x00\x07", "\u202e\u200b"])
def test_nothing_is_no_question(question: str, assistant: Assistant) -> None:
    with pytest.raises(QuestionError, match="The question is empty"):
        assistant.ask(question)


def test_a_question_that_never_ends_is_refused(assistant: Assistant) -> None:
    with pytest.raises(QuestionError, match="has 100,000 characters; at most 2,000 are read"):
        assistant.ask("a" * 100_000)


def test_control_characters_do_not_reach_the_answer(assistant: Assistant) -> None:
    assert assistant.ask("What is\x00 Baghdadi's\x1b real\u202e name?").question == "What is Baghdadi's real name?"
