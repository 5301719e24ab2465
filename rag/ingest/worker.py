"""A process that reads files for another one. Pickles of paths come in, pickles of outcomes go out.

A process of our own, not `multiprocessing`: that would fork a process that has threads, or run the user's script a second time.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

from rag.ingest.files import Outcome, read_file
from rag.ingest.limits import Limits

CRASHED = "makes the program that reads it crash"


class Worker:
    """The other end: started when first asked, and again after a file that it did not survive."""

    def __init__(self, corpus: Path, limits: Limits) -> None:
        self._setting = (str(corpus), limits)
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, path: str) -> Outcome:
        """What `read_file` gives, read in the other process."""
        process = self._process or self._start()
        assert process.stdin and process.stdout
        try:
            _send(process.stdin, path)
            outcome: Outcome = pickle.load(process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            self.close()
            return Outcome("", (), CRASHED)
        return outcome

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", "from rag.ingest.worker import main; main()"]  # -m warns: the package imports it, too
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path)}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        assert self._process.stdin
        _send(self._process.stdin, self._setting)
        return self._process


def _send(to: IO[bytes], value: object) -> None:
    pickle.dump(value, to)
    to.flush()


def main() -> None:
    """Read until there is nobody who asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the asking process's
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    try:
        corpus, limits = pickle.load(sys.stdin.buffer)
        while True:
            _send(answers, read_file(Path(corpus), pickle.load(sys.stdin.buffer), limits))
    except (EOFError, BrokenPipeError):
        return
