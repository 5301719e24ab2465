"""The model panel: which writer and why, what the Ollama server has, fetching with progress and cancel, removing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from rag.errors import ModelUnavailable, UnusableInput
from rag.settings import read_settings
from tests.ollama_server import Script, ScriptedServer, scripted_ollama
from tests.real_ollama import RealOllama
from tests.scripted_page import ScriptedAssistant, ask, free_port, last_turn, until
from ui.models import Models
from ui.opening import Opening

STEPS = (
    {"status": "pulling manifest"},
    {"status": "pulling aaa", "digest": "sha256:aaa", "total": 80_000_000, "completed": 20_000_000},
    {"status": "pulling bbb", "digest": "sha256:bbb", "total": 20_000_000, "completed": 5_000_000},
    None,
    {"status": "pulling aaa", "digest": "sha256:aaa", "total": 80_000_000, "completed": 80_000_000},
    {"status": "success"},
)


@pytest.fixture
def ollama() -> Iterator[ScriptedServer]:
    with scripted_ollama(Script(pull=STEPS)) as server:
        yield server


@pytest.fixture
def models(ollama: ScriptedServer) -> Models:
    return Models(read_settings(ollama_host=ollama.host, ollama_model="tiny:1b"))


def fetched(models: Models) -> dict[str, object]:
    found: dict[str, object] = models.view()["fetching"]
    return found


def test_the_view_has_the_models_with_their_sizes_and_which_is_wanted(models: Models, ollama: ScriptedServer):
    assert models.view() == {
        "wanted": "tiny:1b",
        "host": ollama.host,
        "installed": [{"name": "tiny:1b", "size": "1.0 GB"}],
        "problem": "",
        "fetching": None,
    }


def test_a_server_that_does_not_answer_is_said_with_the_fix():
    view = Models(read_settings(ollama_host="http://127.0.0.1:9")).view()
    assert view["installed"] == [] and "start it with `ollama serve`" in view["problem"]


def test_progress_adds_up_the_parts_of_a_model(models: Models, ollama: ScriptedServer):
    models.fetch("other:2b")
    until(lambda: fetched(models)["total"] == 100_000_000)
    assert fetched(models)["completed"] == 25_000_000 and not fetched(models)["done"]
    with pytest.raises(UnusableInput, match="other:2b is being fetched"):
        models.fetch("third:3b")
    ollama.go_on.set()
    until(lambda: bool(fetched(models)["done"]))
    assert fetched(models)["error"] == ""
    until(lambda: [m["name"] for m in models.view()["installed"]] == ["other:2b", "tiny:1b"])


def test_cancelling_hangs_up_on_the_server(models: Models, ollama: ScriptedServer):
    models.fetch("other:2b")
    until(lambda: fetched(models)["total"] == 100_000_000)
    models.cancel()
    assert ollama.hung_up.wait(5)
    until(lambda: bool(fetched(models)["done"]))
    assert (fetched(models)["cancelled"], fetched(models)["error"]) == (True, "")
    assert [m["name"] for m in models.view()["installed"]] == ["tiny:1b"]
    models.cancel()  # again is no harm


def test_what_the_registry_refuses_is_passed_on():
    refusal = {"error": "pull model manifest: file does not exist"}
    with scripted_ollama(Script(pull=(refusal,))) as server:
        models = Models(read_settings(ollama_host=server.host))
        models.fetch("nosuch:1b")
        until(lambda: bool(fetched(models)["done"]))
        assert fetched(models)["error"] == "nosuch:1b: pull model manifest: file does not exist."


def test_a_model_is_removed_and_one_that_is_not_there_is_said(models: Models):
    models.remove("tiny:1b")
    assert models.view()["installed"] == []
    with pytest.raises(ModelUnavailable, match="tiny:1b: model 'tiny:1b' not found"):
        models.remove("tiny:1b")


@pytest.mark.parametrize("name", ["", "../x", "a b", "-x", "x" * 201, "http://evil.example/x", "a\n"])
def test_what_is_no_name_of_a_model_does_not_reach_the_server(models: Models, ollama: ScriptedServer, name: str):
    for act in (models.fetch, models.remove):
        with pytest.raises(UnusableInput, match="no name of a model"):
            act(name)
    assert ollama.requests == []


def test_a_cloud_model_is_not_fetched_unless_the_settings_allow_it(models: Models):
    with pytest.raises(UnusableInput, match="OLLAMA_ALLOW_CLOUD"):
        models.fetch("big:cloud")


@pytest.mark.models
def test_a_real_server_lists_and_removes_its_models(real_ollama: RealOllama):
    models = Models(read_settings(ollama_host=real_ollama.host, ollama_model=real_ollama.model))
    copied = {"source": real_ollama.model, "destination": "copied:135m"}
    httpx.post(f"{real_ollama.host}/api/copy", json=copied, trust_env=False).raise_for_status()
    names = [model["name"] for model in models.view()["installed"]]
    assert names == ["copied:135m", real_ollama.model]
    models.remove("copied:135m")
    assert [model["name"] for model in models.view()["installed"]] == [real_ollama.model]
    with pytest.raises(ModelUnavailable, match="copied:135m: .*not found"):
        models.remove("copied:135m")


@pytest.mark.models
def test_a_real_server_that_cannot_reach_its_registry_says_so(real_ollama: RealOllama):
    models = Models(read_settings(ollama_host=real_ollama.host))
    models.fetch("localhost/library/nosuch:1b")
    until(lambda: bool(fetched(models)["done"]), 60)
    assert str(fetched(models)["error"]).startswith("localhost/library/nosuch:1b: ")


@pytest.fixture
def panel(page: Page, ollama: ScriptedServer, tmp_path: Path) -> Iterator[tuple[Page, ScriptedAssistant]]:
    from ui import app

    assistant, port = ScriptedAssistant(), free_port()
    opening = Opening(lambda progress: assistant)
    blocks = app.build(opening, "", read_settings(ollama_host=ollama.host, ollama_model="tiny:1b", data_dir=tmp_path))
    app.launch(blocks, "127.0.0.1", port)
    opening.start()
    page.goto(f"http://127.0.0.1:{port}")
    expect(page.get_by_role("list", name="Example questions")).to_be_visible()
    page.get_by_role("button", name="Model").click()
    yield page, assistant
    blocks.close(verbose=False)


@pytest.mark.browser
def test_the_panel_says_who_writes_and_why_and_what_is_installed(panel: tuple[Page, ScriptedAssistant]):
    page, _ = panel
    drawer = page.get_by_role("region", name="Model")
    expect(drawer.locator(".who")).to_have_text("2 articles · 7 passages · extractive writer")
    expect(drawer.locator(".why")).to_contain_text("start it with: ollama serve")
    expect(drawer.get_by_role("list", name="Installed models")).to_contain_text("tiny:1b 1.0 GBwrites the answers")
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa"]}})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.browser
def test_a_model_is_fetched_with_progress_and_removed(panel: tuple[Page, ScriptedAssistant], ollama: ScriptedServer):
    page, _ = panel
    page.get_by_role("textbox", name="Model to fetch").fill("other:2b")
    page.keyboard.press("Enter")
    drawer = page.get_by_role("region", name="Model")
    expect(drawer.locator(".step")).to_have_text("other:2b: 25 MB of 100 MB")
    expect(drawer.get_by_role("progressbar")).to_have_attribute("value", "25000000")
    ollama.go_on.set()
    expect(drawer.locator(".step")).to_have_text("other:2b is there.")
    expect(drawer.get_by_role("progressbar")).to_be_hidden()
    row = drawer.get_by_role("listitem").filter(has_text="other:2b")
    expect(row.get_by_role("button", name="Write with other:2b")).to_be_visible()
    row.get_by_role("button", name="Remove").click()
    row.get_by_role("button", name="Remove for good").click()
    expect(row).to_have_count(0)
    assert ollama.installed == ["tiny:1b"]


@pytest.mark.browser
def test_fetching_is_cancelled_also_after_the_panel_was_closed(panel: tuple[Page, ScriptedAssistant], ollama: ScriptedServer):
    page, _ = panel
    page.get_by_role("textbox", name="Model to fetch").fill("other:2b")
    page.keyboard.press("Enter")
    drawer = page.get_by_role("region", name="Model")
    expect(drawer.locator(".step")).to_contain_text("25 MB of 100 MB")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.get_by_role("button", name="Model").click()
    drawer.get_by_role("button", name="Cancel").click()
    expect(drawer.locator(".step")).to_contain_text("other:2b: cancelled.")
    assert ollama.hung_up.wait(5)


@pytest.mark.browser
def test_a_name_that_is_none_is_said(panel: tuple[Page, ScriptedAssistant]):
    page, _ = panel
    page.get_by_role("textbox", name="Model to fetch").fill("no name")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Model").locator(".problem")).to_contain_text("That is no name of a model")


@pytest.mark.browser
def test_a_reader_may_do_without_the_model_and_never_ask_for_one_that_the_settings_forbid(panel: tuple[Page, ScriptedAssistant]):
    page, assistant = panel
    page.evaluate("localStorage.setItem('footnote-model', 'other:2b')")
    page.reload()
    line = page.locator("#status .line")
    expect(line).to_have_text("2 articles · 7 passages · ollama writer with other:2b")
    page.get_by_role("button", name="Model").click()
    page.get_by_role("checkbox", name="Answer in the articles' own sentences").check()
    expect(line).to_have_text("2 articles · 7 passages · extractive writer")
    expect(page.locator("#status .why")).to_have_text("You chose the articles' own sentences, without a model.")
    page.reload()
    expect(line).to_have_text("2 articles · 7 passages · extractive writer")
    ask(page, "militants?")
    expect(last_turn(page).locator(".foot")).to_be_visible()
    page.evaluate("localStorage.setItem('footnote-writer', 'ollama')")
    ask(page, "and bombers?")
    expect(page.locator(".foot")).to_have_count(2)
    assert assistant.writers == ["extractive", None]


@pytest.mark.browser
def test_a_choice_that_the_browser_does_not_keep_is_taken_back_and_said(panel: tuple[Page, ScriptedAssistant]):
    page, _ = panel
    page.evaluate("Object.defineProperty(Storage.prototype, 'setItem', { value() { throw new DOMException('', 'QuotaExceededError') } })")
    box = page.get_by_role("checkbox", name="Answer in the articles' own sentences")
    box.click()
    expect(page.get_by_role("region", name="Model").locator(".problem")).to_contain_text("storage is full or forbidden")
    expect(box).not_to_be_checked()


@pytest.mark.browser
def test_a_reader_chooses_the_model_that_writes_and_the_choice_lasts(panel: tuple[Page, ScriptedAssistant], ollama: ScriptedServer):
    page, assistant = panel
    ollama.installed.append("other:2b")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Model").click()
    drawer = page.get_by_role("region", name="Model")
    drawer.get_by_role("button", name="Write with other:2b").click()
    row = drawer.get_by_role("listitem").filter(has_text="other:2b")
    expect(row).to_contain_text("writes the answers")
    expect(drawer.get_by_role("button", name="Write with tiny:1b")).to_be_visible()
    expect(drawer.locator(".who")).to_have_text("2 articles · 7 passages · ollama writer with other:2b")
    page.reload()
    expect(page.locator("#status .line")).to_have_text("2 articles · 7 passages · ollama writer with other:2b")
    ask(page, "militants?")
    expect(last_turn(page).locator(".foot")).to_be_visible()
    page.evaluate("localStorage.setItem('footnote-model', 'no name')")
    ask(page, "and bombers?")
    expect(page.locator(".foot")).to_have_count(2)
    assert assistant.models == ["other:2b", None]
