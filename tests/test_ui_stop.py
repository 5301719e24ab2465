"""Stop, from the button in the browser to the connection of the model server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rag import Assistant
from tests.conftest import SEEDS, own_settings
from tests.ollama_server import Script, ScriptedServer, scripted_ollama
from tests.scripted_page import ask, free_port, last_turn
from ui.opening import Opening

pytestmark = pytest.mark.browser
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
