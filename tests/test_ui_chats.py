"""Chats are kept in the reader's browser: several, named, deleted, and still there after a reload."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.reader import answered, chats
from tests.scripted_page import ScriptedAssistant, Serve, ask, last_turn

pytestmark = pytest.mark.browser


def test_a_chat_survives_a_reload_and_goes_on_with_its_history(reader: Page, scripted: ScriptedAssistant):
    answered(reader, "militants?")
    reader.reload()
    expect(last_turn(reader).locator(".statement").first).to_contain_text("Troops moved in at dawn.")
    assert reader.title() == "militants? · Footnote"
    answered(reader, "and bombers?")
    assert scripted.histories[-1] == ("militants?",)
    reader.reload()
    expect(reader.locator(".turn")).to_have_count(2)


def test_several_chats_are_listed_newest_first_and_opened_again(reader: Page, scripted: ScriptedAssistant):
    answered(reader, "militants?")
    reader.get_by_role("button", name="New chat").click()
    answered(reader, "nothing about football")
    assert chats(reader) == ["nothing about football", "militants?"]
    reader.get_by_role("button", name="militants?", exact=True).click()
    expect(reader.get_by_role("region", name="Chats")).to_be_hidden()
    expect(last_turn(reader)).to_contain_text("Up to 7,500")
    answered(reader, "and bombers?")
    assert scripted.histories[-1] == ("militants?",)
    assert chats(reader) == ["militants?", "nothing about football"]


def test_a_chat_is_given_a_name_that_stays(reader: Page):
    answered(reader, "militants?")
    chats(reader)
    reader.get_by_role("button", name="Rename the chat “militants?”").click()
    box = reader.get_by_role("textbox", name="Name of the chat “militants?”")
    expect(box).to_be_focused()
    box.fill("Numbers")
    box.press("Enter")
    assert chats(reader) == ["Numbers"]
    expect(reader).to_have_title("Numbers · Footnote")
    reader.get_by_role("button", name="Rename the chat “Numbers”").click()
    box = reader.get_by_role("textbox", name="Name of the chat “Numbers”")
    box.fill("something else")
    box.press("Escape")
    assert chats(reader) == ["Numbers"]
    reader.reload()
    assert chats(reader) == ["Numbers"]


def test_a_chat_is_deleted_at_the_second_click(reader: Page):
    answered(reader, "militants?")
    reader.get_by_role("button", name="New chat").click()
    answered(reader, "nothing about football")
    chats(reader)
    reader.get_by_role("listitem").filter(has_text="nothing about").get_by_role("button", name="Delete").click()
    assert len(chats(reader)) == 2
    reader.get_by_role("button", name="Delete for good").click()
    assert chats(reader) == ["militants?"]
    expect(reader.locator(".turn")).to_have_count(0)
    reader.reload()
    assert chats(reader) == ["militants?"]


def test_a_chat_that_is_deleted_while_it_is_answered_stays_deleted(reader: Page, scripted: ScriptedAssistant):
    ask(reader, "slowly now")
    expect(last_turn(reader).locator(".draft")).to_be_visible()
    chats(reader)
    reader.get_by_role("button", name="Delete").click()
    reader.get_by_role("button", name="Delete for good").click()
    assert scripted.closed.wait(5)
    expect(reader.locator(".turn")).to_have_count(0)
    reader.reload()
    expect(reader.get_by_role("list", name="Example questions")).to_be_visible()
    assert chats(reader) == []


def test_the_last_question_is_edited_and_replaces_itself(reader: Page, scripted: ScriptedAssistant):
    answered(reader, "militants?")
    answered(reader, "nothing there?")
    reader.get_by_role("button", name="Edit question").click()
    box = reader.get_by_role("textbox", name="Your question")
    expect(box).to_have_value("nothing there?")
    expect(box).to_be_focused()
    box.fill("something there?")
    box.press("Enter")
    expect(last_turn(reader).get_by_role("heading", level=2)).to_have_text("something there?")
    expect(last_turn(reader)).to_contain_text("Up to 7,500")
    expect(reader.locator(".turn")).to_have_count(2)
    assert scripted.histories[-1] == ("militants?",)


def test_an_edit_is_given_up_with_escape_and_brings_back_what_was_half_typed(reader: Page):
    answered(reader, "militants?")
    box = reader.get_by_role("textbox", name="Your question")
    box.fill("how many bom")
    reader.get_by_role("button", name="Edit question").click()
    expect(reader.locator(".editing")).to_be_visible()
    expect(box).to_have_value("militants?")
    reader.keyboard.press("Escape")
    expect(reader.locator(".editing")).to_be_hidden()
    expect(box).to_have_value("how many bom")
    expect(reader.locator(".turn")).to_have_count(1)


def test_an_answer_that_a_reload_broke_off_keeps_what_was_verified(reader: Page, scripted: ScriptedAssistant):
    ask(reader, "slowly now")
    expect(last_turn(reader).locator(".draft")).to_be_visible()
    reader.reload()
    expect(last_turn(reader)).to_contain_text("Stopped.")
    expect(last_turn(reader).locator(".draft")).to_have_count(0)
    assert scripted.closed.wait(5)
    reader.get_by_role("button", name="Retry").click()
    expect(last_turn(reader).locator(".draft")).to_be_visible()
    reader.get_by_role("button", name="Stop").click()


def test_a_reload_before_anything_has_come_leaves_the_answer_that_was_to_be_replaced(reader: Page):
    answered(reader, "militants?")
    reader.get_by_role("button", name="Edit question").click()
    ask(reader, "silently")
    expect(last_turn(reader).locator(".progress")).to_be_visible()
    reader.reload()
    expect(reader.locator(".turn h2")).to_have_text(["militants?"])
    expect(last_turn(reader)).to_contain_text("Up to 7,500")


def test_another_chat_is_opened_while_one_is_answered_and_stops_it(reader: Page, scripted: ScriptedAssistant):
    answered(reader, "militants?")
    reader.get_by_role("button", name="New chat").click()
    ask(reader, "slowly now")
    expect(last_turn(reader).locator(".draft")).to_be_visible()
    chats(reader)
    reader.get_by_role("button", name="militants?", exact=True).click()
    expect(last_turn(reader)).to_contain_text("Up to 7,500")
    assert scripted.closed.wait(5)
    expect(reader.locator(".turn")).to_have_count(1)
    answered(reader, "and bombers?")


def test_an_edit_ends_where_another_chat_is_opened(reader: Page):
    answered(reader, "nothing about football")
    reader.get_by_role("button", name="New chat").click()
    answered(reader, "militants?")
    reader.get_by_role("button", name="Edit question").click()
    chats(reader)
    reader.get_by_role("button", name="nothing about football", exact=True).click()
    expect(reader.locator(".editing")).to_be_hidden()
    expect(reader.get_by_role("textbox", name="Your question")).to_have_value("")
    answered(reader, "and bombers?")
    expect(reader.locator(".turn h2")).to_have_text(["nothing about football", "and bombers?"])


def test_a_chat_that_is_open_in_two_tabs_has_what_was_asked_in_both(reader: Page, scripted: ScriptedAssistant):
    answered(reader, "militants?")
    other = reader.context.new_page()
    other.goto(reader.url)
    answered(other, "and bombers?")
    expect(reader.locator(".turn")).to_have_count(2)
    answered(reader, "and tanks?")
    assert scripted.histories[-1] == ("militants?", "and bombers?")
    for tab in (reader, other):
        expect(tab.locator(".turn h2")).to_have_text(["militants?", "and bombers?", "and tanks?"])
        tab.reload()
        expect(tab.locator(".turn .foot")).to_have_count(3)


def test_a_chat_that_is_deleted_in_one_tab_is_gone_in_the_other(reader: Page):
    answered(reader, "militants?")
    other = reader.context.new_page()
    other.goto(reader.url)
    chats(other)
    other.get_by_role("button", name="Delete").click()
    other.get_by_role("button", name="Delete for good").click()
    expect(reader.locator(".turn")).to_have_count(0)
    answered(reader, "and bombers?")
    assert chats(reader) == ["and bombers?"]


def test_a_chat_keeps_which_articles_it_asks_and_a_new_one_asks_all(reader: Page, scripted: ScriptedAssistant):
    reader.get_by_role("button", name="Articles asked: all").click()
    reader.get_by_label("From", exact=True).fill("2016-11-01")
    reader.get_by_role("checkbox", name="The Courier").check()
    reader.keyboard.press("Escape")
    answered(reader, "militants?")
    limited = reader.get_by_role("button", name="Articles asked: from 2016-11-01, The Courier")
    reader.reload()
    expect(limited).to_be_visible()
    answered(reader, "and bombers?")
    reader.get_by_role("button", name="New chat").click()
    expect(reader.get_by_role("button", name="Articles asked: all")).to_be_visible()
    answered(reader, "and tanks?")
    chats(reader)
    reader.get_by_role("button", name="militants?", exact=True).click()
    expect(limited).to_be_visible()
    only = {"since": "2016-11-01", "until": None, "outlets": ("The Courier",)}
    assert scripted.filters[-3:] == [only, only, {"since": None, "until": None, "outlets": ()}]


LIMITED = {"since": "", "until": "", "outlets": ["The Courier"]}
SAVED = {"id": "saved", "name": "Saved", "changed": 1, "only": LIMITED, "turns": [{"question": "militants?", "parts": []}]}


def test_a_chat_asks_its_outlets_also_before_the_page_knows_which_there_are(serve: Serve, page: Page):
    gate, scripted = threading.Event(), ScriptedAssistant()

    def slowly(progress: Callable[[str], None]) -> ScriptedAssistant:
        gate.wait(60)
        return scripted

    address = serve(slowly)
    page.goto(address)
    page.evaluate("(chat) => localStorage.setItem('footnote::saved', JSON.stringify(chat))", SAVED)
    page.goto(f"{address}/#chat=saved")
    page.reload()
    expect(page.get_by_role("button", name="Articles asked: The Courier")).to_be_visible()
    page.get_by_role("button", name="Articles asked: The Courier").click()
    page.get_by_label("From", exact=True).fill("2016-11-01")
    page.keyboard.press("Escape")
    ask(page, "and bombers?")
    expect(page.locator(".turn")).to_have_count(2)
    gate.set()
    expect(last_turn(page).locator(".foot")).to_be_visible()
    expect(page.get_by_role("button", name="Articles asked: from 2016-11-01, The Courier")).to_be_visible()
    assert scripted.filters == [{"since": "2016-11-01", "until": None, "outlets": ("The Courier",)}]
    assert page.evaluate("JSON.parse(localStorage.getItem('footnote::saved')).only") == LIMITED | {"since": "2016-11-01"}


def test_two_windows_of_one_reader_keep_their_chats_apart(reader: Page, scripted_address: str):
    other = reader.context.new_page()
    other.goto(scripted_address)
    answered(reader, "militants?")
    answered(other, "nothing about football")
    expect(reader.locator(".turn")).to_have_count(1)
    assert sorted(chats(reader)) == ["militants?", "nothing about football"]


def test_what_the_storage_has_of_no_use_is_passed_over(reader: Page, scripted_address: str):
    reader.evaluate("localStorage.setItem('footnote::broken', '{'); localStorage.setItem('footnote::odd', '{\"turns\": 3}')")
    reader.goto(f"{scripted_address}/#chat=broken")
    expect(reader.get_by_role("list", name="Example questions")).to_be_visible()
    assert chats(reader) == []


FILL = """() => {
  for (const size of [1 << 20, 1 << 10, 16])
    for (let n = 0, words = "x".repeat(size); ; n++) try { localStorage.setItem(`${size}:${n}`, words) } catch { break }
}"""


def test_a_full_storage_is_said_and_the_chat_goes_on(reader: Page):
    reader.evaluate(FILL)
    answered(reader, "militants?")
    told = reader.get_by_text("This browser's storage is full or forbidden")
    expect(told).to_be_visible()
    answered(reader, "and bombers?")
    reader.get_by_role("button", name="New chat").click()
    expect(told).to_be_hidden()


def test_a_chat_that_found_the_storage_full_is_kept_when_an_old_one_is_deleted(reader: Page):
    answered(reader, "nothing about football")
    reader.get_by_role("button", name="New chat").click()
    reader.evaluate(FILL)
    answered(reader, "militants?")
    told = reader.get_by_text("This browser's storage is full or forbidden")
    expect(told).to_be_visible()
    reader.evaluate("localStorage.removeItem('1048576:0')")  # what else there was is less than the chat needs
    chats(reader)
    reader.get_by_role("listitem").filter(has_text="nothing about").get_by_role("button", name="Delete").click()
    reader.get_by_role("button", name="Delete for good").click()
    expect(told).to_be_hidden()
    reader.reload()
    expect(reader.locator(".turn h2")).to_have_text(["militants?"])
    expect(last_turn(reader)).to_contain_text("Up to 7,500")


def test_a_browser_of_someone_else_has_none_of_it(reader: Page, browser: Browser, scripted_address: str):
    answered(reader, "militants, a matter of confidence")
    context = browser.new_context()
    other = context.new_page()
    other.goto(reader.url)
    expect(other.get_by_role("list", name="Example questions")).to_be_visible()
    other.get_by_role("button", name="Chats").click()
    expect(other.get_by_text("None yet.")).to_be_visible()
    assert "confidence" not in other.content()
    context.close()
