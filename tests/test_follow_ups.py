"""Follow-ups over real articles: where they are looked for, what they are read as, and what they never unlock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant
from rag.reference import name_pointed_at
from tests.conftest import own_settings

VOLUNTEERS = """The Hill Volunteers, who hold nine villages, are led by Mirela Osk. Before the war she was a geography teacher in Corran.
Piet Lann is her deputy.
"""
BAKERY = """A bakery in Ketmar was hit by a shell on Monday. The bakery had opened in 1990.

A ferry sank off Corran in May. Nobody was hurt, and the crew of nine swam ashore.
"""
LED = "Who leads the Hill Volunteers?"


@pytest.fixture(scope="module")
def volunteers(session_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    corpus = tmp_path_factory.mktemp("volunteers")
    (corpus / "a.txt").write_text(VOLUNTEERS)
    (corpus / "b.txt").write_text(BAKERY)
    assistant = Assistant.open(corpus, own_settings(session_data_dir, tmp_path_factory.mktemp("volunteers-index")))
    yield assistant
    assistant.close()


def test_she_is_who_answers_the_question_before(volunteers: Assistant) -> None:
    answer = volunteers.ask("What was her job before the war?", [LED])
    assert answer.query == "What was Mirela Osk's job before the war?"
    assert "Before the war she was a geography teacher in Corran." in answer.text


def test_whom_the_question_before_named_does_not_answer_the_next(volunteers: Assistant) -> None:
    answer = volunteers.ask("How old is she?", [LED])
    assert answer.query == "How old is Mirela Osk?"
    assert not answer.answered


def test_a_question_that_can_be_about_anything_is_looked_for_where_the_one_before_was(volunteers: Assistant) -> None:
    answer = volunteers.ask("Was anyone hurt?", ["What happened to the ferry?"])
    assert answer.query == "Was anyone hurt? (What happened to the ferry?)"
    assert "Nobody was hurt, and the crew of nine swam ashore." in answer.text


def test_what_stands_beside_a_question_answers_nothing(volunteers: Assistant) -> None:
    answer = volunteers.ask("How much does rent cost?", ["Who is the deputy of Mirela Osk?"])
    assert answer.query == "How much does rent cost? (Who is the deputy of Mirela Osk?)"
    assert not answer.answered


@pytest.mark.parametrize(
    ("sentence", "shares", "name"),
    [
        ("They are led by Mirela Osk.", [0, 0, 0, 0.1, 0.5, 0.4], "Mirela Osk"),
        ("They are led by Mirela Osk.", [0, 0, 0, 0.4, 0.3, 0.3], ""),
        ("The Brotherhood of the Lamp struck.", [0, 0, 0, 0, 0.9, 0.1], "Brotherhood of the Lamp"),
        ("Corran and Ketmar fell.", [0.5, 0, 0.5, 0], ""),
        ("Corran and Ketmar fell.", [0.2, 0, 0.8, 0], "Ketmar"),
        ("Corran fell in May.", [1.0], "Corran"),
        ("Corran fell in May.", [0, 0, 0, 1.0], ""),
        ("nobody fell", [0.5, 0.5], ""),
        ("Corran fell.", [], ""),
    ],
)
def test_a_name_is_taken_where_its_words_have_nearly_all_of_the_likelihood(sentence: str, shares: list[float], name: str) -> None:
    assert name_pointed_at(sentence, shares) == name
