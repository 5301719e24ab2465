"""Screenshots of the web chat: start it (`python -m ui`), then `python docs/screens.py [ADDRESS]`."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parent / "screens"
LOOKS = {"light": ("light", 1200, 720), "dark": ("dark", 1200, 720), "phone": ("light", 390, 844)}
QUESTIONS = {
    "answer": "What did Baghdadi tell his followers?",
    "conflict": "How many militants are believed to be in Mosul?",
    "abstention": "Why did Turkey send tanks to Qadissiya?",
}


def shoot(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)  # scrolling and fonts settle
    page.screenshot(path=FOLDER / f"{name}.png")


def visit(browser: Browser, address: str, look: str) -> None:
    scheme, width, height = LOOKS[look]
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height})
    page.goto(address)
    page.get_by_role("list", name="Example questions").wait_for()
    shoot(page, f"{look}-start")
    for name, question in QUESTIONS.items():
        page.get_by_role("textbox", name="Your question").fill(question)
        page.keyboard.press("Enter")
        page.locator(".turn").last.locator(".foot").wait_for(timeout=600_000)
        if name == "abstention":
            page.locator(".suggestions").wait_for()  # they are looked for after the answer is shown
        shoot(page, f"{look}-{name}")
    drawers(page, look)
    checking(page, look)
    page.close()


def drawers(page: Page, look: str) -> None:
    for name in ("Chats", "Library", "Model"):
        page.get_by_role("button", name=name, exact=True).click()
        page.get_by_role("region", name=name, exact=True).wait_for()
        shoot(page, f"{look}-{name.lower()}")
        page.keyboard.press("Escape")


def checking(page: Page, look: str) -> None:
    """What an answer rests on: passages looked at, the quotation beside its citation, the article at the words."""
    page.locator(".turn").first.locator(".foot summary").click()
    shoot(page, f"{look}-passages")
    page.locator(".turn").first.locator(".foot summary").click()
    citation = page.get_by_role("link", name="Citation 1").first
    citation.scroll_into_view_if_needed()
    citation.hover()
    page.wait_for_timeout(300)
    page.screenshot(path=FOLDER / f"{look}-quotation.png")
    citation.click()
    page.locator("mark").first.wait_for()
    shoot(page, f"{look}-article")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Articles asked: all").click()
    page.get_by_role("group", name="Which articles are asked").wait_for()
    shoot(page, f"{look}-limits")


def main(address: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for look in LOOKS:
            visit(browser, address, look)
        browser.close()


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["http://127.0.0.1:7860"]))
