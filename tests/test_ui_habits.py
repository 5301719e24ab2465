"""Keys, names, contrast, stillness: what people are used to, and what some cannot do without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.scripted_page import ScriptedAssistant, ask, last_turn

pytestmark = pytest.mark.browser
LEVELS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "phone": ("light", 360)}
SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries())
      if (!shift.hadRecentInput) window.shifts.push([shift.value, shift.sources.map((s) => s.node?.outerHTML?.slice(0, 80))]);
  }).observe({ type: "layout-shift", buffered: true });
}"""


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest, browser: Browser, scripted_address: str) -> Iterator[Page]:
    scheme, width = LOOKS[request.param]
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(scripted_address)
    expect(page.get_by_role("list", name="Example questions")).to_be_visible()
    yield page
    context.close()


def accessible(page: Page) -> None:
    found = Axe().run(page, options=LEVELS)
    assert found.violations_count == 0, found.generate_report()


def test_the_page_keeps_wcag_aa_in_all_that_it_shows(look: Page):
    accessible(look)
    ask(look, "militants?")
    expect(last_turn(look).locator(".foot")).to_be_visible()
    for details in last_turn(look).locator("summary").all():
        details.click()
    last_turn(look).get_by_role("button", name="Wrong", exact=True).click()
    expect(last_turn(look).get_by_role("textbox")).to_be_visible()
    accessible(look)
    last_turn(look).locator(".chip").first.hover()
    expect(look.get_by_role("tooltip")).to_be_visible()
    accessible(look)
    last_turn(look).locator(".chip").first.click()
    expect(look.locator("mark")).to_be_visible()
    accessible(look)
    look.keyboard.press("Escape")
    ask(look, "nothing about football")
    expect(last_turn(look).locator(".foot")).to_be_visible()
    accessible(look)
    ask(look, "break it")
    expect(look.get_by_role("alert")).to_be_visible()
    accessible(look)
    for name in ("Chats", "Library", "Model"):
        look.get_by_role("button", name=name, exact=True).click()
        expect(look.get_by_role("region", name=name, exact=True)).to_be_visible()
        accessible(look)
        look.keyboard.press("Escape")


