"""Verdicts on answers: kept on this machine, and exported as questions that the evaluation reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from eval.questions import Gold, Question, check_gold, load
from rag.settings import read_settings
from rag.types import Article
from tests.scripted_page import ARTICLES, DAWN, FEW, MANY, ScriptedAssistant, ask, free_port, last_turn, until
from ui.feedback import Feedback
from ui.opening import Opening

QUESTION = "How many militants?"
SAID: dict[str, Any] = {
    "question": QUESTION,
    "history": [],
    "verdict": "right",
    "expected": "",
    "answered": True,
    "texts": ["Up to 7,500 militants are in the city."],
    "places": [{"article_id": "001", "start": MANY.start, "end": MANY.end, "quotation": MANY.quotation}],
}


def find(article_id: str) -> Article | None:
    return next((a for a in ARTICLES if a.id == article_id), None)


@pytest.fixture
def feedback(tmp_path: Path) -> Feedback:
    return Feedback(tmp_path / "feedback" / "corpus.jsonl")


Loaded = Callable[[Feedback], tuple[Question, ...]]


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    """The export as the evaluation reads it, quotations checked."""

    def read(feedback: Feedback) -> tuple[Question, ...]:
        file = tmp_path / "exported.jsonl"
        file.write_text(feedback.export().lines, encoding="utf-8")
        questions = load(file)
        check_gold(questions, {a.id: a.text for a in ARTICLES})
        return questions

    return read


def test_a_right_answer_becomes_a_question_with_its_sentences_accepted_and_its_quotations_as_gold(feedback: Feedback, loaded: Loaded):
    assert feedback.keep(SAID, find)
    (question,) = loaded(feedback)
    assert question == Question(
        question.id,
        QUESTION,
        True,
        (),
        SAID["texts"][0],
        ((SAID["texts"][0], MANY.quotation),),
        "fact",
        (Gold("001", MANY.quotation),),
    )


def test_a_wrong_source_leaves_the_quotations_out(feedback: Feedback, loaded: Loaded):
    feedback.keep(SAID | {"verdict": "source", "history": ["Who leads?"]}, find)
    (question,) = loaded(feedback)
    assert (question.accepted, question.gold, question.kind, question.history) == (((SAID["texts"][0],),), (), "follow-up", ("Who leads?",))


def test_a_wrong_answer_becomes_a_question_once_the_reader_says_what_is_right(feedback: Feedback, loaded: Loaded):
    feedback.keep(SAID | {"verdict": "wrong"}, find)
    assert (feedback.export().questions, feedback.export().left_out) == (0, 1)
    feedback.keep(SAID | {"verdict": "wrong", "expected": " 5,000 "}, find)
    (question,) = loaded(feedback)
    assert (question.accepted, question.reference, question.gold) == ((("5,000",),), "5,000", ())
    assert feedback.export().left_out == 0


def test_an_abstention_that_is_right_is_a_question_without_an_answer(feedback: Feedback, loaded: Loaded):
    feedback.keep(SAID | {"answered": False, "texts": [], "places": []}, find)
    (question,) = loaded(feedback)
    assert (question.answerable, question.accepted, question.gold) == (False, (), ())


def test_the_last_word_on_a_question_counts(feedback: Feedback, loaded: Loaded):
    feedback.keep(SAID, find)
    feedback.keep(SAID | {"question": "Another?"}, find)
    feedback.keep(SAID | {"verdict": "source"}, find)
    assert [(q.question, bool(q.gold)) for q in loaded(feedback)] == [(QUESTION, False), ("Another?", True)]


def test_a_quotation_is_taken_from_the_article_and_not_from_the_page(feedback: Feedback, loaded: Loaded):
    invented = {"article_id": "001", "start": MANY.start, "end": MANY.end, "quotation": "words that no article has"}
    unquoted = {"article_id": "001", "start": MANY.start, "end": MANY.end, "quotation": ""}
    gone = {"article_id": "gone", "start": 0, "end": 4, "quotation": "word"}
    feedback.keep(SAID | {"places": [invented, unquoted, gone, {"article_id": "001"}, 7]}, find)
    (question,) = loaded(feedback)
    assert question.gold == ()


@pytest.mark.parametrize(
    ("text", "gold"), [("New first words. " + ARTICLES[0].text, (Gold("001", MANY.quotation),)), ("Another text. " * 300, ())]
)
def test_in_an_article_that_changed_since_the_answer_gold_is_the_same_words_elsewhere_or_none(
    feedback: Feedback, tmp_path: Path, text: str, gold: tuple[Gold, ...]
):
    feedback.keep(SAID, lambda article_id: replace(ARTICLES[0], text=text))
    (file := tmp_path / "exported.jsonl").write_text(feedback.export().lines, encoding="utf-8")
    assert [question.gold for question in load(file)] == [gold]


def test_a_question_with_a_line_separator_in_it_is_exported(feedback: Feedback, loaded: Loaded):
    asked = "How many\u2028militants\u2029are\x85there?"
    feedback.keep(SAID | {"question": asked}, find)
    assert [q.question for q in loaded(feedback)] == [asked]


BROKEN = json.dumps(SAID, ensure_ascii=False).encode()[: json.dumps(SAID, ensure_ascii=False).encode().index("🏙".encode()) + 2]


@pytest.mark.parametrize("line", [BROKEN, b"{}", b"7", b"\xff", b'{"question": 1, "history": 2, "verdict": []}'])
def test_a_line_that_is_no_verdict_is_counted_and_costs_no_other(feedback: Feedback, loaded: Loaded, tmp_path: Path, line: bytes):
    feedback.keep(SAID, find)
    with (tmp_path / "feedback" / "corpus.jsonl").open("ab") as file:
        file.write(line)  # and then the power failed
    feedback.keep(SAID | {"question": "Another?"}, find)
    assert [q.question for q in loaded(feedback)] == [QUESTION, "Another?"]
    assert feedback.export().unreadable == 1


@pytest.mark.parametrize("said", [None, [], {}, SAID | {"verdict": "great"}, SAID | {"question": " "}, SAID | {"history": "x"}])
def test_what_is_no_verdict_is_not_kept(feedback: Feedback, said: Any):
    assert not feedback.keep(said, find)
    assert feedback.export().lines == ""


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A page over the scripted Assistant, and the folder where it keeps verdicts."""
    from ui import app

    folder = tmp_path_factory.mktemp("judged")
    opening, port = Opening(lambda progress: ScriptedAssistant()), free_port()
    blocks = app.build(opening, "corpus", read_settings(data_dir=folder))
    app.launch(blocks, "127.0.0.1", port)
    opening.start()
    yield f"http://127.0.0.1:{port}", folder / "feedback" / "corpus.jsonl"
    blocks.close(verbose=False)


