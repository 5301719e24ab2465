"""Several tabs of the page at once, in one browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.reader import answered
from tests.scripted_page import ScriptedAssistant, ask, last_turn

pytestmark = pytest.mark.browser
MORE_THAN_A_BROWSER_CONNECTS = 8  # it holds six connections to a host


def test_however_many_tabs_are_open_the_newest_loads_and_the_first_is_answered(reader: Page, scripted_address: str):
    for _ in range(MORE_THAN_A_BROWSER_CONNECTS - 1):
        newest = reader.context.new_page()
        newest.goto(scripted_address)
        expect(newest.locator("#status .line")).to_have_text("2 articles · 7 passages · extractive writer")
    answered(reader, "militants?")
    ask(reader, "slowly now")
    expect(last_turn(reader).locator(".draft")).to_be_visible()
    reader.get_by_role("button", name="Stop").click()
    expect(last_turn(reader)).to_contain_text("Stopped. What is shown above was verified.")


def test_an_edit_replaces_nothing_that_another_tab_has_asked_since(reader: Page, scripted: ScriptedAssistant):
    answered(reader, "militants?")
    other = reader.context.new_page()
    other.goto(reader.url)
    other.get_by_role("button", name="Edit question").click()
    answered(reader, "and bombers?")
    expect(other.locator(".turn")).to_have_count(2)
    answered(other, "how many militants?")
    for tab in (reader, other):
        expect(tab.locator(".turn h2")).to_have_text(["militants?", "and bombers?", "how many militants?"])
    assert scripted.histories[-1] == ("militants?", "and bombers?")


def test_a_tab_that_leaves_the_chat_lets_the_other_tab_have_its_answer(reader: Page):
    answered(reader, "militants?")
    other = reader.context.new_page()
    other.goto(reader.url)
    ask(reader, "silently")
    expect(last_turn(other).get_by_role("heading", level=2)).to_have_text("silently")
    other.get_by_role("button", name="New chat").click()
    expect(other.locator(".turn")).to_have_count(0)
    expect(last_turn(reader).locator(".foot")).to_be_visible()
