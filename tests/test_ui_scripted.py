"""The page over a scripted Assistant: what a real one shows too rarely, or too fast, to be tested with."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from rag.errors import UnusableInput
from rag.settings import read_settings
from rag.types import (
    Abstention,
    Answer,
    Article,
    Citation,
    Conflict,
    Done,
    Draft,
    Event,
    Progress,
    Side,
    Statement,
    Timings,
    Understood,
    Withheld,
)
from ui.__main__ import stay_private
from ui.opening import Opening

pytestmark = pytest.mark.browser
CHROMIUM = Path("/usr/bin/chromium")
QUIET = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update"

HOSTILE = "<img src=x onerror=alert(1)> ![x](http://192.0.2.1/x.png) ${document.title='taken'} {{value}} `"
ARTICLES = (
    Article(
        "001",
        "Iraqi forces enter Mosul",
        "Troops moved in at dawn.\n\n" + "They met little resistance in the outer streets. " * 40 + "\n\n"
        "It is believed that up to 7,500 militants are in the city 🏙️ and around it. " + HOSTILE,
        "001.md",
        "The Independent",
        "2016-11-03",
    ),
    Article("004", "Reports of a withdrawal", "The militants, who number a few thousand, sent in bombers.", "004.md"),
)


def quoted(article_id: str, quotation: str) -> Citation:
    article = next(a for a in ARTICLES if a.id == article_id)
    start = article.text.index(quotation)
    return Citation(article.id, article.title, article.outlet, article.published, quotation, start, start + len(quotation))


MANY = quoted("001", "up to 7,500 militants are in the city 🏙️ and around it")
FEW = quoted("004", "The militants, who number a few thousand")
DAWN = quoted("001", "Troops moved in at dawn.")


@dataclass(frozen=True)
class ScriptedStatus:
    articles: int = 2
    passages: int = 7
    writer: str = "extractive"
    model: str | None = None
    why: str = "Ollama does not answer at 127.0.0.1:11434; start it with: ollama serve"


class ScriptedAssistant:
    """Answers from a script that the question's first word chooses. `closed` is set when a stream was closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()
        self.histories: list[tuple[str, ...]] = []

    def stream(self, question: str, history: Sequence[str] = ()) -> Iterator[Event]:
        self.histories.append(tuple(history))
        if question.startswith("slowly"):
            yield from self._slowly()
        if question.startswith("silently"):
            time.sleep(3)
        if question.startswith("break"):
            raise RuntimeError("a defect")
        yield Done(answer_to(question))

    def _slowly(self) -> Iterator[Event]:
        self.closed.clear()
        try:
            yield Understood("how many militants")
            yield Progress("loading the model")
            time.sleep(0.3)
            yield Statement("Troops moved in at dawn.", (DAWN,))
            for length in range(1, 2000):
                yield Draft("It is thought that " + "very " * (length % 7) + "many")
                time.sleep(0.03)
        finally:
            self.closed.set()

    def ask(self, question: str, history: Sequence[str] = ()) -> Answer:
        return answer_to(question)

    def articles(self) -> tuple[Article, ...]:
        return ARTICLES

    def article(self, article_id: str) -> Article:
        for article in ARTICLES:
            if article.id == article_id:
                return article
        raise UnusableInput(f"No article {article_id}.")

    def status(self) -> ScriptedStatus:
        return ScriptedStatus()

    def close(self) -> None:
        pass


def answer_to(question: str) -> Answer:
    if question.startswith("nothing"):
        nothing = Abstention("The articles do not say who won the match; 2 articles were searched.", ("001", "004"))
        return Answer(question, question, (), (), (), nothing, "extractive", None, Timings(4, 1, 1, 6))
    militants = Statement("Up to 7,500 militants are in the city and around it.", (MANY, FEW))
    sides = (
        Side("up to 7,500", "001", MANY.quotation, MANY.start, MANY.end),
        Side("a few thousand", "004", FEW.quotation, FEW.start, FEW.end),
    )
    return Answer(
        question,
        "how many militants are in Mosul",
        (Statement("Troops moved in at dawn. " + (HOSTILE if "hostile" in question else ""), (DAWN,)), militants),
        (Withheld("They were led by a colonel.", "no article names a colonel"),),
        (Conflict("how many militants are in Mosul", sides),),
        None,
        "ollama",
        "qwen3:4b-instruct",
        Timings(10, 2000, 30, 2040),
        ("Ollama stopped in the middle of a sentence; the rest was written by the extractive writer.",),
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        missing = f"no Chromium at {CHROMIUM}; apt-get install chromium"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    with sync_playwright() as playwright:
        arguments = [*QUIET.split(), "--disable-sync"]
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield running
        running.close()


@pytest.fixture(scope="module")
def session(browser: Browser) -> Iterator[BrowserContext]:
    """Whatever the tests do in it, nothing is asked of another machine."""
    context = browser.new_context(color_scheme="light", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    yield context
    context.close()
    assert [url for url in requested if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))] == []


@pytest.fixture
def page(session: BrowserContext) -> Iterator[Page]:
    fresh = session.new_page()
    yield fresh
    fresh.close()


@pytest.fixture(scope="module")
def shared_page(session: BrowserContext, address: str) -> Page:
    page = session.new_page()
    page.goto(address)
    return page


