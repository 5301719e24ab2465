"""The format of question sets: what can be used, and what is said of a line that cannot."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from eval.measures import MEASURES
from eval.own import AUROC
from eval.questions import OWN, Gold, Question, check_gold, digest, load
from rag import Assistant
from rag.errors import UnusableInput
from tests.conftest import ROOT

LINE = {
    "id": "q1",
    "question": "Who repaired it?",
    "history": ["What is the roof of the school like?"],
    "reference": "The town did.",
    "accepted": [["town", "council"], ["2018"]],
    "answerable": True,
    "kind": "follow-up",
    "gold": [{"article_id": "school", "quotation": "Its roof was repaired in 2018."}],
}
SHORT = {"id": "q2", "question": "Who painted it?", "answerable": False}


def written(folder: Path, *lines: object) -> Path:
    path = folder / "mine.jsonl"
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_line_becomes_a_question(tmp_path: Path) -> None:
    (question,) = load(written(tmp_path, LINE))
    assert question == Question(
        id="q1",
        question="Who repaired it?",
        answerable=True,
        history=("What is the roof of the school like?",),
        reference="The town did.",
        accepted=(("town", "council"), ("2018",)),
        kind="follow-up",
        gold=(Gold("school", "Its roof was repaired in 2018."),),
    )


def test_only_three_fields_are_needed_and_empty_lines_are_none(tmp_path: Path) -> None:
    assert load(written(tmp_path, "", SHORT, "  ")) == (Question(id="q2", question="Who painted it?", answerable=False),)


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    asked = "Who\u2028painted\x85it?"
    path = written(tmp_path, json.dumps(SHORT | {"question": asked}, ensure_ascii=False))
    assert load(path) == (Question(id="q2", question=asked, answerable=False),)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "Line 2 of mine.jsonl cannot be used: Invalid JSON: EOF while parsing an object at line 1 column 1."),
        ([], "Line 2 of mine.jsonl cannot be used: Input should be an object."),
        (SHORT | {"answerable": "no"}, "Line 2 of mine.jsonl cannot be used: answerable: Input should be a valid boolean."),
        (SHORT | {"histroy": []}, "Line 2 of mine.jsonl cannot be used: histroy: Unexpected keyword argument."),
        (
            LINE | {"gold": [{"article_id": "school"}]},
            "Line 2 of mine.jsonl cannot be used: gold.0.quotation: Field required.",
        ),
        (
            LINE | {"accepted": []},
            "Line 2 of mine.jsonl cannot be used: it is answerable, but nothing is accepted as its answer.",
        ),
        (
            LINE | {"accepted": [["town"], []]},
            "Line 2 of mine.jsonl cannot be used: a group of accepted variants is empty, or a variant of it.",
        ),
        (
            SHORT | {"accepted": [["nobody"]]},
            "Line 2 of mine.jsonl cannot be used: it is not answerable, but has accepted variants or gold quotations.",
        ),
        (SHORT | {"id": "first"}, "Line 2 of mine.jsonl cannot be used: the id 'first' was taken above."),
    ],
)
def test_a_bad_line_is_named_with_what_is_wrong(tmp_path: Path, line: object, said: str) -> None:
    path = written(tmp_path, SHORT | {"id": "first"}, line)
    with pytest.raises(UnusableInput) as caught:
        load(path)
    assert str(caught.value) == said


def test_a_file_that_is_missing_empty_or_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "picture.jsonl").write_bytes(b"\xff\xd8\xff")
    for name, problem in {"none.jsonl": "No such file", "empty.jsonl": "There is no question", "picture.jsonl": "not UTF-8"}.items():
        with pytest.raises(UnusableInput, match=problem):
            load(tmp_path / name)


def test_a_gold_quotation_that_is_not_in_its_article_is_named() -> None:
    question = Question(id="q7", question="?", answerable=True, accepted=(("x",),), gold=(Gold("a", "two birds"),))
    check_gold((question,), {"a": "There were two birds."})
    with pytest.raises(UnusableInput, match="Question 'q7': article 'a' does not have “two birds”."):
        check_gold((question,), {"a": "There were three birds."})
    with pytest.raises(UnusableInput, match="Question 'q7': there is no article 'a' in the corpus."):
        check_gold((question,), {"b": "There were two birds."})


def test_the_documented_format_is_the_one_that_is_read(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    table = text.split("## The question set")[1].split("```")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.M)) == {field.name for field in fields(Question)}
    example = text.split("```json\n")[1].split("```")[0].replace("\n", " ")
    (question,) = load(written(tmp_path, example))
    assert (question.kind, len(question.accepted), len(question.gold)) == ("follow-up", 2, 1)


def test_the_document_names_every_measure() -> None:
    text = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8").split("## The measures")[1].split("## The gates")[0]
    (table,) = re.findall(r"(?:^\|.*\n)+", text, re.M)
    named = {name.strip() for row in table.splitlines()[2:] for name in row.split("|")[1].split(";")}
    assert named == {m.name for m in MEASURES if m.group != "Judge"} | {AUROC}


def test_the_digest_tells_sets_apart_by_what_they_ask() -> None:
    one, other = Question(id="1", question="a", answerable=False), Question(id="1", question="b", answerable=False)
    assert digest((one,)) == digest((Question(id="1", question="a", answerable=False),)) != digest((other,))


def test_the_shipped_questions_are_usable_and_quote_the_shipped_articles(assistant: Assistant) -> None:
    questions = load(OWN)
    check_gold(questions, {a.id: a.text for a in assistant.articles()})
    assert all(q.gold and q.reference for q in questions if q.answerable)


def test_the_shipped_questions_are_as_many_and_of_as_many_kinds_as_a_judgement_needs() -> None:
    questions = load(OWN)
    assert len(questions) == 200
    assert sum(q.near for q in questions) >= 30
    assert sum(q.kind == "far" for q in questions) >= 15
    assert {"number", "date", "who-said", "conflict", "negation", "paraphrase", "typos", "follow-up", "premise", "injection"} <= {
        q.kind for q in questions
    }


@pytest.mark.parametrize("name", ["strangers.jsonl", "strangers_2.jsonl"])
def test_the_strangers_questions_are_thirty_and_quote_the_shipped_articles(name: str, assistant: Assistant) -> None:
    questions = load(OWN.with_name(name))
    check_gold(questions, {article.id: article.text for article in assistant.articles()})
    assert len(questions) == 30
    assert sum(bool(q.history) for q in questions) == 5
    assert sum(not q.answerable for q in questions) == 8
