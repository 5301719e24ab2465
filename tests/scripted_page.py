"""The page over a scripted Assistant, in a real browser: for what a real one shows too rarely, or too fast, to be tested with."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from rag.errors import UnusableInput
from rag.plan import IndexReport
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
    Evidence,
    Listed,
    Passage,
    Progress,
    Side,
    Statement,
    Timings,
    Understood,
    Withheld,
)
from ui.__main__ import stay_private
from ui.opening import Opening

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


def looked_at(rank: int, c: Citation) -> Evidence:
    passage = Passage(f"{c.article_id}#{c.start}", c.article_id, c.start, c.end, c.quotation, ((c.start, c.end),))
    return Evidence(passage, 1 / rank, rank)


LOOKED_AT = (looked_at(1, MANY), looked_at(2, FEW))


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
        self.report = IndexReport()
        self.histories: list[tuple[str, ...]] = []
        self.writers: list[str | None] = []
        self.models: list[str | None] = []
        self.filters: list[dict[str, Any]] = []
        self.revision = "1"
        self.papers = ("The Courier", "The Independent")

    def stream(
        self, question: str, history: Sequence[str] = (), writer: str | None = None, model: str | None = None, **only: Any
    ) -> Iterator[Event]:
        self.histories.append(tuple(history))
        self.writers.append(writer)
        self.models.append(model)
        self.filters.append(only)
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

    def ask(self, question: str, history: Sequence[str] = (), writer: str | None = None, **only: Any) -> Answer:
        return answer_to(question)

    def retrieve(self, question: str, top_k: int = 10, **only: Any) -> tuple[Evidence, ...]:
        return LOOKED_AT[:top_k]

    def left_out(self, **only: Any) -> int:
        return 1 if only["since"] or only["until"] else 0

    def articles(self) -> tuple[Article, ...]:
        return ARTICLES

    def article(self, article_id: str) -> Article:
        for article in ARTICLES:
            if article.id == article_id:
                return article
        raise UnusableInput(f"No article {article_id}.")

    def listed(self) -> tuple[Listed, ...]:
        return tuple(Listed(a.id, a.title, a.outlet, a.published, a.path, len(a.text.split()), 0, True) for a in self.articles())

    def outlets(self) -> tuple[str, ...]:
        return self.papers

    def status(self, model: str | None = None, writer: str | None = None) -> ScriptedStatus:
        if writer:
            return ScriptedStatus(writer=writer, why="The caller wants it.")
        return ScriptedStatus(writer="ollama", model=model, why=f"Ollama has {model}.") if model else ScriptedStatus()

    def refresh(self, tick: Callable[[str, int, int], None] | None = None) -> IndexReport:
        return self.report

    def close(self) -> None:
        pass


def answer_to(question: str) -> Answer:
    if question.startswith("nothing"):
        nothing = Abstention("The articles do not say who won the match; 2 articles were searched.", ("001", "004"))
        return Answer(question, question, (), (), (), nothing, "extractive", None, Timings(4, 1, 1, 6), (), LOOKED_AT)
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
        LOOKED_AT,
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
def shared_page(session: BrowserContext, scripted_address: str) -> Page:
    page = session.new_page()
    page.goto(scripted_address)
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
def scripted() -> ScriptedAssistant:
    return ScriptedAssistant()


@pytest.fixture(scope="module")
def scripted_address(serve: Serve, scripted: ScriptedAssistant) -> str:
    return serve(lambda progress: scripted)


def ask(page: Page, question: str) -> None:
    box = page.get_by_role("textbox", name="Your question")
    box.fill(question)
    box.press("Enter")


def until(holds: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def last_turn(page: Page) -> Locator:
    return page.locator(".turn").last
