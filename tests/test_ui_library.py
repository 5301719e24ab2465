"""The library: a real page over a real Assistant and a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from rag import Assistant
from rag.plan import IndexReport, Problem
from tests.conftest import own_settings, write_articles
from tests.scripted_page import free_port
from ui.library import what_changed
from ui.opening import Opening

HOSTILE = "<img src=x onerror=document.title='taken'>"


@dataclass
class Shelf:
    page: Page
    folder: Path

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
    shelf = Shelf(page, corpus)
    expect(shelf.titles).to_have_count(4)
    yield shelf
    blocks.close(verbose=False)
    opening.close()


def test_what_changed_is_said_in_one_line():
    failed = (Problem("x.pdf", "is no PDF"),)
    assert what_changed(IndexReport(unchanged=3)) == "Nothing has changed."
    assert what_changed(IndexReport(added=2, removed=1, failed=failed)) == "Files: 2 added, 1 removed. 1 not indexed, see below."


@pytest.mark.browser
def test_the_table_is_sorted_by_the_header_that_is_pressed_and_filtered_by_title_or_outlet(shelf: Shelf):
    shelf.press("Outlet")
    expect(shelf.drawer.locator("th").nth(1)).to_have_attribute("aria-sort", "ascending")
    expect(shelf.drawer.locator("th").nth(0)).to_have_attribute("aria-sort", "none")
    assert shelf.drawer.locator("td:nth-child(2)").all_inner_texts() == ["The Courier", "Zeitung", "", ""]
    shelf.press("Outlet")
    assert shelf.drawer.locator("td:nth-child(2)").all_inner_texts() == ["Zeitung", "The Courier", "", ""]
    shelf.press("Words")
    words = [int(cell) for cell in shelf.drawer.locator("td:nth-child(4)").all_inner_texts()]
    assert words == sorted(words) and words[0] < words[-1]
    shelf.drawer.get_by_role("searchbox", name="Filter by title or outlet").fill("courier")
    assert shelf.titles.all_inner_texts() == ["The bridge"]
    expect(shelf.drawer.locator(".shown")).to_have_text("1 of 4 articles")


@pytest.mark.browser
def test_a_title_opens_its_article_beside_the_chat(shelf: Shelf):
    shelf.press("The bridge")
    expect(shelf.page.get_by_role("complementary", name="Article")).to_contain_text("its eastern pillar has sunk")
    expect(shelf.drawer).to_be_hidden()


@pytest.mark.browser
def test_markup_in_a_title_is_shown_as_text(shelf: Shelf):
    expect(shelf.titles.filter(has_text=HOSTILE)).to_have_count(1)
    assert shelf.drawer.locator("img").count() == 0
    assert shelf.page.title() == "Footnote"


@pytest.mark.browser
def test_a_file_that_cannot_be_read_is_listed_with_its_reason(shelf: Shelf):
    problems = shelf.drawer.get_by_role("list", name="Files that are no article of their own").get_by_role("listitem")
    expect(problems).to_have_count(1)
    expect(problems).to_contain_text("broken.pdf")
    assert len(problems.inner_text()) > len("broken.pdf .")


@pytest.mark.browser
def test_looking_for_changes_says_what_changed_and_shows_it(shelf: Shelf):
    write_articles(shelf.folder, {"ferry.md": "---\ntitle: The ferry\n---\nThe ferry to Hale sails again from Monday."})
    (shelf.folder / "school.txt").unlink()
    shelf.press("Look for changes")
    expect(shelf.drawer.locator(".said")).to_have_text("Files: 1 added, 1 removed. 1 not indexed, see below.", timeout=30_000)
    expect(shelf.titles.filter(has_text="The ferry")).to_have_count(1)
    expect(shelf.titles).to_have_count(4)


@pytest.mark.browser
def test_the_library_fits_a_phone(shelf: Shelf):
    shelf.page.set_viewport_size({"width": 390, "height": 844})
    box = shelf.drawer.bounding_box()
    assert box is not None and (box["x"], box["width"]) == (0, 390)
    assert shelf.page.evaluate("document.documentElement.scrollWidth") == 390