@pytest.fixture
def chat(shared_page: Page) -> Page:
    """An empty chat in a page that is already there."""
    shared_page.get_by_role("button", name="New chat").click()
    expect(shared_page.locator(".turn")).to_have_count(0)
    return shared_page


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Serve = Callable[[Callable[[Callable[[str], None]], ScriptedAssistant]], str]


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Serve the page over what the given function opens; returns its address."""
    stay_private(read_settings())
    from ui import app

    served = []

    def start(open_assistant: Callable[[Callable[[str], None]], ScriptedAssistant]) -> str:
        opening, port = Opening(open_assistant), free_port()
        served.append(app.build(opening))
        app.launch(served[-1], "127.0.0.1", port)
        opening.start()
        return f"http://127.0.0.1:{port}"

    yield start
    for blocks in served:
        blocks.close(verbose=False)


@pytest.fixture(scope="module")
def assistant() -> ScriptedAssistant:
    return ScriptedAssistant()


@pytest.fixture(scope="module")
def address(serve: Serve, assistant: ScriptedAssistant) -> str:
    return serve(lambda progress: assistant)


def ask(page: Page, question: str) -> None:
    box = page.get_by_role("textbox", name="Your question")
    box.fill(question)
    box.press("Enter")


def until(holds: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def last_turn(page: Page):
    return page.locator(".turn").last


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


def test_verified_sentences_stand_apart_from_the_draft_and_stop_closes_the_stream(chat: Page, assistant: ScriptedAssistant):
    ask(chat, "slowly now")
    expect(last_turn(chat).locator(".draft")).to_contain_text("It is thought")
    expect(last_turn(chat).locator(".statement")).to_have_text("Troops moved in at dawn. 1The Independent")
    chat.get_by_role("button", name="Stop").click()
    expect(last_turn(chat)).to_contain_text("Stopped. What is shown above was verified.")
    expect(last_turn(chat).locator(".draft")).to_have_count(0)
    assert assistant.closed.wait(1)
    expect(chat.get_by_role("button", name="Send")).to_be_visible()


def test_stop_is_felt_at_once_while_the_writer_is_silent(chat: Page):
    ask(chat, "silently")
    chat.get_by_role("button", name="Stop").click()
    expect(last_turn(chat)).to_contain_text("Stopped.", timeout=1_000)


def test_a_closed_tab_stops_the_writer(address: str, page: Page, assistant: ScriptedAssistant):
    page.goto(address)
    ask(page, "slowly now")
    expect(last_turn(page).locator(".draft")).to_be_visible()
    page.close()
    assert assistant.closed.wait(5)


def test_retry_asks_the_last_question_again_with_the_history_it_had(chat: Page, assistant: ScriptedAssistant):
    ask(chat, "militants?")
    expect(chat.locator(".foot")).to_have_count(1)
    ask(chat, "nothing there?")
    expect(chat.locator(".foot")).to_have_count(2)
    assistant.histories.clear()
    chat.get_by_role("button", name="Retry").click()
    until(lambda: assistant.histories == [("militants?",)])
    expect(chat.locator(".foot")).to_have_count(2)


def test_a_new_chat_forgets_the_old_one(chat: Page, assistant: ScriptedAssistant):
    ask(chat, "militants?")
    expect(chat.locator(".turn")).to_have_count(1)
    chat.get_by_role("button", name="New chat").click()
    expect(chat.locator(".turn")).to_have_count(0)
    ask(chat, "again")
    expect(last_turn(chat)).to_contain_text("Up to 7,500")
    assert assistant.histories[-1] == ()


def test_a_session_does_not_see_the_chat_of_another(chat: Page, page: Page, address: str):
    ask(chat, "militants, a matter of confidence")
    expect(last_turn(chat)).to_contain_text("Up to 7,500")
    page.goto(address)
    expect(page.get_by_role("list", name="Example questions")).to_be_visible()
    assert "confidence" not in page.content()


def test_a_conflict_shows_each_side_with_value_article_date_and_citation(chat: Page):
    ask(chat, "militants?")
    card = chat.get_by_role("region", name="The articles disagree")
    expect(card.locator(".side")).to_have_text(
        [
            "up to 7,500" + MANY.quotation + "2The Independent" + "3 Nov 2016",
            "a few thousand" + FEW.quotation + "3article 004" + "no date",
        ]
    )
    card.get_by_role("button", name="Citation 3: article 004").click()
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
    expect(last_turn(chat).locator(".foot")).to_have_text("ollama writer · qwen3:4b-instruct · 2.0 s")


def test_enter_sends_and_shift_enter_breaks_the_line(chat: Page):
    box = chat.get_by_role("textbox", name="Your question")
    box.press_sequentially("two")
    box.press("Shift+Enter")
    box.press_sequentially("lines")
    expect(chat.locator(".turn")).to_have_count(0)
    box.press("Enter")
    expect(last_turn(chat).get_by_role("heading", level=2)).to_have_text("two\nlines", use_inner_text=True)
    expect(box).to_have_value("")


def test_an_abstention_offers_the_nearest_articles(chat: Page):
    ask(chat, "nothing about football")
    card = chat.get_by_role("region", name="No answer in the articles")
    expect(card).to_contain_text("The articles do not say who won the match")
    expect(last_turn(chat).locator(".statement")).to_have_count(0)
    card.get_by_role("button", name="Reports of a withdrawal").click()
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
    last_turn(chat).get_by_role("button", name="Citation 2").first.click()
    expect(chat.locator("mark")).to_have_text(MANY.quotation)  # an emoji before its end: offsets count characters
    expect(chat.get_by_role("complementary", name="Article")).to_contain_text(HOSTILE)
    assert chat.locator("#transcript img, #article img").count() == 0
    assert chat.title() == "Footnote"
