"""The web chat as a user meets it: a real server process over `seeds/`, a real browser."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rag.settings import Settings
from tests.conftest import SEEDS, child_environment, own_settings
from tests.scripted_page import ask, free_port, last_turn

pytestmark = pytest.mark.browser
MILITANTS = "How many militants are believed to be in Mosul?"
BAGHDADI = "What did Baghdadi tell his followers?"
UNANSWERABLE = "Who won the football world cup in 1998?"
MARKED = "(words) => [...document.querySelectorAll('mark')].map((m) => m.textContent).join('') === words"
INSIDE = """(mark) => {
  const [m, t] = [mark, mark.closest(".text")].map((e) => e.getBoundingClientRect());
  return m.top >= t.top && m.bottom <= Math.min(t.bottom, innerHeight);
}"""


def start(*arguments: str, settings: Settings) -> subprocess.Popen[str]:
    """In a folder without `.env`."""
    return subprocess.Popen(
        [sys.executable, "-m", "ui", *arguments],
        cwd=settings.data_dir,
        env=child_environment(settings),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_until_it_listens(process: subprocess.Popen[str], address: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        try:
            urllib.request.urlopen(address, timeout=5).read()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"{address} did not answer within {seconds} s")


@pytest.fixture(scope="module")
def address(session_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = own_settings(session_data_dir, tmp_path_factory.mktemp("ui") / "data")
    port = free_port()
    process = start("--corpus", str(SEEDS), "--port", str(port), settings=settings)
    address = f"http://127.0.0.1:{port}"
    wait_until_it_listens(process, address)
    yield address
    process.send_signal(signal.SIGINT)
    printed, logged = process.communicate(timeout=20)
    assert process.returncode == 0
    assert printed == f"Footnote is at {address} (Ctrl-C ends it)\n"
    assert "Traceback" not in logged


@dataclass
class Visit:
    page: Page
    requested: list[str]


def visit(browser: Browser, address: str, width: int = 1280) -> Visit:
    context = browser.new_context(viewport={"width": width, "height": 800})
    context.set_default_timeout(20_000)
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#status .line")).to_contain_text("5 articles", timeout=120_000)
    return Visit(page, requested)


@pytest.fixture(scope="module")
def desk(browser: Browser, address: str) -> Iterator[Visit]:
    visited = visit(browser, address)
    yield visited
    visited.page.context.close()


@pytest.fixture
def page(desk: Visit) -> Page:
    """An empty chat in a page that is already there."""
    desk.page.get_by_role("button", name="New chat").click()
    expect(desk.page.locator(".turn")).to_have_count(0)
    return desk.page


def answered(page: Page, question: str) -> Locator:
    turn = page.locator(".turn").nth(page.locator(".turn").count())
    ask(page, question)
    expect(turn.locator(".foot")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    return turn


def opens(page: Page, chip: Locator) -> None:
    """A click on a citation shows exactly its quotation, highlighted, in view, with the focus on it."""
    chip.hover()
    quotation = page.get_by_role("tooltip").locator("blockquote").inner_text()
    chip.click()
    mark = page.locator("mark").first
    expect(mark).to_be_visible()
    page.wait_for_function(MARKED, arg=quotation)
    page.wait_for_function(INSIDE, arg=mark.element_handle())
    expect(mark).to_be_focused()


def test_each_citation_opens_its_article_at_the_highlighted_quotation_again_and_again(page: Page):
    turn = answered(page, MILITANTS)
    expect(turn.locator(".statement").first).to_be_visible()
    opens(page, turn.locator(".chip").first)
    opens(page, answered(page, BAGHDADI).locator(".chip").first)
    opens(page, turn.locator(".chip").first)
    page.keyboard.press("Escape")


def test_an_example_question_is_answered(page: Page):
    page.get_by_role("list", name="Example questions").get_by_role("button").first.click()
    expect(last_turn(page).locator(".statement").first).to_be_visible()


def test_a_question_without_an_answer_looks_like_an_abstention_and_offers_articles(page: Page):
    turn = answered(page, UNANSWERABLE)
    card = turn.get_by_role("region", name="No answer in the articles")
    expect(card).to_be_visible()
    expect(turn.locator(".statement")).to_have_count(0)
    expect(card).to_contain_text("Searched for “Who won the football world cup in 1998?”; the nearest 18 passages, in 5 articles, do not")
    card.get_by_role("link").first.click()
    expect(page.get_by_role("complementary", name="Article")).to_be_visible()
    page.keyboard.press("Escape")


def test_an_abstention_offers_a_question_that_the_articles_answer(page: Page):
    turn = answered(page, "Why did Turkey send tanks to Qadissiya?")
    expect(turn.get_by_role("button", name="What is said about Qadissiya?")).to_be_visible()
    turn.get_by_role("button", name="Right").click()
    expect(turn.get_by_role("button", name="Right")).to_have_attribute("aria-pressed", "true")
    turn.get_by_role("button", name="What is said about Qadissiya?").click()
    expect(last_turn(page).locator(".statement .chip").first).to_be_visible()
    expect(last_turn(page).locator(".statement").first).to_contain_text("Qadissiya")


def test_a_greeting_is_answered_as_a_person_would_and_not_as_a_failed_search(page: Page):
    ask(page, "Hello!")
    expect(last_turn(page).locator(".reply")).to_be_visible()
    expect(last_turn(page).locator(".abstention")).to_have_count(0)


def test_markup_in_a_question_stays_text(page: Page):
    attack = "<img src=x onerror=\"document.title='taken'\"> ![x](http://192.0.2.1/x.png) how many militants?"
    turn = answered(page, attack)
    expect(turn.get_by_role("heading", level=2)).to_have_text(attack)
    assert page.locator("#transcript img").count() == 0
    assert page.title() == f"{attack[:80]} · Footnote"


def test_a_citation_is_reached_opened_and_left_with_the_keyboard(page: Page):
    turn = answered(page, MILITANTS)
    page.get_by_role("textbox", name="Your question").focus()
    focused = turn.locator(".chip:focus")
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if focused.count():
            break
    expect(focused).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary", name="Article")).to_be_hidden()
    expect(focused).to_have_count(1)


def test_a_follow_up_is_understood_from_the_history(page: Page):
    answered(page, "When was eastern Mosul recaptured?")
    turn = answered(page, "And how long did it take?")
    expect(turn.locator(".understood")).to_contain_text("Mosul")


def test_a_phone_has_no_sideways_scroll_and_the_article_covers_the_chat(browser: Browser, address: str):
    phone = visit(browser, address, width=360).page
    turn = answered(phone, MILITANTS)
    fits = "document.documentElement.scrollWidth <= innerWidth"
    assert phone.evaluate(fits)
    turn.locator(".chip").first.click()
    panel = phone.get_by_role("complementary", name="Article")
    expect(panel).to_be_visible()
    box = panel.bounding_box()
    assert box and (box["x"], box["width"]) == (0, 360)
    assert phone.evaluate(fits)
    phone.get_by_role("button", name="Close the article").click()
    expect(panel).to_be_hidden()
    phone.context.close()


def test_nothing_was_requested_from_another_machine(desk: Visit):
    local = ("http://127.0.0.1:", "data:", "blob:")
    assert len(desk.requested) > 10
    assert [url for url in desk.requested if not url.startswith(local)] == []


def test_no_file_of_this_machine_is_served(address: str):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"{address}/gradio_api/file={SEEDS.parent / 'pyproject.toml'}", timeout=5)
    assert refusal.value.code == 403


def refused(*arguments: str, settings: Settings) -> str:
    """The one line on stderr of a start that fails with exit code 2."""
    process = start(*arguments, settings=settings)
    printed, said = process.communicate(timeout=60)
    assert (process.returncode, printed, said.count("\n")) == (2, "", 1)
    return said


def test_a_port_in_use_is_one_line_with_the_fix(settings: Settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused("--corpus", str(SEEDS), "--port", str(port), settings=settings)
    assert f"Cannot listen on 127.0.0.1:{port}" in said
    assert "--port" in said and "UI_PORT=" in said


def test_a_corpus_that_is_missing_or_empty_is_one_line(settings: Settings, tmp_path: Path):
    port = str(free_port())  # the usual one may be taken by a chat that is open
    assert "/nowhere" in refused("--corpus", "/nowhere", "--port", port, settings=settings)
    (empty := tmp_path / "empty").mkdir()
    assert str(empty) in refused("--corpus", str(empty), "--port", port, settings=settings)
