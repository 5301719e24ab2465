"""Five reports as they were copied from web pages: asked about like clean articles, and never about what stood around them.

The questions were written from the texts before any was asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant
from rag.types import Answer
from tests.conftest import own_settings

REPORTS = Path(__file__).resolve().parents[2] / "shared" / "reports"

ASKED = [
    ("How many militants are believed to be in and around Mosul?", "001", "7,500 militants"),
    ("What is Baghdadi's real name?", "001", "Ibrahim al-Samarrai"),
    ("How far is Bashiqa from Mosul?", "002", "15km"),
    ("What is the campaign to recapture Raqqa called?", "002", "Euphrates Anger"),
    ("How many watercraft did the strikes destroy?", "003", "13 watercraft"),
    ("When did Iraqi forces recapture eastern Mosul?", "003", "late January"),
    ("Why do the men remove their trousers and jackets?", "000", "mistaken for suicide bombers"),
    ("How many people have been displaced, according to the International Organisation for Migration?", "004", "almost 50,000 people"),
]
IN_OUR_WORDS = {"mistaken for suicide bombers": "mistakes them for suicide bombers"}  # where the shipped article puts it otherwise
SENTENCE_WORDS = 4  # a shorter removed line, such as "Comments", may well be part of a sentence
ABOUT_THE_REST = ["Which African countries waste the most food?", "What does Elon Musk's PAC support?"]


@pytest.fixture(scope="module")
def of_reports(session_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    if not REPORTS.is_dir():
        pytest.skip(f"the raw reports are not kept with the code; they are looked for in {REPORTS}")
    opened = Assistant.open(REPORTS, own_settings(session_data_dir, tmp_path_factory.mktemp("reports") / "data"))
    yield opened
    opened.close()


def cited(answer: Answer) -> set[tuple[str, str]]:
    return {(c.article_id.partition("_")[0], c.quotation) for s in answer.statements for c in s.citations}


def test_what_the_reports_say_is_quoted_from_them(of_reports: Assistant) -> None:
    found = {question: cited(of_reports.ask(question)) for question, _, _ in ASKED}
    right = {question: any(i == article and words in quotation for i, quotation in found[question]) for question, article, words in ASKED}
    assert right == dict.fromkeys(found, True), found


def test_the_shipped_articles_answer_the_same_questions_as_well(assistant: Assistant) -> None:
    found = {question: cited(assistant.ask(question, writer="extractive")) for question, _, _ in ASKED}
    wanted = {question: (article, IN_OUR_WORDS.get(words, words)) for question, article, words in ASKED}
    right = {q: any(i == article and words in quotation for i, quotation in found[q]) for q, (article, words) in wanted.items()}
    assert right == dict.fromkeys(found, True), found
    assert [assistant.ask(question, writer="extractive").answered for question in ABOUT_THE_REST] == [False, False]


@pytest.mark.parametrize("question", ABOUT_THE_REST)
def test_what_stood_around_them_answers_nothing(of_reports: Assistant, question: str) -> None:
    answer = of_reports.ask(question)
    assert (answer.answered, answer.text, answer.statements) == (False, "I found no answer to this in the 5 articles.", ())


def test_no_line_that_was_removed_is_quoted_or_found(of_reports: Assistant) -> None:
    removed = {line.strip() for a in of_reports.articles() for piece in a.removed for line in piece.text.splitlines() if line.strip()}
    assert {"ADVERTISEMENT", "10 African countries that waste the most food in 2024", "Join our commenting forum"} < removed
    shown: set[str] = set()
    for question in [*(question for question, _, _ in ASKED), *ABOUT_THE_REST, *removed]:
        shown |= {quotation for _, quotation in cited(of_reports.ask(question))}
        shown |= {line.strip() for e in of_reports.retrieve(question) for line in e.passage.text.splitlines()}
    sentences = {line for line in removed if len(line.split()) >= SENTENCE_WORDS}
    assert {line for line in removed if line in shown} == set()
    assert {line for line in sentences if any(line in text for text in shown)} == set()
