"""The open library of a real page, over a real Assistant and a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from rag import Assistant
from tests.conftest import own_settings, write_articles
from tests.scripted_page import free_port
from ui.opening import Opening

HOSTILE = "<img src=x onerror=document.title='taken'>"
TWO = '{"title": "A", "text": "The mill burnt."}\n{"title": "B", "text": "The inn stands."}\n'


@dataclass
class Shelf:
    page: Page
    folder: Path
    refresh: Callable[[], object]

    @property
    def drawer(self) -> Locator:
        return self.page.get_by_role("region", name="Library", exact=True)

    @property
    def titles(self) -> Locator:
        return self.drawer.locator("tbody td:first-child")

    def press(self, name: str) -> None:
        self.drawer.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def shelf(page: Page, corpus: Path, session_data_dir: Path, tmp_path: Path) -> Iterator[Shelf]:
    from ui import app

    write_articles(
        corpus,
        {
            "hostile.md": f'---\ntitle: "{HOSTILE}"\noutlet: Zeitung\n---\nThe mill at Horn burnt down in May.',
            "broken.pdf": b"no PDF at all",
        },
    )
    settings = own_settings(session_data_dir, tmp_path / "data")
    opening, port = Opening(lambda progress: Assistant.open(corpus, settings)), free_port()
    blocks = app.build(opening, "", settings, corpus)
    app.launch(blocks, "127.0.0.1", port)
    opening.start()
    page.goto(f"http://127.0.0.1:{port}")
    expect(page.locator("#status .line")).to_contain_text("4 articles", timeout=60_000)
    page.get_by_role("button", name="Library", exact=True).click()
    shelf = Shelf(page, corpus, opening.assistant().refresh)
    expect(shelf.titles).to_have_count(4)
    yield shelf
    blocks.close(verbose=False)
    opening.close()