def verdicts(file: Path) -> list[tuple[str, str]]:
    lines = file.read_text().splitlines() if file.exists() else []
    return [(v["verdict"], v["expected"]) for v in map(json.loads, lines)]


@pytest.mark.browser
def test_a_verdict_is_kept_corrected_and_exported(page: Page, judged: tuple[str, Path], tmp_path: Path):
    address, file = judged
    page.goto(address)
    ask(page, "militants?")
    group = last_turn(page).get_by_role("group", name="What do you think of this answer?")
    group.get_by_role("button", name="Right").click()
    expect(group.get_by_role("button", name="Right")).to_have_attribute("aria-pressed", "true")
    expect(group.get_by_role("status")).to_have_text("Kept on this machine.")
    assert verdicts(file) == [("right", "")]
    gold = [(quoted["article_id"], quoted["quotation"]) for quoted in json.loads(file.read_text())["gold"]]
    assert gold == [(c.article_id, c.quotation) for c in (DAWN, MANY, FEW)]
    expect(group.get_by_role("button", name="Right")).to_be_focused()
    group.get_by_role("button", name="Wrong", exact=True).click()
    expect(group.get_by_role("textbox", name="What a right answer says")).to_be_focused()
    group.get_by_role("textbox", name="What a right answer says").fill("5,000")
    page.keyboard.press("Enter")
    expect(group.get_by_role("status")).to_have_text("Kept with your answer.")
    until(lambda: verdicts(file)[-1] == ("wrong", "5,000"))
    page.reload()
    expect(group.get_by_role("button", name="Wrong", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Chats").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as evaluation questions").click()
    download.value.save_as(tmp_path / "feedback.jsonl")
    assert [(q.question, q.accepted) for q in load(tmp_path / "feedback.jsonl")] == [("militants?", (("5,000",),))]
    expect(page.get_by_text("1 question.")).to_be_visible()
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"question": "mili')
    with page.expect_download():
        page.get_by_role("button", name="Export as evaluation questions").click()
    expect(page.get_by_text("1 question; 1 line of the file of verdicts cannot be read.")).to_be_visible()
    file.write_bytes(whole)


@pytest.mark.browser
def test_a_verdict_is_taken_back_by_a_second_click(page: Page, judged: tuple[str, Path]):
    address, file = judged
    page.goto(address)
    ask(page, "militants?")
    right = last_turn(page).get_by_role("button", name="Right")
    right.click()
    expect(right).to_have_attribute("aria-pressed", "true")
    right.click()
    expect(right).to_have_attribute("aria-pressed", "false")
    expect(right).to_be_focused()
    assert verdicts(file)[-2:] == [("right", ""), ("none", "")]
    assert Feedback(file).export().questions == 0


@pytest.mark.browser
def test_an_abstention_has_no_source_that_could_be_wrong(page: Page, judged: tuple[str, Path]):
    page.goto(judged[0])
    ask(page, "nothing about football")
    group = last_turn(page).get_by_role("group", name="What do you think of this answer?")
    expect(group.get_by_role("button")).to_have_text(["Right", "Wrong"])


@pytest.mark.browser
def test_a_verdict_that_cannot_be_kept_is_said(page: Page, judged: tuple[str, Path]):
    address, file = judged
    kept = file.rename(file.with_suffix(".kept"))
    file.mkdir()
    page.goto(address)
    ask(page, "militants?")
    last_turn(page).get_by_role("button", name="Right").click()
    expect(last_turn(page).get_by_role("alert")).to_contain_text("It could not be kept")
    file.rmdir()
    kept.rename(file)
