"""A chat leaves the browser: as Markdown with footnotes, as JSON, as a page to print."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.reader import answered, chats
from tests.scripted_page import DAWN, HOSTILE, MANY, ask, last_turn

pytestmark = pytest.mark.browser


def exported(page: Page, kind: str, folder: Path) -> str:
    chats(page)
    with page.expect_download() as download:
        page.get_by_role("button", name=kind).click()
    page.keyboard.press("Escape")
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file.read_text(encoding="utf-8")


def test_a_chat_is_exported_as_markdown_with_footnotes(reader: Page, tmp_path: Path):
    answered(reader, "militants?")
    assert exported(reader, "Markdown", tmp_path) == MARKDOWN


MARKDOWN = f"""# militants?

## militants?

Troops moved in at dawn.[^1]

Up to 7,500 militants are in the city and around it.[^2][^3]

The articles disagree:

- **up to 7,500** (article 001)
- **a few thousand** (article 004)

*Withheld as not supported: 1*

*ollama writer, qwen3:4b-instruct, 2.04 s*

[^1]: The Independent, 2016-11-03, Iraqi forces enter Mosul, article 001, characters 0–24: “{DAWN.quotation}”

[^2]: The Independent, 2016-11-03, Iraqi forces enter Mosul, article 001, characters {MANY.start}–{MANY.end}: “{MANY.quotation}”

[^3]: Reports of a withdrawal, article 004, characters 0–40: “The militants, who number a few thousand”
"""


def test_a_question_that_failed_is_in_the_export_with_the_reason(reader: Page, tmp_path: Path):
    ask(reader, "break this")
    expect(last_turn(reader).get_by_role("alert")).to_be_visible()
    answered(reader, "militants?")
    words = "Something broke while answering; the terminal says what. Ask again, or start Footnote again."
    assert exported(reader, "Markdown", tmp_path).startswith(f"# break this\n\n## break this\n\n*{words}*\n\n## militants?\n")
    assert f'<h2 dir="auto">break this</h2><p><em>{words}</em></p>' in exported(reader, "Page to print", tmp_path)


def test_hostile_words_are_still_words_in_an_export(reader: Page, tmp_path: Path):
    answered(reader, "hostile")
    markdown = exported(reader, "Markdown", tmp_path)
    assert r"\<img src=x onerror=alert(1)\> \!\[x\](http://192.0.2.1/x.png)" in markdown
    page = reader.context.new_page()
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    page.set_content(exported(reader, "Page to print", tmp_path))
    expect(page.locator("body")).to_contain_text(HOSTILE)
    assert page.locator("img, script").count() == 0 and asked_for == []


def test_the_page_to_print_links_each_mark_to_its_footnote(reader: Page, tmp_path: Path):
    answered(reader, "militants?")
    page = reader.context.new_page()
    page.set_content(exported(reader, "Page to print", tmp_path))
    assert page.title() == "militants?"
    assert page.locator("sup a").all_inner_texts() == ["1", "2", "3"]
    expect(page.locator(page.locator("sup a").nth(1).get_attribute("href") or "")).to_contain_text(MANY.quotation)


def test_the_json_has_the_objects_of_the_command_line(reader: Page, tmp_path: Path):
    answered(reader, "militants?")
    chat = json.loads(exported(reader, "JSON", tmp_path))
    assert chat["name"] == "militants?"
    (answer,) = chat["answers"]
    assert answer["statements"][0]["citations"][0]["quotation"] == DAWN.quotation
    assert list(answer) == ANSWER_KEYS


ANSWER_KEYS = [
    *["id", "question", "query", "answered", "text", "statements", "withheld", "conflicts"],
    *["abstention", "writer", "model", "timings_ms", "notices"],
]
