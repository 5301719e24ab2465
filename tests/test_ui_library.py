"""The library: a real page over a real Assistant and a folder of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from rag import Assistant
from rag.errors import UnusableInput
from rag.plan import IndexReport, Problem
from rag.settings import Settings
from rag.types import Listed
from tests.conftest import own_settings, write_articles
from tests.scripted_page import ScriptedAssistant, Serve, ask, free_port, last_turn
from ui.library import Library, what_changed
from ui.opening import Opening

HOSTILE = "<img src=x onerror=document.title='taken'>"


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


def upload(shelf: Shelf, name: str, data: bytes) -> Locator:
    """The line that says what became of the file."""
    lines = shelf.drawer.get_by_role("list", name="Files added").get_by_role("listitem")
    before = lines.count()
    shelf.drawer.get_by_label("Add files").set_input_files({"name": name, "mimeType": "text/plain", "buffer": data})
    expect(shelf.drawer.get_by_label("Add files")).to_be_enabled(timeout=30_000)
    return lines.nth(before)


@pytest.mark.browser
def test_a_file_that_is_added_can_be_asked_about(shelf: Shelf):
    words = b"The lighthouse at Skarn was painted green by Olga Brandt in 1974. It had been white before."
    expect(upload(shelf, "lighthouse.md", words)).to_have_text("lighthouse.md: indexed as article lighthouse.")
    assert (shelf.folder / "lighthouse.md").read_bytes() == words
    expect(shelf.titles).to_have_count(5)
    shelf.press("Close")
    ask(shelf.page, "Who painted the lighthouse at Skarn green?")
    expect(last_turn(shelf.page).locator(".statement").first).to_contain_text("Olga Brandt", timeout=30_000)


@pytest.mark.browser
def test_a_file_that_cannot_be_read_is_added_with_the_reason_and_one_of_an_unknown_kind_is_not(shelf: Shelf):
    torn = b"torn" * 250_000  # several pieces
    expect(upload(shelf, "torn.pdf", torn)).to_contain_text("torn.pdf: not indexed, because it ")
    assert (shelf.folder / "torn.pdf").read_bytes() == torn
    expect(upload(shelf, "tool.exe", b"MZ")).to_contain_text("tool.exe: files of this kind are not read.")
    assert not (shelf.folder / "tool.exe").exists()


@pytest.mark.browser
def test_files_with_hostile_names_are_chosen_and_their_names_stay_words(shelf: Shelf):
    names = {
        "../../x.txt": "x.txt",
        "<img src=x onerror=document.title='taken'>.txt": "img-src-x-onerror-document.title-taken-.txt",
        "bill\u202efdp.txt": "bill-fdp.txt",
        "é" * 300 + ".txt": "é" * 50 + ".txt",
        "javascript:alert(1).txt": "javascript-alert(1).txt",
        "{{value}}${document.title='taken'}.txt": "value-document.title-taken-.txt",
    }
    before, beside = {p.name for p in shelf.folder.iterdir()}, set(shelf.folder.parent.iterdir())
    dialogs: list[str] = []
    shelf.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    chosen: list[FilePayload] = [
        {"name": name, "mimeType": "text/plain", "buffer": f"The {n}th mill at Horn burnt down in May of year {n}.".encode()}
        for n, name in enumerate(names)
    ]
    with shelf.page.expect_file_chooser() as chooser:
        shelf.drawer.get_by_label("Add files").click()
    chooser.value.set_files(chosen)
    told = shelf.drawer.get_by_role("list", name="Files added").get_by_role("listitem")
    expect(told).to_have_text([re.compile(f"^{re.escape(kept)}: indexed as article ") for kept in names.values()], timeout=60_000)
    assert {p.name for p in shelf.folder.iterdir()} == before | set(names.values())
    assert set(shelf.folder.parent.iterdir()) == beside
    expect(shelf.titles).to_have_count(10)
    assert shelf.drawer.locator("img, script").count() == 0
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", shelf.page.locator("body").inner_text())
    assert (shelf.page.title(), dialogs) == ("Footnote", [])


@pytest.mark.browser
def test_an_article_is_removed_with_its_file_by_two_clicks(shelf: Shelf):
    shelf.press("Remove: The bridge")
    assert (shelf.folder / "bridge.md").exists()
    shelf.press("Remove for good: The bridge")
    expect(shelf.drawer.locator(".said")).to_have_text("Files: 1 removed. 1 not indexed, see below.", timeout=30_000)
    expect(shelf.titles).to_have_count(3)
    assert not (shelf.folder / "bridge.md").exists()


TWO = '{"title": "A", "text": "The mill burnt."}\n{"title": "B", "text": "The inn stands."}\n'


@pytest.mark.browser
def test_an_article_that_cannot_be_removed_says_why_before_anyone_tries(shelf: Shelf):
    write_articles(shelf.folder, {"two.jsonl": TWO})
    (shelf.folder / "linked").symlink_to(
        write_articles(shelf.folder.parent / "outside", {"inn.md": "---\ntitle: The inn\n---\nIt stands empty."})
    )
    shelf.press("Look for changes")
    expect(shelf.titles).to_have_count(7, timeout=30_000)
    last = {row.locator("td").first.inner_text(): row.locator("td").last.inner_text() for row in shelf.drawer.locator("tbody tr").all()}
    assert (last.pop("A"), last.pop("B")) == ("in a file with others",) * 2
    assert last.pop("The inn") == "outside the folder, behind a link"
    assert set(last.values()) == {"Remove"}


def test_what_holds_other_articles_and_the_last_article_are_not_removed(corpus: Path, settings: Settings):
    write_articles(corpus, {"two.jsonl": TWO})
    opening = Opening(lambda progress: Assistant.open(corpus, settings))
    opening.start()
    library = Library(opening, corpus, settings)
    together = next(a.id for a in opening.assistant().articles() if a.path.startswith("two.jsonl"))
    with pytest.raises(UnusableInput, match="is in a file with others. Take it out of that file, then look for changes."):
        library.remove(together)
    (corpus / "two.jsonl").unlink()
    assert library.refresh() == "Files: 1 removed."
    assert [library.remove(i) for i in ("bridge", "school")] == ["Files: 1 removed."] * 2
    with pytest.raises(UnusableInput, match="is the last article. Without one"):
        library.remove("harbour")
    assert [p.name for p in corpus.iterdir()] == ["harbour.md"]
    opening.close()


def test_what_a_link_leads_to_is_not_removed(corpus: Path, settings: Settings):
    outside = write_articles(corpus.parent / "outside", {"inn.md": "The inn at Horn stands empty since the fair."})
    (corpus / "linked").symlink_to(outside)
    opening = Opening(lambda progress: Assistant.open(corpus, settings))
    opening.start()
    linked = next(a.id for a in opening.assistant().articles() if a.path == "linked/inn.md")
    with pytest.raises(UnusableInput, match="is outside the folder, behind a link. Remove it where the link leads."):
        Library(opening, corpus, settings).remove(linked)
    assert (outside / "inn.md").exists()
    opening.close()


def test_without_a_folder_the_page_says_that_files_cannot_be_added(assistant: Assistant, settings: Settings):
    opening = Opening(lambda progress: assistant)
    opening.start()
    library = Library(opening, None, settings)
    closed = "Files are neither added nor removed here: Footnote may not write to the folder."
    assert library.view()["closed"] == closed
    with pytest.raises(UnusableInput, match=closed):
        library.add("one", "a.md", "", True)
    with pytest.raises(UnusableInput, match=closed):
        library.remove("001")


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
