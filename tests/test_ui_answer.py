"""Checking an answer: citations, the article beside the chat, and what it was found in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.reader import answered as said
from tests.scripted_page import DAWN, FEW, MANY, ask, last_turn

pytestmark = pytest.mark.browser


def citation(page: Page, number: int) -> Locator:
    return last_turn(page).get_by_role("link", name=f"Citation {number}:").first


@pytest.fixture
def answered(chat: Page) -> Page:
    ask(chat, "militants?")
    expect(last_turn(chat).locator(".foot")).to_be_visible()
    return chat


def test_pointing_at_a_citation_shows_outlet_date_and_quotation_until_the_pointer_leaves(answered: Page):
    citation(answered, 1).hover()
    tip = answered.get_by_role("tooltip")
    expect(tip).to_have_text("The Independent · 3 Nov 2016 · Iraqi forces enter Mosul" + DAWN.quotation)
    tip.hover()
    expect(tip).to_be_visible()
    answered.mouse.move(0, 0)
    expect(tip).to_be_hidden()


def test_a_citation_that_has_the_focus_is_described_by_its_quotation_and_escape_hides_it(answered: Page):
    citation(answered, 1).focus()
    answered.keyboard.press("Tab")
    second = citation(answered, 2)
    expect(second).to_be_focused()
    expect(second).to_have_accessible_description(f"The Independent · 3 Nov 2016 · Iraqi forces enter Mosul {MANY.quotation}")
    answered.keyboard.press("Escape")
    expect(answered.get_by_role("tooltip")).to_be_hidden()
    expect(second).to_be_focused()


def test_the_next_and_the_previous_quotation_are_a_key_away(answered: Page):
    citation(answered, 1).click()
    marked = answered.locator("mark")
    expect(marked).to_have_text(DAWN.quotation)
    for key, quotation, count in (
        ("n", MANY, "2 of 3"),
        ("ArrowRight", FEW, "3 of 3"),
        ("n", DAWN, "1 of 3"),
        ("p", FEW, "3 of 3"),
        ("ArrowLeft", MANY, "2 of 3"),
    ):
        answered.keyboard.press(key)
        expect(marked).to_have_text(quotation.quotation)
        expect(marked).to_be_focused()
        expect(answered.locator(".places .count")).to_have_text(count)
    answered.get_by_role("button", name="Next quotation").click()
    expect(marked).to_have_text(FEW.quotation)
    answered.keyboard.press("Escape")
    expect(citation(answered, 1)).to_be_focused()


def test_an_article_shows_what_the_chat_quoted_of_it_so_far(answered: Page):
    used = answered.locator("#article .used")
    citation(answered, 2).click()
    expect(answered.locator("mark")).to_have_text(MANY.quotation)
    expect(used).to_have_text([DAWN.quotation])
    answered.keyboard.press("Escape")
    answered.get_by_role("button", name="Library", exact=True).click()
    answered.get_by_role("button", name="Iraqi forces enter Mosul", exact=True).click()
    expect(used).to_have_text([DAWN.quotation, MANY.quotation])
    expect(answered.locator("mark")).to_have_count(0)
    expect(answered.locator(".places .count")).to_have_text("Quoted 2 times in this chat")
    for key, quotation, count in (("p", MANY, "2 of 2"), ("n", DAWN, "1 of 2")):
        answered.keyboard.press(key)
        expect(answered.locator("mark")).to_have_text(quotation.quotation)
        expect(answered.locator(".places .count")).to_have_text(count)
    answered.keyboard.press("Escape")
    answered.get_by_role("button", name="New chat").click()
    answered.get_by_role("button", name="Library", exact=True).click()
    answered.get_by_role("button", name="Iraqi forces enter Mosul", exact=True).click()
    expect(answered.get_by_role("complementary", name="Article")).to_be_visible()
    expect(used).to_have_count(0)
    expect(answered.locator(".places")).to_be_hidden()
    answered.keyboard.press("Escape")


def test_a_letter_that_is_typed_in_the_question_box_turns_no_page(answered: Page):
    citation(answered, 1).click()
    box = answered.get_by_role("textbox", name="Your question")
    box.press_sequentially("npn")
    expect(box).to_have_value("npn")
    expect(answered.locator("mark")).to_have_text(DAWN.quotation)
    box.fill("")


def test_the_quiet_line_unfolds_to_the_passages_that_were_looked_at_best_first(answered: Page):
    foot = last_turn(answered).locator(".foot")
    foot.locator("summary").click()
    expect(foot.get_by_role("listitem")).to_have_text(
        [
            f"Iraqi forces enter Mosul The Independent · 3 Nov 2016 · score 1.00{MANY.quotation}",
            f"Reports of a withdrawal article 004 · score 0.50{FEW.quotation}",
        ]
    )
    foot.get_by_role("link", name="Reports of a withdrawal").click()
    expect(answered.locator("mark")).to_have_text(FEW.quotation)


def test_the_two_sides_of_a_conflict_stand_beside_each_other_on_a_wide_page(answered: Page):
    answered.keyboard.press("Escape")
    left, right = (last_turn(answered).locator(".side").nth(n).bounding_box() for n in (0, 1))
    assert left and right and left["y"] == right["y"] and left["x"] + left["width"] <= right["x"]


def test_the_address_and_the_title_say_what_is_open(answered: Page):
    citation(answered, 2).click()
    expect(answered.locator("mark")).to_have_text(MANY.quotation)
    assert f"article=001&at={MANY.start}-{MANY.end}" in answered.url
    assert answered.title() == "Iraqi forces enter Mosul · militants? · Footnote"
    answered.go_back()
    expect(answered.get_by_role("complementary", name="Article")).to_be_hidden()
    assert answered.title() == "militants? · Footnote" and "article=" not in answered.url
    answered.go_forward()
    expect(answered.locator("mark")).to_have_text(MANY.quotation)


def test_back_after_close_goes_on_to_what_was_before_the_article(reader: Page):
    said(reader, "militants?")
    reader.get_by_role("button", name="New chat").click()
    said(reader, "and bombers?")
    panel, chip = reader.get_by_role("complementary", name="Article"), citation(reader, 1)
    for close in (reader.get_by_role("button", name="Close the article").click, lambda: reader.keyboard.press("Escape")):
        chip.click()
        expect(reader.locator("mark")).to_be_focused()
        close()
        expect(panel).to_be_hidden()
        expect(chip).to_be_focused()
        expect(reader).to_have_url(re.compile("#chat=[^&]+$"))
    reader.go_back()
    expect(last_turn(reader).get_by_role("heading", level=2)).to_have_text("militants?")
    expect(panel).to_be_hidden()


def test_an_article_that_is_opened_while_another_is_left_stays_open(reader: Page):
    said(reader, "militants?")
    citation(reader, 1).click()
    expect(reader.locator("mark")).to_have_text(DAWN.quotation)
    citation(reader, 3).evaluate("(chip) => { document.querySelector('#article .close').click(); chip.click(); }")
    expect(reader.locator("mark")).to_have_text(FEW.quotation)
    expect(reader).to_have_url(re.compile(f"article=004&at={FEW.start}-{FEW.end}"))
    reader.go_back()
    expect(reader.get_by_role("complementary", name="Article")).to_be_hidden()
    expect(last_turn(reader).get_by_role("heading", level=2)).to_have_text("militants?")


def test_a_chat_that_begins_beside_an_article_stays_when_that_is_closed(reader: Page):
    reader.get_by_role("button", name="Library", exact=True).click()
    reader.get_by_role("button", name="Iraqi forces enter Mosul", exact=True).click()
    expect(reader.get_by_role("complementary", name="Article")).to_be_visible()
    said(reader, "militants?")
    reader.get_by_role("button", name="Close the article").click()
    expect(reader).to_have_url(re.compile("#chat=[^&]+$"))
    expect(last_turn(reader).get_by_role("heading", level=2)).to_have_text("militants?")


def test_an_article_that_a_link_opened_is_closed_and_does_not_come_back(page: Page, scripted_address: str):
    page.goto(scripted_address)
    page.goto(f"{scripted_address}/#article=001&at={MANY.start}-{MANY.end}")
    expect(page.locator("mark")).to_have_text(MANY.quotation)
    page.get_by_role("button", name="Close the article").click()
    expect(page).to_have_url(f"{scripted_address}/")
    page.go_back()
    expect(page.get_by_role("textbox", name="Your question")).to_be_visible()
    expect(page.get_by_role("complementary", name="Article")).to_be_hidden()


def test_a_link_to_a_citation_opens_that_article_at_that_place(page: Page, scripted_address: str):
    page.goto(f"{scripted_address}/#article=001&at={MANY.start}-{MANY.end}")
    expect(page.locator("mark")).to_have_text(MANY.quotation)
    expect(page.locator("mark")).to_be_in_viewport()


@pytest.mark.parametrize(
    "fragment", ["article=nowhere&at=1-2", "article=001&at=99999999-3", "article=001&at=99999-100000", "article=001&at=x", "chat=gone&%%%"]
)
def test_an_address_that_leads_nowhere_is_said_or_ignored(page: Page, scripted_address: str, fragment: str):
    page.goto(f"{scripted_address}/#{fragment}")
    expect(page.get_by_role("list", name="Example questions")).to_be_visible()
    if "999" in fragment:
        expect(page.get_by_role("complementary", name="Article")).to_contain_text("It no longer has the place that was quoted.")
    if "nowhere" in fragment:
        expect(page.get_by_role("complementary", name="Article")).to_contain_text("Article nowhere is not in the corpus any more.")
