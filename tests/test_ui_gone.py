"""The program ends behind an open page: a real process that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import ROOT
from tests.reader import answered
from tests.scripted_page import ask, free_port, last_turn

pytestmark = pytest.mark.browser
GONE = "Footnote does not answer; is it still running?"
SERVED = """
import sys, threading
from rag.settings import read_settings
from tests.scripted_page import ScriptedAssistant
from ui.__main__ import stay_private
stay_private(read_settings())
from ui import app
from ui.opening import Opening

def open_assistant(progress):
    if "never ready" in sys.argv:
        progress("indexing")
        threading.Event().wait()
    return ScriptedAssistant()

opening = Opening(open_assistant)
app.launch(app.build(opening), "127.0.0.1", int(sys.argv[1]))
opening.start()
print("served", flush=True)
threading.Event().wait()
"""


class Program:
    """The page over a scripted Assistant in a process of its own, which can be ended and started again."""

    def __init__(self) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self, *how: str) -> None:
        command = [sys.executable, "-c", SERVED, str(self.port), *how]
        self._process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, start_new_session=True)
        assert self._process.stdout is not None and self._process.stdout.readline() == "served\n"

    def end(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@pytest.fixture
def program() -> Iterator[Program]:
    program = Program()
    yield program
    program.end()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Someone whose browser keeps no chat yet."""
    context = browser.new_context()
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def opened(page: Page, program: Program) -> None:
    program.start()
    page.goto(program.address)
    expect(page.get_by_role("list", name="Example questions")).to_be_visible(timeout=30_000)


def noticed(page: Page) -> None:
    expect(page.locator("#status .line")).to_have_text(GONE, timeout=15_000)


def ended_while_getting_ready(page: Page, program: Program) -> None:
    program.start("never ready")
    page.goto(program.address)
    expect(page.locator("#status .line")).to_have_text("Getting ready: indexing", timeout=30_000)
    program.end()
    noticed(page)


def test_a_program_that_ends_while_it_gets_ready_is_said(page: Page, program: Program):
    ended_while_getting_ready(page, program)


def test_a_page_goes_on_where_its_program_is_started_again(page: Page, program: Program):
    ended_while_getting_ready(page, program)
    program.start()
    expect(page.locator("#status .line")).to_have_text("2 articles · 7 passages · extractive writer")
    answered(page, "militants?")


def test_an_answer_that_its_program_broke_off_ends_with_what_was_verified(page: Page, program: Program):
    opened(page, program)
    ask(page, "slowly now")
    expect(last_turn(page).locator(".draft")).to_be_visible()
    program.end()
    expect(last_turn(page).get_by_role("alert")).to_have_text(f"{GONE} What is shown above was verified.")
    expect(last_turn(page).locator(".statement")).to_have_text("Troops moved in at dawn. 1The Independent")
    expect(last_turn(page).locator(".draft")).to_have_count(0)
    expect(page.get_by_role("button", name="Send")).to_be_visible()


def test_where_no_program_answers_nothing_is_asked_and_nothing_is_lost(page: Page, program: Program):
    opened(page, program)
    answered(page, "militants?")
    program.end()
    noticed(page)
    refused = page.get_by_role("alert").filter(has_text=f"Not asked. {GONE}")
    expect(refused).to_be_hidden()
    page.get_by_role("button", name="Retry").click()
    expect(refused).to_be_visible()
    box = page.get_by_role("textbox", name="Your question")
    ask(page, "and bombers?")
    expect(box).to_have_value("and bombers?")
    page.get_by_role("button", name="Edit question").click()
    ask(page, "how many militants?")
    expect(box).to_have_value("how many militants?")
    expect(page.locator(".editing")).to_be_visible()
    page.keyboard.press("Escape")
    expect(box).to_have_value("and bombers?")
    expect(page.locator(".turn h2")).to_have_text(["militants?"])
    expect(last_turn(page)).to_contain_text("Up to 7,500")


def test_an_answer_stays_where_nothing_comes_that_would_replace_it(page: Page, program: Program):
    opened(page, program)
    answered(page, "militants?")
    page.get_by_role("button", name="Edit question").click()
    program.end()
    ask(page, "how many militants?")
    noticed(page)
    expect(page.get_by_role("textbox", name="Your question")).to_have_value("how many militants?")
    expect(page.get_by_role("alert").filter(has_text=f"Not asked. {GONE}")).to_be_visible()
    expect(page.locator(".turn h2")).to_have_text(["militants?"])
    expect(last_turn(page)).to_contain_text("Up to 7,500")
    page.goto("about:blank")  # where it stayed, Gradio would load it again by itself, and could do so at the same moment
    program.start()
    page.go_back()
    expect(last_turn(page)).to_contain_text("Up to 7,500")
