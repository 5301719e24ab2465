"""The running page keeps up with its folder: a real process, a real folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from playwright.sync_api import Page, expect

from rag.plan import IndexReport
from rag.settings import Settings
from tests.conftest import ROOT, child_environment
from tests.scripted_page import ScriptedAssistant, free_port, until
from ui.__main__ import follow
from ui.opening import Opening


@pytest.fixture
def running(corpus: Path, settings: Settings) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    command = [sys.executable, "-m", "ui", "--corpus", str(corpus), "--port", str(port)]
    environment = child_environment(settings, WRITER="extractive")
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None and "Footnote is at" in process.stdout.readline()
    yield process, port
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def listed(client: Any) -> set[str]:
    return {article["id"] for article in client.predict(api_name="/articles")}


def until_listed(client: Any, expected: set[str]) -> None:
    deadline = time.monotonic() + 60
    while (found := listed(client)) != expected:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)


class Faulty(ScriptedAssistant):
    """Has a defect at the first look, is well at the second, and is interrupted at the third."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def refresh(self, tick: Any = None) -> IndexReport:
        self.looks += 1
        if self.looks == 1:
            raise RuntimeError("a defect")
        if self.looks == 3:
            raise KeyboardInterrupt
        return self.report


def test_a_defect_while_looking_at_the_folder_is_one_line_and_the_next_change_is_looked_at(corpus: Path, caplog: pytest.LogCaptureFixture):
    assistant = Faulty()
    opening = Opening(lambda progress: assistant)
    opening.start()

    def followed() -> None:
        with suppress(KeyboardInterrupt):
            follow(opening, corpus.resolve())

    following = threading.Thread(target=followed, daemon=True)
    following.start()
    for looks in (1, 2, 3):
        until(lambda wanted=looks: assistant.looks >= wanted, 20)  # type: ignore[misc]
        (corpus / "mill.md").write_text(f"The mill at Horn burnt down {looks} times.")
    following.join(20)
    assert not following.is_alive()
    line = "Looking at the folder failed (RuntimeError: a defect). It is looked at again when it changes."
    assert [(record.getMessage(), record.exc_info) for record in caplog.records] == [(line, None)]


@pytest.mark.browser
def test_an_open_page_says_when_its_program_is_gone(running: tuple[subprocess.Popen[str], int], page: Page):
    process, port = running
    page.goto(f"http://127.0.0.1:{port}")
    status = page.locator("#status .line")
    expect(status).to_contain_text("3 articles", timeout=60_000)
    os.killpg(process.pid, signal.SIGKILL)
    expect(status).to_have_text("Footnote does not answer; is it still running?")


def test_files_that_come_and_go_are_followed_by_the_page(running: tuple[subprocess.Popen[str], int], corpus: Path):
    process, port = running
    client = Client(f"http://127.0.0.1:{port}", download_files=False, verbose=False, analytics_enabled=False)
    before = listed(client)
    (corpus / "mill.md").write_text("The mill at Horn burnt down in May. Nobody was hurt.")
    until_listed(client, before | {"mill"})
    answer = client.predict("When did the mill at Horn burn down?", api_name="/ask")
    assert [c["article_id"] for s in answer["statements"] for c in s["citations"]] == ["mill"]
    (corpus / "mill.md").unlink()
    until_listed(client, before)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err.splitlines()[-1]) == (0, "Stopped.")
