"""The fixture `real_ollama`: a real server with a real, very small model, as `.ci/ollama` puts them in .cache."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx
import pytest

MODEL = "smollm2:135m"
CACHE = Path(__file__).resolve().parent.parent / ".cache"
WEIGHTS = CACHE / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"


class RealOllama:
    """`ollama serve` on a free port, with models in a folder of its own. Can be killed and started again."""

    model = MODEL

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._log = folder / "serve.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.host = f"http://127.0.0.1:{free.getsockname()[1]}"
        own = {"OLLAMA_HOST": self.host, "OLLAMA_MODELS": str(folder / "models"), "HOME": str(folder)}
        self._environment = {**os.environ, **own}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = self._run("serve", log)
        deadline = time.monotonic() + 30
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"ollama serve did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End the server and the runner that holds the model, as a crash or the kernel's memory killer would."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def create(self, weights: Path, folder: Path) -> None:
        modelfile = folder / "Modelfile"
        modelfile.write_text(f"FROM {weights}\n")
        command = [self._program, "create", MODEL, "-f", str(modelfile)]
        subprocess.run(command, env=self._environment, check=True, capture_output=True, timeout=120)

    def unload(self) -> None:
        """Take the model out of memory and wait until it is."""
        empty = {"model": MODEL, "messages": [], "keep_alive": 0}
        httpx.post(f"{self.host}/api/chat", json=empty, trust_env=False, timeout=60).raise_for_status()
        while self.loaded():
            time.sleep(0.02)

    def loaded(self) -> list[str]:
        reply = httpx.get(f"{self.host}/api/ps", trust_env=False, timeout=5).raise_for_status()
        return [str(each["name"]) for each in reply.json()["models"]]

    def _run(self, command: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
        # A session of its own: the server starts a runner, and both must end.
        return subprocess.Popen([self._program, command], env=self._environment, stdout=log, stderr=log, start_new_session=True)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.host}/api/version", trust_env=False, timeout=2).is_success
        except httpx.HTTPError:
            return False


@pytest.fixture(scope="session")
def real_ollama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealOllama]:
    """A running server with SmolLM2-135M. A test that kills it starts it again."""
    own = CACHE / "bin" / "ollama"
    program = str(own) if own.exists() else shutil.which("ollama")
    if program is None or not WEIGHTS.exists():
        missing = "the program ollama" if program is None else f"the model {WEIGHTS.name}"
        reason = f"{missing} is not there: run .ci/ollama"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason} (under CI nothing is skipped)")
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("ollama")
    server = RealOllama(program, folder)
    try:
        server.start()
        server.create(WEIGHTS, folder)
        yield server
    finally:
        server.kill()
