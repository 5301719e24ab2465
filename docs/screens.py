"""Screenshots of the web chat: start it (`make chat`), then `.venv/bin/python docs/screens.py [ADDRESS]`; `screens.md` shows them."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parent / "screens"
LOOKS = {"light": ("light", 1200, 720), "dark": ("dark", 1200, 720), "phone": ("light", 390, 844)}
QUESTIONS = {
    "answer": "What did Baghdadi tell his followers?",
    "conflict": "How many militants are believed to be in Mosul?",
    "abstention": "Why did Turkey send tanks to Qadissiya?",
}


def shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(300)  # scrolling and fonts settle
    picture = Image.open(io.BytesIO(page.screenshot()))
    colours = picture.convert("RGB").quantize(64, dither=Image.Dither.NONE)  # a quarter of the size, and nothing to be seen of it
    colours.save(FOLDER / f"{name}.png", optimize=True)


def visit(browser: Browser, address: str, look: str) -> None:
    scheme, width, height = LOOKS[look]
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height})
    page.goto(address)
    page.get_by_role("list", name="Example questions").wait_for()
    shoot(page, f"start-{look}")
    for name, question in QUESTIONS.items():
        page.get_by_role("textbox", name="Your question").fill(question)
        page.keyboard.press("Enter")
        page.locator(".turn").last.locator(".foot").wait_for(timeout=600_000)
        page.mouse.move(0, 0)
        shoot(page, f"{name}-{look}")
    drawers(page, look)
    checking(page, look)
    page.close()


def drawers(page: Page, look: str) -> None:
    for button, name in (("Library", "library"), ("Model", "settings")):
        page.get_by_role("button", name=button, exact=True).click()
        page.get_by_role("region", name=button, exact=True).wait_for()
        page.mouse.move(0, 0)
        shoot(page, f"{name}-{look}")
        page.keyboard.press("Escape")


def checking(page: Page, look: str) -> None:
    """What an answer rests on: the quotation beside its citation, the article at the words."""
    citation = page.get_by_role("link", name="Citation 1").first
    citation.scroll_into_view_if_needed()
    citation.hover()
    shoot(page, f"quotation-{look}")
    citation.click()
    page.locator("mark").first.wait_for()
    page.mouse.move(0, 0)
    shoot(page, f"article-{look}")


def main(address: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for look in LOOKS:
            visit(browser, address, look)
        browser.close()


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["http://127.0.0.1:7860"]))
