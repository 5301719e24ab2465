"""A reader of the scripted page whose browser keeps chats."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.scripted_page import ask, last_turn


@pytest.fixture
def reader(browser: Browser, scripted_address: str) -> Iterator[Page]:
    """Someone whose browser keeps no chat yet."""
    context = browser.new_context()
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(scripted_address)
    yield page
    context.close()


def answered(page: Page, question: str) -> None:
    """Ask, and wait for the whole answer."""
    ask(page, question)
    expect(last_turn(page).get_by_role("heading", level=2)).to_have_text(question)
    expect(last_turn(page).locator(".foot")).to_be_visible()


def chats(page: Page) -> list[str]:
    """The names in the drawer of chats, which is opened."""
    drawer = page.get_by_role("region", name="Chats")
    if not drawer.is_visible():
        page.get_by_role("button", name="Chats").click()
    return drawer.locator(".chat .name").all_inner_texts()
