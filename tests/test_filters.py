"""Dates and outlets: what leaves articles out, and what only prefers some."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant
from rag.dates import Period, asked_about
from rag.errors import UnusableInput
from rag.filters import make_filter
from rag.settings import Settings
from rag.types import Filter
from tests.conftest import Run, write_articles

QUESTION = "Why was the harbour closed?"
OUTLETS = ["The Courier", "Daily Post", "Evening Star"]
REASONS = ["a ferry ran aground", "a crane fell", "the ice was too thick", "its workers went on strike"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ninety articles on the same thing, of three outlets and thirty months, and one without a date."""
    articles: dict[str, str | bytes] = {"undated.md": "The harbour of Brill was closed because nobody came."}
    for n in range(90):
        date = f"{2015 + n // 36}-{n // 3 % 12 + 1:02}-{n % 27 + 1:02}"
        about = f"---\noutlet: {OUTLETS[n % 3]}\npublished: {date}\n---\n"
        articles[f"{n:02}.md"] = f"{about}The harbour number {n} was closed because {REASONS[n % 4]} there."
    return write_articles(tmp_path_factory.mktemp("filters") / "corpus", articles)


@pytest.fixture
def opened(folder: Path, settings: Settings) -> Iterator[Assistant]:
    made = Assistant.open(folder, settings)
    yield made
    made.close()


def test_a_filter_brings_all_that_it_lets_through_and_nothing_else(opened: Assistant) -> None:
    about = {a.id: (a.outlet, a.published) for a in opened.articles()}
    for since, until, outlets in (
        ("2016-03-01", "2016-03-31", ()),
        ("2017", None, ()),
        (None, "2015-02", ("daily post",)),
        (None, None, ("THE COURIER", "Morning News")),
        ("2016-05-01", "2016-05-31", ("Evening Star",)),
    ):
        found = {e.passage.article_id for e in opened.retrieve(QUESTION, 100, since=since, until=until, outlets=outlets)}
        wanted = make_filter(since, until, outlets)
        assert wanted
        first, last, names = wanted.since or "0000", wanted.until or "9999", {o.casefold() for o in outlets}
        passes = {
            i
            for i, (outlet, published) in about.items()
            if (not wanted.dated or (published and first <= published <= last)) and (not names or (outlet or "").casefold() in names)
        }
        assert found == passes


def test_ask_and_stream_take_the_same_filter(opened: Assistant) -> None:
    answer = opened.ask(QUESTION, since="2016-03", until="2016-03", outlets=["Evening Star"])
    assert {c.article_id for s in answer.statements for c in s.citations} == {"44"}
    none = opened.ask(QUESTION, since="2030-01-01", outlets=["The Courier"])
    assert none.abstention
    assert none.abstention.reason == "I found no answer to this in the articles that are dated since 2030-01-01 and of The Courier."


def test_articles_without_a_date_are_left_out_by_dates_alone_and_counted(opened: Assistant) -> None:
    assert (opened.left_out(since="2010"), opened.left_out(outlets=["x"]), opened.left_out()) == (1, 0, 0)


def test_the_command_line_and_batch_lines_take_filters(run: Run, folder: Path, tmp_path: Path) -> None:
    corpus = ("--corpus", str(folder))
    done = run("rag", "retrieve", QUESTION, *corpus, "--since", "2016-03-01", "--until", "2016-03-31", "--outlet", "daily post", "--json")
    assert [p["article_id"] for p in json.loads(done.stdout)["passages"]] == ["43"]
    assert done.stderr == "1 article left out: its date is not known.\n" or done.stderr.endswith(
        "\n1 article left out: its date is not known.\n"
    )
    lines = [
        {"id": 1, "question": QUESTION, "since": "2016-03", "until": "2016-03"},
        {"id": 2, "question": QUESTION},
        {"id": 3, "question": "x", "since": "May"},
    ]
    (tmp_path / "batch.jsonl").write_text("\n".join(map(json.dumps, lines)))
    done = run("rag", "retrieve", *corpus, "--batch", str(tmp_path / "batch.jsonl"), "--outlet", "The Courier")
    one, two, three = map(json.loads, done.stdout.splitlines())
    assert [p["article_id"] for p in one["passages"]] == ["42"]
    assert {int(p["article_id"]) % 3 for p in two["passages"]} == {0}
    assert (done.returncode, three["error"][:24]) == (2, "since 'May' cannot be us")


@pytest.mark.parametrize("command", ["ask", "retrieve"])
@pytest.mark.parametrize("date", ["7 November", "2016-13-01", "2016-02-30", "16-11-07", ""])
def test_a_date_that_is_none_names_the_option_and_the_format(command: str, date: str, run: Run, folder: Path) -> None:
    done = run("rag", command, QUESTION, "--corpus", str(folder), "--until", date)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"Error: --until {date!r} cannot be used: it takes a date as YYYY-MM-DD, such as 2016-11-07 "
        "(YYYY-MM and YYYY mean the whole month or year).\n"
    )


