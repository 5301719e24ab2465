"""Who is answered, and what the page may do: names, logins, other pages, other machines, words that are not markup."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from rag.errors import SettingError
from rag.settings import read_settings
from rag.types import Article
from tests.scripted_page import ScriptedAssistant, Serve, ask, free_port, last_turn
from ui.__main__ import login_of
from ui.opening import Opening

OVERRIDDEN = Article("rtl", "Evil \u202etitle", "He paid \u202e0001 \u202cdollars.\n\nشكرا جزيلا لكم.", "rtl.md")


def status(address: str, method: str = "GET", body: bytes | None = None, **headers: str) -> int:
    request = urllib.request.Request(address, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "", "[::1", "localhost.evil.example"])
def test_a_name_that_someone_points_at_this_machine_is_refused(scripted_address: str, host: str):
    assert status(scripted_address, Host=host) == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:7860", "[::1]:7860", "192.168.0.7:80"])
def test_this_machine_s_own_names_and_addresses_in_numbers_are_answered(scripted_address: str, host: str):
    assert status(scripted_address, Host=host) == 200


def test_another_page_cannot_ask_or_change_anything(scripted_address: str):
    endpoint, body = f"{scripted_address}/gradio_api/call/ask", json.dumps({"data": ["militants?", []]}).encode()
    headers = {"Content-Type": "application/json"}
    assert status(endpoint, "POST", body, **headers) == 200
    assert status(endpoint, "POST", body, **headers, Origin=scripted_address) == 200
    for origin in (
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        "https://" + scripted_address.removeprefix("http://") + ".evil.example",
    ):
        assert status(endpoint, "POST", body, **headers, Origin=origin) == 403


@pytest.mark.browser
def test_the_browser_itself_refuses_what_would_leave_this_machine(browser: Browser, scripted_address: str):
    page = browser.new_page()
    page.goto(scripted_address)
    for attempt in (
        "fetch('http://192.0.2.1/x')",
        "new Promise((_, no) => { const i = new Image(); i.onerror = no; i.src = 'http://192.0.2.1/x.png' })",
        "new Promise((_, no) => { const s = new WebSocket('ws://192.0.2.1/'); s.onerror = no })",
    ):
        assert page.evaluate(f"() => {attempt}.then(() => 'sent', () => 'refused')") == "refused"
        policy = "new Promise((seen) => document.addEventListener('securitypolicyviolation', (e) => seen(e.blockedURI), {once: true}))"
        blocked = page.evaluate(f"() => {{ const seen = {policy}; {attempt}.catch(() => 0); return seen }}")
        assert "192.0.2.1" in blocked
    page.close()


@pytest.mark.browser
def test_the_page_cannot_be_framed(page: Page, scripted_address: str):
    page.set_content(f"<iframe src='{scripted_address}'></iframe>")
    frame = page.frames[1]
    frame.wait_for_load_state()
    assert "Footnote" not in frame.content()


@pytest.fixture(scope="module")
def overridden(serve: Serve) -> str:
    class Overridden(ScriptedAssistant):
        def articles(self) -> tuple[Article, ...]:
            return (OVERRIDDEN,)

        def article(self, article_id: str) -> Article:
            return OVERRIDDEN

    return serve(lambda progress: Overridden())


@pytest.mark.browser
def test_direction_overrides_neither_turn_words_around_nor_leave_their_place(page: Page, overridden: str):
    page.goto(f"{overridden}/#article=rtl&at=8-13")
    panel = page.get_by_role("complementary", name="Article")
    expect(panel.locator("mark")).to_have_text("0001")
    expect(panel.get_by_role("heading")).to_have_text("Evil title")
    ask(page, "what is \u202esaid?")
    expect(last_turn(page).get_by_role("heading", level=2)).to_have_text("what is said?")
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page.locator("body").inner_text() + page.title())


@pytest.mark.browser
def test_words_that_are_written_from_right_to_left_still_are(page: Page, overridden: str):
    page.goto(f"{overridden}/#article=rtl&at=8-13")
    arabic = page.locator("#article .text p").nth(1)
    assert arabic.evaluate("(p) => getComputedStyle(p).direction") == "rtl"


@pytest.fixture(scope="module")
def locked() -> Iterator[str]:
    from ui import app

    opening, port = Opening(lambda progress: ScriptedAssistant()), free_port()
    blocks = app.build(opening)
    app.launch(blocks, "127.0.0.1", port, ("ann", "open sesame"))
    opening.start()
    yield f"http://127.0.0.1:{port}"
    blocks.close(verbose=False)


@pytest.mark.browser
def test_with_a_user_in_the_settings_nothing_is_shown_before_the_login(browser: Browser, locked: str):
    context = browser.new_context()
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    page = context.new_page()
    page.goto(locked)
    expect(page.get_by_role("button", name="Login")).to_be_visible()
    assert page.locator("#composer").count() == 0
    for password, let_in in (("guessed", False), ("open sesame", True)):
        page.locator("input[type=text]").fill("ann")
        page.locator("input[type=password]").fill(password)
        page.get_by_role("button", name="Login").click()
        if not let_in:
            expect(page.get_by_text("Incorrect Credentials")).to_be_visible()
    expect(page.get_by_role("textbox", name="Your question")).to_be_visible()
    ask(page, "militants?")
    expect(last_turn(page)).to_contain_text("Up to 7,500")
    assert [url for url in requested if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))] == []
    context.close()


@pytest.mark.parametrize(
    "path", ["config", "gradio_api/info", "gradio_api/call/ask", "gradio_api/queue/join", "gradio_api/component_server"]
)
def test_without_the_login_no_endpoint_answers(locked: str, path: str):
    post = path.rpartition("/")[2] in {"ask", "join", "component_server"}
    assert status(f"{locked}/{path}", "POST" if post else "GET", b'{"data": ["militants?", []]}' if post else None) in {401, 403, 422}


def test_a_client_logs_in_with_the_user_and_the_password(locked: str):
    from gradio_client import Client

    client = Client(locked, auth=("ann", "open sesame"), verbose=False, analytics_enabled=False)
    assert client.predict("militants?", [], api_name="/ask")["answered"]


def test_a_user_without_a_password_is_refused_and_the_password_never_printed(capsys: pytest.CaptureFixture[str]):
    assert login_of(read_settings(ui_user="ann", ui_password="open sesame")) == ("ann", "open sesame")
    assert login_of(read_settings()) is None
    for half in ({"ui_user": "ann"}, {"ui_password": "open sesame"}):
        with pytest.raises(SettingError, match="set both, or neither"):
            login_of(read_settings(**half))
    assert "open sesame" not in repr(read_settings(ui_user="ann", ui_password="open sesame"))
    assert capsys.readouterr().err == ""


def test_listening_beyond_this_machine_without_a_login_is_said(capsys: pytest.CaptureFixture[str]):
    assert login_of(read_settings(ui_host="0.0.0.0")) is None
    assert (
        capsys.readouterr().err == "Whoever reaches 0.0.0.0 can read, add and remove articles: UI_USER and UI_PASSWORD ask for a login.\n"
    )


@pytest.mark.parametrize("name", ["../../up.md", "/etc/up.md", "a\u202egpj.md", "<img src=x>.md", "nul\x00.md"])
def test_the_name_of_an_uploaded_file_leads_nowhere(scripted_address: str, name: str, tmp_path: Path):
    boundary = "between"
    body = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\nwords\r\n--{boundary}--\r\n'
    request = urllib.request.Request(f"{scripted_address}/gradio_api/upload", body.encode())
    request.add_header("Content-Type", f"multipart/form-data; boundary={boundary}")
    try:
        (path,) = json.loads(urllib.request.urlopen(request, timeout=10).read())
    except urllib.error.HTTPError as refusal:
        assert refusal.code in {400, 403}
        return
    kept = Path(path)
    from gradio.utils import get_upload_folder

    assert kept.resolve().is_relative_to(Path(get_upload_folder()).resolve())
    assert not set("<>/\\\x00") & set(kept.name)
