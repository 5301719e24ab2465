"""The running page keeps up with its folder: a real process, a real folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client

from rag.settings import Settings
from tests.conftest import ROOT, child_environment
from tests.scripted_page import free_port


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
