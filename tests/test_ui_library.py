"""The library: its list of articles, and how it follows the folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from rag import Assistant
from rag.plan import IndexReport, Problem
from rag.settings import Settings
from rag.types import Listed
from tests.conftest import write_articles
from tests.scripted_page import ScriptedAssistant, Serve
from tests.shelf import HOSTILE, TWO, Shelf
from ui.library import what_changed


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
def test_a_long_list_of_articles_is_drawn_a_hundred_at_a_time(page: Page, serve: Serve):
    class Shelves(ScriptedAssistant):
        def listed(self) -> tuple[Listed, ...]:
            return tuple(Listed(f"{n}", f"Story {n}", "Paper", "2019-03-04", f"{n}.md", 100, 0, True) for n in range(250))

    page.goto(serve(lambda progress: Shelves()))
    page.get_by_role("button", name="Library", exact=True).click()
    drawer = page.get_by_role("region", name="Library", exact=True)
    expect(drawer.locator(".shown")).to_have_text("250 of 250 articles")
    for name, count in (("Show 100 more", 200), ("Show 50 more", 250)):
        drawer.get_by_role("button", name=name).press("Enter")
        expect(drawer.locator("tbody tr")).to_have_count(count)
    expect(drawer.get_by_role("button", name="Story 200", exact=True)).to_be_focused()  # by number, not by letter
    expect(drawer.get_by_role("button", name="more")).to_be_hidden()
    drawer.get_by_role("searchbox").fill("story 24")
    expect(drawer.locator("tbody tr")).to_have_count(11)


def _colour(of: Locator) -> str:
    return str(of.evaluate("block => getComputedStyle(block).backgroundColor"))


@pytest.mark.browser
def test_a_block_of_the_timeline_shows_the_articles_of_its_month_and_outlet_alone(shelf: Shelf):
    blocks = shelf.drawer.get_by_role("list", name="Articles by month and outlet").get_by_role("button")
    names = [block.get_attribute("aria-label") for block in blocks.all()]
    assert names == ["March 2019, The Courier: 1 article", "No date, no outlet: 2 articles", "No date, Zeitung: 1 article"]
    colours = {
        entry.text_content(): _colour(entry.locator(".block"))
        for entry in shelf.drawer.get_by_label("Outlets' colours").get_by_role("listitem").all()
    }
    assert list(colours) == ["no outlet", "The Courier", "Zeitung"]
    assert [_colour(block) for block in blocks.all()] == [colours[name] for name in ("The Courier", "no outlet", "Zeitung")]
    assert len(set(colours.values())) == 3
    block = blocks.and_(shelf.page.get_by_role("button", name="March 2019, The Courier: 1 article", exact=True))
    block.click()
    expect(shelf.titles).to_have_text(["The bridge"])
    expect(block).to_have_attribute("aria-pressed", "true")
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(shelf.page, options={"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}})
    assert found.violations_count == 0, found.generate_report()
    block.press("Enter")
    expect(shelf.titles).to_have_count(4)
    blocks.nth(1).click()
    expect(shelf.titles).to_have_count(2)


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
def test_an_open_page_follows_its_folder_and_so_does_its_open_library(shelf: Shelf):
    write_articles(
        shelf.folder, {"ferry.md": "---\ntitle: The ferry\noutlet: The Gazette\n---\nThe ferry to Hale sails again from Monday."}
    )
    shelf.refresh()  # as the running page does by itself
    expect(shelf.titles.filter(has_text="The ferry")).to_have_count(1)
    expect(shelf.page.locator("#status .line")).to_contain_text("5 articles")
    shelf.press("Close")
    shelf.page.get_by_role("button", name="Articles asked: all").click()
    outlets = shelf.page.get_by_role("group", name="Outlets").get_by_role("checkbox")
    expect(outlets).to_have_count(3)
    shelf.page.get_by_role("checkbox", name="Zeitung").check()
    (shelf.folder / "ferry.md").unlink()
    shelf.refresh()
    expect(shelf.page.locator("#status .line")).to_contain_text("4 articles")
    expect(outlets).to_have_count(2)
    expect(shelf.page.get_by_role("checkbox", name="Zeitung")).to_be_checked()


@pytest.mark.browser
def test_the_library_fits_a_phone(shelf: Shelf):
    shelf.page.set_viewport_size({"width": 390, "height": 844})
    box = shelf.drawer.bounding_box()
    assert box is not None and (box["x"], box["width"]) == (0, 390)
    assert shelf.page.evaluate("document.documentElement.scrollWidth") == 390
    for button in shelf.drawer.get_by_role("button", name="Remove: ").all():
        at = button.bounding_box()
        assert at and at["x"] + at["width"] <= 390
    expect(shelf.drawer.get_by_role("row")).to_have_count(5)
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(shelf.page, options={"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}})
    assert found.violations_count == 0, found.generate_report()


def test_what_is_listed_is_what_the_articles_are_with_their_words_counted(corpus: Path, settings: Settings):
    story = " ".join(f"On day {n} of the flood the mayor of Tann gave out {n + 3} boats." for n in range(40))
    write_articles(corpus, {"long.md": f"{story} It was over.", "short.md": story, "two.jsonl": TWO, "note.md": "Das Boot ist voll."})
    assistant = Assistant.open(corpus, settings)
    told = [(a.id, a.title, a.outlet, a.published, a.path, len(a.aliases)) for a in assistant.articles()]
    assert [(a.id, a.title, a.outlet, a.published, a.path, a.copies) for a in assistant.listed()] == told
    listed = {a.path: (a.words, a.copies, a.alone) for a in assistant.listed()}
    assert listed["long.md"] == (len(f"{story} It was over.".split()), 1, True)
    assert listed["note.md"] == (4, 0, True)
    assert [alone for path, (_, _, alone) in listed.items() if path.startswith("two")] == [False, False]
    assert assistant.outlets() == ("The Courier",)
    before = assistant.revision
    assistant.refresh()
    assert assistant.revision == before
    (corpus / "note.md").unlink()
    assistant.refresh()
    assert assistant.revision != before
    assistant.close()
