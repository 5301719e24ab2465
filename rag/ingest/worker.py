"""A process that reads files for another one. Pickles of paths come in, pickles of outcomes go out.

A process of our own, not `multiprocessing`: that would fork a process that has threads, or run the user's script a second time.
It is also what a time limit needs: nothing else ends a parser that is in the middle of C code.
"""

from __future__ import annotations

import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from rag.ingest.files import Outcome, read_file
from rag.ingest.limits import Limits

MEMORY_GB = 4
CRASHED = f"makes the program that reads it crash or take more than {MEMORY_GB} GB of memory"
STOPPED = "was not read: the reading was stopped"
ENDING_S = 5  # for the system to take away a process that has closed its answers
OUT_OF_TIME = {signal.SIGPROF, signal.SIGALRM}
WAITING = 10  # times MAX_READ_S may pass on the clock: a busy machine or a slow disk is no fault of the file


class Worker:
    """The other end: started when first asked, and again after a file that it did not survive."""

    def __init__(self, corpus: Path, limits: Limits) -> None:
        self._corpus = corpus
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._stopped = False

    def read(self, path: str) -> Outcome:
        """What `read_file` gives, read in the other process; a problem if that takes more than MAX_READ_S."""
        process = self._process or self._start()
        if process is None:
            return Outcome("", (), STOPPED)
        assert process.stdin and process.stdout
        try:
            _send(process.stdin, path)
            outcome: Outcome = pickle.load(process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            return Outcome("", (), self._why_it_ended(process))
        return outcome

    def stop(self) -> None:
        """End the process, also from another thread than the one that waits for it, or that is just starting it."""
        with self._starting:
            self._stopped = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _why_it_ended(self, process: subprocess.Popen[bytes]) -> str:
        try:
            ended_by = -process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            ended_by = 0
        self.close()
        return f"takes more than MAX_READ_S={self._limits.max_read_s} seconds to read" if ended_by in OUT_OF_TIME else CRASHED

    def _start(self) -> subprocess.Popen[bytes] | None:
        command = [sys.executable, "-c", "from rag.ingest.worker import main; main()"]  # -m warns: the package imports it, too
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path)}
        with self._starting:
            if self._stopped:
                return None
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        assert self._process.stdin
        _send(self._process.stdin, (str(self._corpus), self._limits))
        return self._process


def _send(to: IO[bytes], value: object) -> None:
    pickle.dump(value, to)
    to.flush()


def main() -> None:
    """Read until there is nobody who asks. A signal ends the process whatever it is in, also when nobody is left to send one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the asking process's
    _limit_memory()
    for out_of_time in OUT_OF_TIME:
        signal.signal(out_of_time, signal.SIG_DFL)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    try:
        corpus, limits = pickle.load(sys.stdin.buffer)
        while True:
            path = pickle.load(sys.stdin.buffer)
            outcome = read_file(Path(corpus), path, limits, lambda: _end_after(limits.max_read_s))
            _end_after(0)
            _send(answers, outcome)
    except (EOFError, BrokenPipeError):
        return


def _limit_memory() -> None:
    """A lower limit that the program was started under stays: a higher one than that may not be set."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = MEMORY_GB * 10**9
    resource.setrlimit(resource.RLIMIT_DATA, (most if soft == resource.RLIM_INFINITY else min(most, soft), hard))


def _end_after(seconds: int) -> None:
    """Of computing, which no other program on the machine makes longer, or of waiting ten times as long. 0: not at all."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds * WAITING)