def test_the_newest_answer_is_followed_but_never_past_its_question(browser: Browser, scripted_address: str):
    page = browser.new_page(viewport={"width": 800, "height": 360})
    page.goto(scripted_address)
    for question in ("militants?", "and bombers?"):
        ask(page, question)
        expect(last_turn(page).locator(".foot")).to_have_count(1)
        expect(last_turn(page).get_by_role("heading", level=2)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Retry")).not_to_be_in_viewport()
    page.close()


def test_an_answer_that_is_being_written_keeps_wcag_aa(look: Page):
    ask(look, "slowly now")
    expect(last_turn(look).locator(".draft")).to_be_visible()
    accessible(look)
    look.keyboard.press("Escape")


def test_dark_and_light_follow_the_system(browser: Browser, scripted_address: str):
    shades = []
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(scripted_address)
        expect(page.get_by_role("list", name="Example questions")).to_be_visible()
        shades.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.close()
    light, dark = (sum(int(part) for part in shade.strip("rgb()").split(",")) for shade in shades)
    assert light > 700 and dark < 120


def test_a_slash_goes_to_the_question_box_and_is_a_slash_in_it(chat: Page):
    chat.get_by_role("button", name="Chats").focus()
    chat.keyboard.press("/")
    box = chat.get_by_role("textbox", name="Your question")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    chat.keyboard.press("/")
    expect(box).to_have_value("/")
    box.fill("")


def test_escape_stops_the_writer(chat: Page, scripted: ScriptedAssistant):
    ask(chat, "slowly now")
    expect(last_turn(chat).locator(".draft")).to_be_visible()
    chat.keyboard.press("Escape")
    expect(last_turn(chat)).to_contain_text("Stopped.")
    assert scripted.closed.wait(5)


def test_escape_in_the_article_closes_it_and_lets_the_writer_go_on(chat: Page):
    ask(chat, "slowly now")
    last_turn(chat).locator(".chip").click()
    expect(chat.locator("mark")).to_be_focused()
    chat.keyboard.press("Escape")
    expect(chat.get_by_role("complementary", name="Article")).to_be_hidden()
    expect(chat.get_by_role("button", name="Stop")).to_be_visible()
    chat.get_by_role("button", name="Stop").click()


def test_a_question_typed_while_another_is_answered_waits_in_its_box(chat: Page):
    ask(chat, "slowly now")
    expect(last_turn(chat).locator(".draft")).to_be_visible()
    ask(chat, "and then?")
    box = chat.get_by_role("textbox", name="Your question")
    expect(box).to_have_value("and then?")
    expect(chat.locator(".turn")).to_have_count(1)
    chat.get_by_role("button", name="Stop").click()
    expect(chat.get_by_role("button", name="Send")).to_be_visible()
    box.press("Enter")
    expect(chat.locator(".turn")).to_have_count(2)


@pytest.mark.parametrize("told", ["isComposing: true", "keyCode: 229"])  # Safari tells it the second way
def test_an_enter_that_ends_a_composed_word_does_not_send(chat: Page, told: str):
    box = chat.get_by_role("textbox", name="Your question")
    box.fill("にほん")
    box.evaluate(f"(box) => box.dispatchEvent(new KeyboardEvent('keydown', {{key: 'Enter', {told}, bubbles: true}}))")
    expect(box).to_have_value("にほん")
    expect(chat.locator(".turn")).to_have_count(0)
    box.fill("")


def test_the_question_box_grows_with_the_question(chat: Page):
    box = chat.get_by_role("textbox", name="Your question")
    one = box.bounding_box()
    box.fill("line\n" * 4)
    four = box.bounding_box()
    box.fill("line\n" * 40)
    many = box.bounding_box()
    box.fill("")
    assert one and four and many
    assert one["height"] < four["height"] < many["height"] < 250
    assert box.bounding_box() == one


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_jumps_while_the_page_opens_and_an_answer_arrives(browser: Browser, scripted_address: str, width: int):
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.add_init_script(f"({SHIFTS})()")
    page.goto(scripted_address)
    expect(page.get_by_role("list", name="Example questions")).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_be_hidden()
    ask(page, "militants?")
    expect(last_turn(page).locator(".foot")).to_be_visible()
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, _ in shifts) < 0.02, shifts
    page.close()


