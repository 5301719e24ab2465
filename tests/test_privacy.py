"""Nothing leaves the machine: index, ask and serve the page, and look at every address that was connected to.

Python's own sockets are watched by an audit hook in a `sitecustomize`. Chroma, tantivy, ONNX Runtime and tokenizers have native
code, which the hook does not see: where `strace` is installed it watches the system calls; elsewhere that half is not tested.
ONNX Runtime reports to its maker only after ten seconds, and never where it believes to be tested: the page is served for
longer than that, in an environment without the signs of a test.
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
SIGNS_OF_A_TEST = {
    "APPVEYOR", "BITBUCKET_BUILD_NUMBER", "BUILDKITE", "CI", "CIRCLECI", "CODEBUILD_BUILD_ID", "GITHUB_ACTIONS", "GITLAB_CI",
    "JENKINS_URL", "ORT_RUNNING_UNIT_TESTS", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "TEAMCITY_VERSION", "TF_BUILD", "TRAVIS",
}  # fmt: skip
OPT_OUTS = {"ORT_DISABLE_TELEMETRY", "ANONYMIZED_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY", "HF_HUB_OFFLINE", "DO_NOT_TRACK"}
REPORTED_AFTER_S = 12
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
    (tmp_path / "home").mkdir()
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
    time.sleep(REPORTED_AFTER_S)
    os.killpg(server.pid, signal.SIGINT)
    try:
        server.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.communicate()


def starter(settings: Settings, tmp_path: Path, *before: str, **environment: str) -> Start:
    more = {"WRITER": "auto", "OLLAMA_HOST": "http://127.0.0.1:9", "HOME": str(tmp_path / "home"), **environment}
    whole = child_environment(settings, **more)
    clean = {name: value for name, value in whole.items() if name not in SIGNS_OF_A_TEST | OPT_OUTS}

    def start(module: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*before, sys.executable, "-m", module, *arguments],
            cwd=tmp_path,
            env=clean,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    return start


def test_nothing_connects_beyond_this_machine(settings: Settings, watched: Path, tmp_path: Path) -> None:
    strace = shutil.which("strace")
    log = tmp_path / "strace.log"
    calls = "trace=connect,sendto,sendmsg,sendmmsg"
    before = [strace, "-f", "-q", "-A", "-e", calls, "--signal=none", "-o", str(log)] if strace else []
    whole_run(starter(settings, tmp_path, *before, PYTHONPATH=str(tmp_path / "hook"), WATCHED=str(watched)))
    seen = [json.loads(line) for line in watched.read_text().splitlines()]
    assert ["socket.connect", ["127.0.0.1", 9]] in seen  # the hook works: this is the look for Ollama
    by_python = {str(address[0]) if isinstance(address, list) else str(address) for _, address in seen}
    assert not {host for host in by_python if not is_local(host)}
    if strace:
        calls = log.read_text(errors="replace")
        by_any_code = set(re.findall(r'(?:inet_addr\("|inet_pton\(AF_INET6, ")([^"]+)"', calls))
        assert "127.0.0.1" in by_any_code
        assert not {host for host in by_any_code if not is_local(host)}
    assert not [path for path in (tmp_path / "home").rglob("*") if "microsoft" in path.name.lower()]  # its identifier
