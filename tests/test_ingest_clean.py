"""The furniture of web pages goes, prose stays: invented pages, the shipped articles, and real pages where they are at hand."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from rag.ingest import parse
from rag.ingest.clean import LISTED, REPEATED, clean
from rag.ingest.meta import iso_date, language_of, names, written_date
from rag.ingest.pleas import PLEA
from rag.ingest.rules import (
    ADVERTISEMENT,
    CAPTION,
    COMMENTS,
    CONTACT,
    CONTROL,
    COOKIES,
    CREDIT,
    INVITATION,
    LIST,
    NAVIGATION,
    RIGHTS,
    STAFF,
)
from rag.ingest.units import reflow
from tests.conftest import ROOT, SEEDS

SHARED = ROOT.parent / "shared"
FIRST = "The harbour of Brill was closed on Tuesday after a ferry ran aground in the narrow passage by the old mole."
SECOND = "Forty passengers were taken ashore in small boats, and nobody was hurt, the port's captain said in the evening."
LAST = "It is expected that the ferry can be towed away when the tide is highest, which will be on Friday morning."


def page(*between: str, after: tuple[str, ...] = (), before: tuple[str, ...] = ()) -> str:
    return "\n\n".join(["Harbour of Brill closed", *before, FIRST, *between, SECOND, LAST, *after])


def removed(text: str) -> list[tuple[str, str]]:
    """What went, with the reason; and all else is still there, in its order."""
    cleaned = clean(text)
    rest = text
    for piece in cleaned.removed:
        assert piece.text in rest
        rest = rest.replace(piece.text, "", 1)
    assert cleaned.text.split() == rest.split()
    return [(piece.text, piece.reason) for piece in cleaned.removed]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("ADVERTISEMENT", ADVERTISEMENT),
        ("- Advertisement -", ADVERTISEMENT),
        ("Story continues below this ad", ADVERTISEMENT),
        ("Sponsored content", ADVERTISEMENT),
        ("Anzeige", ADVERTISEMENT),
        ("Share this article", CONTROL),
        ("Facebook Twitter WhatsApp Email", CONTROL),
        ("4 min read", CONTROL),
        ("Image 2 of 7", CONTROL),
        ("Read more: Why the mole was never repaired", LIST),
        ("RELATED | Ferry line had warned of shallow water", LIST),
        ("View comments (12)", COMMENTS),
        ("Have your say", COMMENTS),
        ("© 2019 The Brill Courier Ltd. All rights reserved.", RIGHTS),
        ("The ferry as it lay by the mole at noon. Photo: Ana Núñez", CAPTION),
        ("A rescue boat near the mole (AP Photo/Jo Brandt)", CAPTION),
        ("Image caption The ferry is 80 metres long", CAPTION),
        ("A boat with passengers of the ferry on its way to the quay of Brill, Orle, March 4, 2019.", CAPTION),
        ("Ana Núñez/Reuters", CREDIT),
        ("Getty Images", CREDIT),
        ("Home | News | Sport | Contact", NAVIGATION),
        ("Subscribe to our newsletter and never miss a story.", INVITATION),
        ("Follow us on Twitter and Facebook", INVITATION),
        ("Reporting by Jo Brandt; Editing by Ana Núñez", STAFF),
    ],
)
def test_a_line_that_is_furniture_by_its_form_goes_wherever_it_stands(line: str, reason: str) -> None:
    assert removed(page(line)) == [(line, reason)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Sign up for breaking news alerts.", INVITATION),
        ("Join the Courier's WhatsApp channel and have the news of the port with you.", INVITATION),
        ("Want more from the coast? Download the app today and turn on notifications.", INVITATION),
        ("FOLLOW COURIER COAST", INVITATION),
        ("Already a subscriber? Log in to your account.", INVITATION),
        ("We use cookies to make this page better.", COOKIES),
        ("Do you know more? Email us at desk@courier.example.", CONTACT),
    ],
)
def test_a_line_that_might_be_prose_goes_only_at_an_edge(line: str, reason: str) -> None:
    assert removed(page(after=(line,))) == [(line, reason)]


@pytest.mark.parametrize(
    "line",
    [
        "Follow the money",
        "What comes next",
        "Comments by the captain were rare.",
        "“Subscribe to our newsletter,” the sign on the ferry said.",
        "The union asked its members to join our forum, he wrote.",
        "Share prices of the ferry line fell on account of the news.",
        "She was born in Brill, Orle, March 4, 1919.",
        "The ferry sailed for the last time on Monday, March 4, 2019.",
        "Sign up for the ferry ended at noon.",
        "Watch the tide, the captain told them.",
        "He asked why the photo showed a dog: a cat was what he had seen.",
        "| Year | Passengers |",
        "- Forty passengers",
        "Your support is what we need, the mayor told the fishermen.",
        "Turn on two-factor sign-in and write the codes down.",
        "More stories were told that evening in the taverns of the port than in a year.",
    ],
)
def test_a_line_that_says_something_stays(line: str) -> None:
    assert removed(page(line)) == []


HEADLINES = ("Ten harbours with the oldest moles", "Ferry line sues its insurer", "Is the tide getting higher?")


def test_a_list_of_other_articles_goes_with_its_label() -> None:
    listed = ("Recommended articles", *(h for headline in HEADLINES for h in (headline, headline)))
    assert removed(page(after=listed)) == [(line, LISTED) for line in listed]


def test_a_list_within_an_article_ends_where_prose_begins() -> None:
    assert removed(page("Related stories", *HEADLINES[:2])) == [(line, LISTED) for line in ("Related stories", *HEADLINES[:2])]


def test_headlines_without_a_label_stay_but_for_their_repetition() -> None:
    assert removed(page(after=("Ferry line sues its insurer",) * 2)) == [("Ferry line sues its insurer", REPEATED)]


def test_a_title_that_is_repeated_goes_once() -> None:
    assert removed(page(before=("Harbour of Brill closed",))) == [("Harbour of Brill closed", REPEATED)]


def test_an_appeal_for_money_goes_and_the_sentence_that_is_run_together_with_it_stays() -> None:
    appeal = (
        "Your contribution keeps us on the quay",
        "From the mole to the mill, the Courier is there when the story breaks, and we know what our readers want of a paper.",
        "Your donation lets us send reporters to every port.",
        "We do not put our reporting behind a paywall, because news is for all.",
    )
    text = "\n".join(["Harbour of Brill closed", *appeal, f"Your support makes the difference.{FIRST}", SECOND])
    assert removed(text) == [(line, PLEA) for line in (*appeal, "Your support makes the difference.")]
    assert FIRST in clean(text).text


def test_an_article_that_tells_its_reader_what_to_click_keeps_what_it_says() -> None:
    advice = [
        f"You can keep your {thing} safe if you do not give your name to anybody who asks for it."
        for thing in ("phone", "mail", "house", "boat")
    ]
    assert removed("\n\n".join(["How to be safe", *advice, "Turn on notifications in your browser."])) == []


def test_byline_and_date_above_the_text_become_metadata() -> None:
    cleaned = clean(page(before=("By Ana Núñez and Jo Brandt", "Published: 4 March 2019, 10:30 GMT", "Updated 3 hours ago")))
    assert (cleaned.author, cleaned.published) == ("Ana Núñez and Jo Brandt", "2019-03-04")
    assert [r.reason for r in cleaned.removed] == ["a byline", "a time stamp", "a time stamp"]


@pytest.mark.parametrize("line", ["By the old mole", "By Tuesday evening", "on Monday (Nov 7)", "04/03/2019", "March 2019", "Monday"])
def test_what_is_not_certain_is_no_metadata(line: str) -> None:
    cleaned = clean(page(before=(line,)))
    assert (cleaned.author, cleaned.published, cleaned.removed) == (None, None, ())


def test_a_paragraph_that_is_wrapped_is_one_unit() -> None:
    wrapped = (
        "The ferry line said that it would pay for the beds of all\nits passengers, and asked them to sign up for the newsletter\n"
        "or to follow us on the way to the town hall, where\nsoup was made."
    )
    assert removed(f"{FIRST}\n\n{wrapped}\n\n{LAST}") == []
    assert reflow(wrapped) == wrapped.replace("\n", " ")


def test_lines_of_a_wrapped_text_are_joined_and_rows_are_not() -> None:
    lines = (
        "The ferry line said that it would pay for the beds of its\npassengers, who had been waiting in the old customs "
        "house\nfor six hours.\n\n"
        "Nobody knew on Tuesday evening how long the ferry would be\nstuck there.\n\n"
        "- Forty passengers were on board when the ferry ran aground\n- Nine of them were children from the school of Upper "
        "Brill\n- One was a dog\n"
    )
    first, second, rows = reflow(lines).split("\n\n")
    assert first.endswith("its passengers, who had been waiting in the old customs house for six hours.")
    assert second == "Nobody knew on Tuesday evening how long the ferry would be stuck there."
    assert rows.count("\n- ") == 2


def test_who_speaks_may_be_said_again_and_again() -> None:
    speakers = ("MARIA VAN DYCK", FIRST, "JO ANN BRANDT", SECOND, "MARIA VAN DYCK", LAST)
    assert removed("\n\n".join(["What was said in Brill", *speakers])) == []


def test_what_nothing_was_taken_from_is_as_it_was() -> None:
    text = f"  {FIRST}\n\n\n\n{SECOND} \n\t{LAST}"
    assert clean(text).text == text


# Prose that is at hand: none of it goes


def corpora() -> list[Path]:
    return sorted([*SEEDS.glob("*.md"), *(ROOT / "eval" / "development").glob("*/articles/*")])


@pytest.mark.parametrize("path", corpora(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_nothing_goes_from_the_articles_that_are_shipped(path: Path) -> None:
    article = parse(path.name, path.read_bytes())[1]
    assert article.removed == () and article.text in path.read_text(encoding="utf-8")


def paragraphs(name: str) -> list[list[str]]:
    file = SHARED / "data" / name
    if not file.exists():
        pytest.skip(f"{file} is not there")
    return [[p["context"] for p in article["paragraphs"]] for article in json.loads(file.read_text(encoding="utf-8"))["data"]]


@pytest.mark.parametrize("name", ["squad2_dev_half.json", "xquad_en.json"])
def test_nothing_goes_from_an_encyclopedia(name: str) -> None:
    for article in paragraphs(name):
        for text in ("\n\n".join(article), "\n".join(article), *article):
            assert clean(text).removed == ()


# Real reports, raw


def reports() -> list[Path]:
    return sorted((SHARED / "reports").glob("*.txt"))


@pytest.mark.skipif(not reports(), reason="the reports are not there")
def test_of_the_raw_reports_what_is_beside_the_article_goes_and_no_prose() -> None:
    gone = {path.name[:3]: [r.text for r in parse(path.name, path.read_bytes())[1].removed] for path in reports()}
    assert {name: len(pieces) for name, pieces in gone.items()} == {"000": 1, "001": 10, "002": 2, "003": 28, "004": 0}
    kept = {path.name[:3]: parse(path.name, path.read_bytes())[1] for path in reports()}
    everything = " ".join(article.text.casefold() for article in kept.values())
    for word in ("advertisement", "subscri", "donation", "telegram", "waste the most food", "photo:", "bookmark", "notifications"):
        assert word not in everything
    starts = [article.text[:24] for article in kept.values()]
    assert starts == [
        "'Revenge mission' for Ir",
        "Mosul offensive: Iraqi t",
        "As battle for Mosul heat",
        "Watch a US-led strike kn",
        "Iraqi special forces bac",
    ]
    for path in reports():
        whole, text = path.read_text(encoding="utf-8"), kept[path.name[:3]].text
        assert whole.split() == sorted_back(whole, text, gone[path.name[:3]])


def sorted_back(whole: str, text: str, gone: list[str]) -> list[str]:
    """The words of the source, if every one is either in the text or in what was removed."""
    rest = whole
    for piece in sorted(gone, key=len, reverse=True):
        assert piece in rest
        rest = rest.replace(piece, "", 1)
    return whole.split() if rest.split() == text.split() else rest.split()


# Dates, names, languages


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("4 March 2019", "2019-03-04"),
        ("Monday, March 4th, 2019 10:30 am GMT", "2019-03-04"),
        ("Mar. 4, 2019", "2019-03-04"),
        ("2019-03-04T10:00:00Z", "2019-03-04"),
        ("31 February 2019", None),
        ("March 4", None),
        ("03/04/2019", None),
        ("on Monday (Nov 7)", None),
        ("1 January 0001", None),
        ("31 December 9999", None),
    ],
)
def test_a_date_in_words_is_a_date_only_with_its_year(text: str, date: str | None) -> None:
    assert written_date(text) == date


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("Mon, 04 Mar 2019 23:30:00 +0100", "2019-03-04"),
        (1551661200, "2019-03-04"),
        ("1551661200000", "2019-03-04"),
        ("12345", None),
        ("Mon, 01 Jan 2016 00:00:00 +99999999999999", None),
        (None, None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59.9999999", None),
        (datetime.date.min, None),
        (datetime.datetime.max, None),
        ("1700-01-01", "1700-01-01"),
        ("2199-12-31", "2199-12-31"),
    ],
)
def test_a_declared_date_is_read_in_the_usual_forms(value: object, date: str | None) -> None:
    assert iso_date(value) == date


def test_names_are_in_one_line_without_addresses() -> None:
    assert names(["Ana Núñez", {"name": "Jo  Brandt"}]) == "Ana Núñez; Jo Brandt"
    assert names("By Ana Núñez") == "Ana Núñez"
    assert names("https://courier.example/ana") is None


@pytest.mark.parametrize(
    ("declared", "text", "language"),
    [
        ("en-GB", "", "en"),
        ("English", f"{FIRST} {SECOND}", "en"),
        (None, "Der Hafen von Brill wurde am Dienstag gesperrt, nachdem eine Fähre auf Grund gelaufen war. " * 3, "de"),
        (None, "Brill", None),
    ],
)
def test_a_language_is_declared_or_certain_or_not_known(declared: str | None, text: str, language: str | None) -> None:
    assert language_of(declared, text) == language
