"""Files that are added to the library and removed from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from rag import Assistant
from rag.errors import UnusableInput
from rag.settings import Settings
from tests.conftest import write_articles
from tests.scripted_page import ask, last_turn
from tests.shelf import TWO, Shelf
from ui.library import Library
from ui.opening import Opening


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
