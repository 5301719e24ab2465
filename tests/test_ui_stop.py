"""Stop, from the button in the browser to the connection of the model server."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from playwright.sync_api import Page, expect

from rag import Assistant
from rag.types import Answer
from tests.conftest import SEEDS, own_settings
from tests.ollama_server import Script, ScriptedServer, scripted_ollama
from tests.scripted_page import ScriptedAssistant, Serve, answer_to, ask, free_port, last_turn, until
from ui.chat import REMEMBERED_STOPS, Turns
from ui.opening import Opening

WORDS = ("The ", "militants ", "in ", "the ", "city ")


@pytest.fixture(scope="module")
def endless() -> Iterator[ScriptedServer]:
    """A model that reads for two seconds, and then never ends its sentence."""
    with scripted_ollama(Script(words=WORDS, end="for ever", prefill_s=2)) as server:
        yield server


@pytest.fixture(scope="module")
def modelled(endless: ScriptedServer, session_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from ui import app

    more = {"writer": "ollama", "ollama_host": endless.host, "ollama_model": "tiny:1b"}
    settings = own_settings(session_data_dir, tmp_path_factory.mktemp("stop") / "data", **more)
    opening, port = Opening(lambda progress: Assistant.open(SEEDS, settings)), free_port()
    blocks = app.build(opening, "", settings)
    app.launch(blocks, "127.0.0.1", port)
    opening.start()
    yield f"http://127.0.0.1:{port}"
    blocks.close(verbose=False)
    opening.close()


@pytest.mark.browser
@pytest.mark.parametrize("how", ["button", "escape", "another chat", "reload"])
def test_whatever_stops_an_answer_hangs_up_on_the_model(page: Page, modelled: str, endless: ScriptedServer, how: str):
    endless.hung_up.clear()
    page.goto(modelled)
    ask(page, "How many militants are believed to be in Mosul?")
    expect(last_turn(page).locator(".progress")).to_contain_text("the model is reading", timeout=20_000)
    match how:
        case "button":
            page.get_by_role("button", name="Stop").click()
        case "escape":
            page.keyboard.press("Escape")
        case "another chat":
            page.get_by_role("button", name="New chat").click()
        case "reload":
            page.reload()
    assert endless.hung_up.wait(10)


class Busy(ScriptedAssistant):
    """Answers nobody who asks the endpoint until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.free = threading.Event()

    def ask(self, question: str, history: Sequence[str] = (), writer: str | None = None, **only: Any) -> Answer:
        self.asked.append(question)
        assert self.free.wait(30)
        return answer_to(question)


@pytest.mark.browser
def test_what_is_stopped_while_others_are_answered_first_is_never_asked(serve: Serve, page: Page):
    from ui.app import AT_ONCE

    busy = Busy()
    address = serve(lambda progress: busy)
    client = Client(address, download_files=False, verbose=False, analytics_enabled=False)
    others = [client.submit("militants?", api_name="/ask") for _ in range(AT_ONCE)]
    until(lambda: len(busy.asked) == AT_ONCE)
    page.goto(address)
    ask(page, "militants?")
    page.get_by_role("button", name="Stop").click()
    expect(last_turn(page).locator(".answer")).to_have_text("Stopped.")
    busy.free.set()
    ask(page, "and bombers?")
    expect(last_turn(page).locator(".foot")).to_be_visible()
    expect(page.locator(".answer").first).to_have_text("Stopped.")
    assert busy.histories == [("militants?",)]
    assert [other.result()["question"] for other in others] == ["militants?"] * AT_ONCE


def test_a_stop_is_remembered_for_a_question_that_has_not_begun_and_ends_no_other():
    turns = Turns()
    turns.stop("early")
    with turns.begin("early", "q") as early, turns.begin("other", "q") as other:
        assert (early.stopped, other.stopped) == (True, False)
        turns.stop("other")
        assert other.stopped
    for number in range(REMEMBERED_STOPS):
        turns.stop(str(number))
    with turns.begin("early", "q") as forgotten, turns.begin("0", "q") as kept:
        assert (forgotten.stopped, kept.stopped) == (False, True)