@pytest.mark.parametrize("width", [320, 768, 1280, 2560])
def test_no_width_scrolls_sideways(browser: Browser, scripted_address: str, width: int):
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(scripted_address)
    ask(page, "hostile " + "w" * 300)
    expect(last_turn(page).locator(".foot")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    last_turn(page).locator(".chip").first.click()
    expect(page.locator("mark")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Close the article").click()
    page.get_by_role("button", name="Chats").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


WITHIN = "(name) => document.activeElement === document.body || Boolean(document.activeElement.closest(name))"


def test_the_keyboard_stays_in_an_article_that_covers_the_chat(chat: Page):
    ask(chat, "militants?")
    expect(last_turn(chat).locator(".foot")).to_be_visible()
    box = chat.get_by_role("textbox", name="Your question")
    chat.set_viewport_size({"width": 800, "height": 800})
    last_turn(chat).locator(".chip").first.click()
    expect(chat.locator("mark")).to_be_focused()
    for key in ["Shift+Tab"] * 6 + ["Tab"] * 12:
        chat.keyboard.press(key)
        assert chat.evaluate(WITHIN, "#article")
    chat.locator("mark").focus()
    chat.keyboard.press("/")
    expect(chat.locator("mark")).to_be_focused()
    chat.set_viewport_size({"width": 1280, "height": 800})
    expect(chat.locator("#composer")).not_to_have_attribute("inert", "")
    chat.keyboard.press("/")
    expect(box).to_be_focused()
    chat.set_viewport_size({"width": 800, "height": 800})
    expect(box).not_to_be_focused()
    chat.get_by_role("button", name="Close the article").press("Enter")
    expect(last_turn(chat).locator(".chip").first).to_be_focused()
    expect(chat.locator("#composer")).not_to_have_attribute("inert", "")
    chat.keyboard.press("/")
    expect(box).to_be_focused()
    chat.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.parametrize(("name", "drawer"), [("Chats", "#chats"), ("Library", "#library-drawer"), ("Model", "#model")])
def test_the_keyboard_goes_into_an_open_drawer_and_not_under_it(chat: Page, name: str, drawer: str):
    chat.set_viewport_size({"width": 800, "height": 800})
    opener = chat.get_by_role("button", name=name, exact=True)
    opener.press("Enter")
    expect(chat.locator(drawer).get_by_role("button", name="Close")).to_be_focused()
    chat.keyboard.press("/")
    expect(chat.locator(drawer).get_by_role("button", name="Close")).to_be_focused()
    for key in ["Tab"] * 20 + ["Shift+Tab"] * 20:
        chat.keyboard.press(key)
        assert chat.evaluate(WITHIN, drawer)
    chat.locator(drawer).get_by_role("button", name="Close").press("Enter")
    expect(opener).to_be_focused()
    chat.keyboard.press("/")
    expect(chat.get_by_role("textbox", name="Your question")).to_be_focused()
    chat.set_viewport_size({"width": 1280, "height": 800})


def test_with_room_beside_a_drawer_one_click_opens_another(chat: Page):
    for name, drawer in (("Chats", "#chats"), ("Library", "#library-drawer"), ("Model", "#model")):
        chat.get_by_role("button", name=name, exact=True).click()
        expect(chat.locator(drawer)).to_be_visible()
    chat.keyboard.press("Escape")
    expect(chat.get_by_role("button", name="Model", exact=True)).to_be_focused()


@pytest.mark.parametrize(("width", "height"), [(640, 340), (320, 256)])
def test_on_a_low_screen_all_of_what_limits_the_articles_asked_is_reached(browser: Browser, scripted_address: str, width: int, height: int):
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(scripted_address)
    expect(page.get_by_role("list", name="Example questions")).to_be_visible()
    page.get_by_role("button", name="Articles asked: all").click()
    box = page.get_by_role("group", name="Which articles are asked").bounding_box()
    assert box and box["y"] >= 0 and box["y"] + box["height"] <= height
    for name in ("Ask all", "From"):
        page.get_by_label(name, exact=True).or_(page.get_by_role("button", name=name, exact=True)).focus()
        expect(page.locator(":focus")).to_be_in_viewport(ratio=1)
    page.close()


def test_in_a_long_chat_the_buttons_stay_and_cover_neither_the_newest_question_nor_what_gets_the_focus(page: Page, scripted_address: str):
    page.goto(scripted_address)
    for n in range(5):
        ask(page, f"militants? {n}")
        expect(last_turn(page).locator(".foot")).to_be_visible()
    expect(page.get_by_role("button", name="New chat")).to_be_in_viewport()
    covered = "document.querySelector('#status').getBoundingClientRect().bottom"
    expect(last_turn(page).locator(".asked")).to_be_in_viewport()
    top = last_turn(page).locator(".asked").bounding_box()
    assert top and top["y"] >= page.evaluate(covered)
    page.locator(".chip").last.focus()
    for _ in range(20):  # back through the answers above
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("Boolean(document.activeElement.closest('.turn'))")
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= page.evaluate(covered)


def test_on_paper_the_top_of_the_page_is_printed_once(page: Page, scripted_address: str):
    page.goto(scripted_address)
    ask(page, "militants?")
    expect(last_turn(page).locator(".foot")).to_be_visible()
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('#status')).position") == "static"
