"""What a reader of the web chat waits for: the page, the first verified sentence, and the others who ask at the same time.

Starts the chat as a process of its own, extractive, and looks at it through Chromium and by plain HTTP.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from eval.questions import OWN, load
from rag.errors import UnusableInput
from rag.settings import Settings

CHROMIUM = Path("/usr/bin/chromium")
USERS = 10
EACH = 5  # questions of a user
WAIT_S = 120.0
ENTER_TO_SENTENCE = """(question) => new Promise((shown) => {
  const at = document.querySelectorAll(".turn").length;
  const box = document.querySelector("#composer textarea");
  const seen = new MutationObserver(() => {
    const turn = document.querySelectorAll(".turn")[at];
    if (!turn?.querySelector(".statement, .abstention")) return;
    seen.disconnect();
    shown(performance.now() - started);
  });
  seen.observe(document.querySelector("#transcript"), { childList: true, subtree: true });
  box.value = question;
  const started = performance.now();
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
})"""


def page(corpus: Path, settings: Settings) -> dict[str, Any]:
    """Milliseconds and seconds of one run; the machine should have nothing else to do."""
    if not CHROMIUM.exists():
        raise UnusableInput(f"There is no Chromium at {CHROMIUM}: apt-get install chromium.")
    questions = [q.question for q in load(OWN) if q.answerable and not q.history]
    figures: dict[str, Any] = {}
    with _served(corpus, settings, figures) as address:
        figures |= _in_the_browser(address, questions)
        figures |= _at_once(address, questions)
    return figures


@contextmanager
def _served(corpus: Path, settings: Settings, figures: dict[str, Any]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "DATA_DIR": str(settings.data_dir), "WRITER": "extractive"}
    command = [sys.executable, "-m", "ui", "--corpus", str(corpus), "--port", str(port)]
    started = time.perf_counter()
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _until_it_answers(address, server)
        figures["start to page, s"] = round(time.perf_counter() - started, 2)
        _asked(address, "ask", ["Are you ready to answer?", []])
        figures["start to an answer, s"] = round(time.perf_counter() - started, 2)
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def _until_it_answers(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).read()
            return
        except OSError:
            time.sleep(0.02)
    raise UnusableInput(f"The chat did not start at {address}; `python -m ui` says why.")


def _in_the_browser(address: str, questions: list[str]) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        paints, usable = [], []
        for _ in range(5):
            opened = browser.new_page()
            started = time.perf_counter()
            opened.goto(address)
            opened.get_by_role("list", name="Example questions").wait_for()
            usable.append((time.perf_counter() - started) * 1000)
            paints.append(opened.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
            if len(usable) < 5:
                opened.close()
        waited = []
        for question in questions:
            waited.append(opened.evaluate(ENTER_TO_SENTENCE, question))
            opened.get_by_role("button", name="Send").wait_for()  # the answer is whole, and the next is taken
        browser.close()
    return {
        "first paint, median ms": round(statistics.median(paints)),
        "page ready to be asked, median ms": round(statistics.median(usable)),
        "Enter to first verified sentence, median ms": round(statistics.median(waited)),
        "Enter to first verified sentence, p95 ms": round(_p95(waited)),
    }


def _at_once(address: str, questions: list[str]) -> dict[str, Any]:
    """Ten who ask one question after another, while an eleventh opens articles."""

    def user(number: int) -> list[float]:
        mine = [questions[(number * EACH + i) % len(questions)] for i in range(EACH)]
        return [_ms(partial(_asked, address, "ask", [question, []])) for question in mine]

    def reader(_: int) -> list[float]:
        return [_ms(partial(_asked, address, "article", ["001"])) for _ in range(EACH)]

    with ThreadPoolExecutor(USERS + 1) as pool:
        reading = pool.submit(reader, 0)
        waited = [ms for one in pool.map(user, range(USERS)) for ms in one]
        opened = reading.result()
    return {
        f"{USERS} at once: an answer, median ms": round(statistics.median(waited)),
        f"{USERS} at once: an answer, p95 ms": round(_p95(waited)),
        f"{USERS} at once: an article for another, max ms": round(max(opened)),
    }


def _asked(address: str, endpoint: str, arguments: list[Any]) -> Any:
    """The endpoint's answer by plain HTTP; what is not an answer is an error."""
    url = f"{address}/gradio_api/call/{endpoint}"
    request = urllib.request.Request(url, json.dumps({"data": arguments}).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=WAIT_S) as reply:
        event = json.loads(reply.read())["event_id"]
    with urllib.request.urlopen(f"{url}/{event}", timeout=WAIT_S) as reply:
        lines = reply.read().decode().splitlines()
    if "event: complete" not in lines:
        raise UnusableInput(f"{endpoint} failed: {' '.join(lines)[:300]}")
    return json.loads(lines[lines.index("event: complete") + 1].removeprefix("data: "))[0]


def _ms(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
