"""Nothing leaves the machine: index, ask and serve the page, and look at every address that was connected to.

Python's own sockets are watched by an audit hook in a `sitecustomize`. Chroma, tantivy, ONNX Runtime and tokenizers have native
code, which the hook does not see: where `strace` is installed it watches the system calls; elsewhere that half is not tested.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.settings import Settings
from tests.conftest import SEEDS, child_environment

HOOK = """
import json, os, sys

def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
        address = arguments[1] if event != "socket.getaddrinfo" else arguments[0]
        with open(os.environ["WATCHED"], "a") as file:
            file.write(json.dumps([event, address if isinstance(address, str) or not address else list(address)], default=str) + "\\n")

sys.addaudithook(watch)
"""
Start = Callable[..., "subprocess.Popen[str]"]


def is_local(host: str) -> bool:
    if host in {"localhost", "", "None"} or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    """Where the hook writes; made before, so that its absence is no silence."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    file = tmp_path / "watched.jsonl"
    file.touch()
    return file


def whole_run(start: Start) -> None:
    """Index, ask, serve the page and fetch it."""
    for arguments in (["rag", "index", str(SEEDS)], ["rag", "ask", "Who is Baghdadi?", "--corpus", str(SEEDS), "--json"]):
        process = start(*arguments)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = start("ui", "--corpus", str(SEEDS), "--port", str(port))
    try:
        assert b"Footnote" in fetched(f"http://127.0.0.1:{port}", server)
    finally:
        stop(server)


def fetched(address: str, server: subprocess.Popen[str]) -> bytes:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return bytes(urllib.request.urlopen(address, timeout=10).read())
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"{address} did not answer")


def stop(server: subprocess.Popen[str]) -> None:
    time.sleep(3)  # what is loaded in the background, and whatever a library may want to report
    os.killpg(server.pid, signal.SIGINT)
    try:
        server.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.communicate()


def starter(settings: Settings, tmp_path: Path, *before: str, **environment: str) -> Start:
    def start(module: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*before, sys.executable, "-m", module, *arguments],
            cwd=tmp_path,
            env=child_environment(settings, WRITER="auto", OLLAMA_HOST="http://127.0.0.1:9", **environment),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    return start


def test_no_python_code_connects_beyond_this_machine(settings: Settings, watched: Path, tmp_path: Path) -> None:
    whole_run(starter(settings, tmp_path, PYTHONPATH=str(tmp_path / "hook"), WATCHED=str(watched)))
    seen = [json.loads(line) for line in watched.read_text().splitlines()]
    assert ["socket.connect", ["127.0.0.1", 9]] in seen  # the hook works: this is the look for Ollama
    hosts = {str(address[0]) if isinstance(address, list) else str(address) for _, address in seen}
    assert not {host for host in hosts if not is_local(host)}


def test_no_native_code_connects_beyond_this_machine(settings: Settings, tmp_path: Path) -> None:
    strace = shutil.which("strace")
    if strace is None:
        return
    log = tmp_path / "strace.log"
    before = [strace, "-f", "-q", "-A", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "--signal=none", "-o", str(log)]
    whole_run(starter(settings, tmp_path, *before))
    text = log.read_text(errors="replace")
    found = set(re.findall(r'(?:inet_addr\("|inet_pton\(AF_INET6, ")([^"]+)"', text))
    assert "127.0.0.1" in found
    assert not {host for host in found if not is_local(host)}