def test_a_month_or_year_means_all_of_its_days() -> None:
    assert make_filter("2016", "2016") == Filter("2016-01-01", "2016-12-31")
    assert make_filter("2016-02", "2016-02") == Filter("2016-02-01", "2016-02-29")
    assert make_filter("9999-12", "9999-12") == Filter("9999-12-01", "9999-12-31")
    assert make_filter("0001", "9999") == Filter("0001-01-01", "9999-12-31")
    assert make_filter() is None
    with pytest.raises(UnusableInput, match=r"^since 2017 is after until 2016: "):
        make_filter("2017", "2016")


@pytest.mark.parametrize(
    ("question", "period"),
    [
        ("What happened in November 2016?", Period(11, None, 2016)),
        ("What happened on Nov 7?", Period(11, 7, None)),
        ("What happened on 7 November 2016?", Period(11, 7, 2016)),
        ("What was said on November 7th, 2016?", Period(11, 7, 2016)),
        ("What happened on 2016-11-07?", Period(11, 7, 2016)),
        ("Who may leave in 2016?", None),
        ("Did May resign?", None),
        ("May 20 people enter?", Period(5, 20, None)),
        ("How many are there?", None),
    ],
)
def test_the_date_in_a_question(question: str, period: Period | None) -> None:
    assert asked_about(question) == period


def test_articles_from_a_day_before_to_a_week_after_are_near() -> None:
    assert [d for d in (20161105, 20161106, 20161107, 20161114, 20161115, 20151110, 0) if Period(11, 7, 2016).near(d)] == [
        20161106,
        20161107,
        20161114,
    ]
    assert Period(12, 28, None).near(20170103) and not Period(12, 28, None).near(20161227 - 100)
    assert not Period(2, 29, 2015).near(20150301)
    assert not Period(1, 1, None).near(10101) and not Period(12, 31, None).near(99991231)


def test_a_date_in_the_question_prefers_articles_of_then_and_excludes_none(opened: Assistant) -> None:
    question = "Why was the harbour number 43 or 7 closed?"
    plain = [e.passage.article_id for e in opened.retrieve(question, 20)]
    dated = [e.passage.article_id for e in opened.retrieve(question.replace("?", " in March 2015?"), 20)]
    assert (plain[0], dated[0]) == ("43", "07")
    assert "43" in dated


def test_without_dated_articles_a_date_in_the_question_changes_nothing(tmp_path: Path, settings: Settings) -> None:
    from rag import retrieve as module

    corpus = write_articles(tmp_path / "corpus", {f"{n}.md": f"The harbour number {n} was closed on Nov 7, 2016." for n in range(9)})
    opened = Assistant.open(corpus, settings)
    question = "Which harbour was closed on Nov 7, 2016?"
    with_dates = opened.retrieve(question)
    assert asked_about(question)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "asked_about", lambda question: None)
        assert opened.retrieve(question) == with_dates
    opened.close()


def test_an_article_is_asked_for_the_sake_of_one_that_it_stands_for_and_that_is_said(run: Run, tmp_path: Path, settings: Settings) -> None:
    text = " ".join(f"The mill number {n} at Horn burned down in the night of day {n}, and its owner went to sea." for n in range(20))
    about = "---\noutlet: {}\npublished: 2016-11-{}\n---\n{}"
    corpus = write_articles(
        tmp_path / "corpus",
        {
            "a.md": about.format("Alpha Post", "01", f"{text} The harbour was closed because a ferry ran aground."),
            "b.md": about.format("Beta News", "05", text),
            "c.md": about.format("Gamma", "05", "The school in Tann has 320 pupils."),
        },
    )
    opened = Assistant.open(corpus, settings)
    question = "When did the mill number 7 at Horn burn down?"
    said = "[a] stands for [b] (Beta News, 2016-11-05), which has nearly the same text: one source."
    for only, articles, notices in (
        ({"outlets": ["beta news"]}, {"a"}, (said,)),
        ({"since": "2016-11-03"}, {"a", "c"}, (said,)),
        ({"outlets": ["Alpha Post"]}, {"a"}, ()),
        ({"since": "2016-11-03", "outlets": ["Alpha Post"]}, set(), ()),
        ({}, {"a", "c"}, ()),
    ):
        assert {e.passage.article_id for e in opened.retrieve(question, 50, **only)} == articles
        answer = opened.ask(question, **only)
        assert ({c.article_id for s in answer.statements for c in s.citations}, answer.notices) == ({"a"} & articles, notices)
    assert opened.outlets() == ("Alpha Post", "Beta News", "Gamma")
    opened.close()
    for outlet, told in (("Beta News", f"{said}\n"), ("Alpha Post", "")):
        done = run("rag", "retrieve", question, "--corpus", str(corpus), "--outlet", outlet)
        assert (done.stderr, done.stdout.startswith("1. [a] ")) == (told, True)
