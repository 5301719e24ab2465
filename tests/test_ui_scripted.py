"""The chat and its answers as a reader meets them, over a scripted Assistant."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from rag.errors import UnusableInput
from tests.scripted_page import FEW, HOSTILE, MANY, ScriptedAssistant, Serve, ask, last_turn, until

pytestmark = pytest.mark.browser


def test_a_question_asked_while_getting_ready_waits_and_is_answered(serve: Serve, page: Page):
    gate = threading.Event()

    def slowly(progress: Callable[[str], None]) -> ScriptedAssistant:
        progress("loading the embedding model")
        gate.wait(10)
        return ScriptedAssistant()

    page.goto(serve(slowly))
    expect(page.locator("#status .line")).to_have_text("Getting ready: loading the embedding model")
    ask(page, "militants?")
    expect(last_turn(page)).to_contain_text("loading the embedding model")
    gate.set()
    expect(last_turn(page)).to_contain_text("Up to 7,500 militants are in the city and around it.")
    expect(page.locator("#status .line")).to_have_text("2 articles · 7 passages · extractive writer")


def test_a_failure_to_get_ready_is_one_clear_line(serve: Serve, page: Page):
    def fail(progress: Callable[[str], None]) -> ScriptedAssistant:
        raise UnusableInput("No article in /news; put .txt or .md files there.")

    page.goto(serve(fail))
    expect(page.locator("#status")).to_contain_text("No article in /news; put .txt or .md files there.")
    ask(page, "militants?")
    expect(page.get_by_role("alert")).to_have_text("No article in /news; put .txt or .md files there.")


def test_the_status_line_says_who_writes_and_how_to_get_the_other_writer(chat: Page):
    expect(chat.locator("#status .line")).to_have_text("2 articles · 7 passages · extractive writer")
    expect(chat.locator("#status")).to_contain_text("start it with: ollama serve")


def test_an_example_is_asked_with_one_click(chat: Page):
    chat.get_by_role("button", name="What does “Iraqi forces enter Mosul” say?").click()
    expect(last_turn(chat).get_by_role("heading", level=2)).to_have_text("What does “Iraqi forces enter Mosul” say?")
    expect(last_turn(chat)).to_contain_text("Troops moved in at dawn.")
    expect(chat.get_by_role("list", name="Example questions")).to_be_hidden()


def test_verified_sentences_stand_apart_from_the_draft_and_stop_closes_the_stream(chat: Page, scripted: ScriptedAssistant):
    ask(chat, "slowly now")
    expect(last_turn(chat).locator(".draft")).to_contain_text("It is thought")
    expect(last_turn(chat).locator(".statement")).to_have_text("Troops moved in at dawn. 1The Independent")
    chat.get_by_role("button", name="Stop").click()
    expect(last_turn(chat)).to_contain_text("Stopped. What is shown above was verified.")
    expect(last_turn(chat).locator(".draft")).to_have_count(0)
    assert scripted.closed.wait(1)
    expect(chat.get_by_role("button", name="Send")).to_be_visible()


def test_stop_is_felt_at_once_while_the_writer_is_silent(chat: Page):
    ask(chat, "silently")
    chat.get_by_role("button", name="Stop").click()
    expect(last_turn(chat)).to_contain_text("Stopped.", timeout=1_000)


def test_a_closed_tab_stops_the_writer(scripted_address: str, page: Page, scripted: ScriptedAssistant):
    page.goto(scripted_address)
    ask(page, "slowly now")
    expect(last_turn(page).locator(".draft")).to_be_visible()
    page.close()
    assert scripted.closed.wait(5)


def test_retry_asks_the_last_question_again_with_the_history_it_had(chat: Page, scripted: ScriptedAssistant):
    ask(chat, "militants?")
    expect(chat.locator(".foot")).to_have_count(1)
    ask(chat, "nothing there?")
    expect(chat.locator(".foot")).to_have_count(2)
    scripted.histories.clear()
    chat.get_by_role("button", name="Retry").click()
    until(lambda: scripted.histories == [("militants?",)])
    expect(chat.locator(".foot")).to_have_count(2)


def test_an_edit_that_is_stopped_before_it_is_answered_brings_the_answer_back_and_keeps_the_words(chat: Page):
    ask(chat, "militants?")
    expect(chat.locator(".foot")).to_have_count(1)
    chat.get_by_role("button", name="Edit question").click()
    ask(chat, "silently, how many?")
    expect(chat.locator(".turn h2")).to_have_text(["silently, how many?"])
    chat.get_by_role("button", name="Stop").click()
    expect(chat.locator(".turn h2")).to_have_text(["militants?"])
    expect(last_turn(chat)).to_contain_text("Up to 7,500")
    expect(chat.get_by_role("textbox", name="Your question")).to_have_value("silently, how many?")
    expect(chat.locator(".editing")).to_be_visible()


def test_a_new_chat_forgets_the_old_one(chat: Page, scripted: ScriptedAssistant):
    ask(chat, "militants?")
    expect(chat.locator(".turn")).to_have_count(1)
    chat.get_by_role("button", name="New chat").click()
    expect(chat.locator(".turn")).to_have_count(0)
    ask(chat, "again")
    expect(last_turn(chat)).to_contain_text("Up to 7,500")
    assert scripted.histories[-1] == ()


def test_a_conflict_shows_each_side_with_value_article_date_and_citation(chat: Page):
    ask(chat, "militants?")
    card = chat.get_by_role("region", name="The articles disagree")
    expect(card.locator(".side")).to_have_text(
        [
            "up to 7,500" + MANY.quotation + "2The Independent" + "3 Nov 2016",
            "a few thousand" + FEW.quotation + "3article 004" + "no date",
        ]
    )
    card.get_by_role("link", name="Citation 3: article 004").click()
    expect(chat.locator("mark")).to_have_text(FEW.quotation)


def test_withheld_sentences_unfold_with_their_reason(chat: Page):
    ask(chat, "militants?")
    reason = chat.get_by_text("no article names a colonel")
    expect(reason).to_be_hidden()
    chat.get_by_text("1 sentence withheld").click()
    expect(reason).to_be_visible()


def test_trouble_with_the_writer_and_the_query_as_understood_are_said(chat: Page):
    ask(chat, "how many?")
    expect(last_turn(chat)).to_contain_text("understood as: how many militants are in Mosul")
    expect(last_turn(chat)).to_contain_text("Ollama stopped in the middle of a sentence")
    expect(last_turn(chat).locator(".foot summary")).to_have_text("ollama writer · qwen3:4b-instruct · 2.0 s · 2 passages looked at")


def test_enter_sends_and_shift_enter_breaks_the_line(chat: Page):
    box = chat.get_by_role("textbox", name="Your question")
    box.press_sequentially("two")
    box.press("Shift+Enter")
    box.press_sequentially("lines")
    expect(chat.locator(".turn")).to_have_count(0)
    box.press("Enter")
    expect(last_turn(chat).get_by_role("heading", level=2)).to_have_text("two\nlines", use_inner_text=True)
    expect(box).to_have_value("")


def test_a_question_that_is_too_long_is_said_before_it_is_sent_and_stays_in_its_box(chat: Page):
    box = chat.get_by_role("textbox", name="Your question")
    box.fill("x" * 2700)
    told = chat.get_by_role("alert").get_by_text("2,700 characters; at most 2,000 are read. Ask in fewer words.")
    expect(told).to_be_visible()
    box.press("Enter")
    expect(box).to_have_value("x" * 2700)
    expect(chat.locator(".turn")).to_have_count(0)
    box.fill("militants?")
    expect(told).to_be_hidden()


def test_the_keyboard_is_never_left_nowhere(chat: Page):
    box = chat.get_by_role("textbox", name="Your question")
    chat.get_by_role("list", name="Example questions").get_by_role("button").first.press("Enter")
    expect(last_turn(chat).locator(".foot")).to_be_visible()
    expect(box).to_be_focused()
    chat.get_by_role("button", name="Retry").press("Enter")
    expect(box).to_be_focused()
    expect(last_turn(chat).locator(".foot")).to_be_visible()
    chat.get_by_role("button", name="Chats").click()
    chat.get_by_role("button", name="Rename").first.press("Enter")
    chat.keyboard.press("Enter")
    expect(chat.locator(".chat .name").first).to_be_focused()


def test_an_abstention_offers_the_nearest_articles(chat: Page):
    ask(chat, "nothing about football")
    card = chat.get_by_role("region", name="No answer in the articles")
    expect(card).to_contain_text("The articles do not say who won the match")
    expect(last_turn(chat).locator(".statement")).to_have_count(0)
    card.get_by_role("link", name="Reports of a withdrawal").click()
    expect(chat.get_by_role("complementary", name="Article")).to_contain_text("who number a few thousand")


def test_a_defect_is_one_clear_line_and_the_next_question_is_answered(chat: Page):
    ask(chat, "break it")
    expect(chat.get_by_role("alert")).to_contain_text("Something broke while answering")
    ask(chat, "militants?")
    expect(last_turn(chat)).to_contain_text("Up to 7,500")


def test_words_of_articles_models_and_users_are_never_markup(chat: Page):
    ask(chat, "hostile " + HOSTILE)
    expect(last_turn(chat).get_by_role("heading", level=2)).to_have_text("hostile " + HOSTILE)
    expect(last_turn(chat).locator(".statement").first).to_contain_text(HOSTILE)
    last_turn(chat).get_by_role("link", name="Citation 2").first.click()
    expect(chat.locator("mark")).to_have_text(MANY.quotation)  # an emoji before its end: offsets count characters
    expect(chat.get_by_role("complementary", name="Article")).to_contain_text(HOSTILE)
    assert chat.locator("#transcript img, #article img").count() == 0
    assert chat.title() == f"Iraqi forces enter Mosul · {('hostile ' + HOSTILE)[:80]} · Footnote"


def test_a_reader_asks_only_articles_of_some_dates_and_outlets(scripted_address: str, page: Page, scripted: ScriptedAssistant):
    page.goto(scripted_address)
    expect(page.get_by_role("list", name="Example questions")).to_be_visible()
    page.get_by_role("button", name="Articles asked: all").click()
    page.get_by_label("From", exact=True).fill("2016-11-01")
    outlets = page.get_by_role("group", name="Outlets")
    expect(outlets.get_by_role("checkbox")).to_have_count(2)
    page.get_by_label("To", exact=True).focus()
    for _ in range(4):  # over the parts of the date and the button that shows a calendar
        page.keyboard.press("Tab")
    expect(outlets.get_by_role("checkbox", name="The Courier")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    told = "Only articles from 2016-11-01, The Courier or The Independent. Without a known date, and left out: 1"
    expect(page.get_by_text(told)).to_be_visible()
    accessible = Axe().run(page, options={"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa"]}})
    assert accessible.violations_count == 0, accessible.generate_report()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Articles asked: from 2016-11-01, The Courier or The Independent")).to_be_visible()
    ask(page, "militants?")
    told = "Asked: the articles that are dated since 2016-11-01 and of The Courier or The Independent. 1 article left out: its date is"
    expect(last_turn(page).get_by_text(told)).to_be_visible()
    page.get_by_role("button", name="Articles asked: from").click()
    page.get_by_role("button", name="Ask all").click()
    page.keyboard.press("Escape")
    ask(page, "and bombers?")
    expect(page.locator(".foot")).to_have_count(2)
    expect(last_turn(page)).not_to_contain_text("Asked:")
    assert scripted.filters[-2:] == [
        {"since": "2016-11-01", "until": None, "outlets": ("The Courier", "The Independent")},
        {"since": None, "until": None, "outlets": ()},
    ]
