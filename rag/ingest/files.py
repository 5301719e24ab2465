"""Files on the disk → what reading them gave. No file stops the reading of the others."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag.ingest.entry import Entry, Unreadable
from rag.ingest.limits import Limits, too_large
from rag.ingest.reader import EMPTY, read, reader_of, unheard


@dataclass(frozen=True, slots=True)
class Outcome:
    """What reading a file gave: its hash and places, or the problem; `passing`: another time there may be none."""

    sha256: str
    entries: tuple[Entry, ...]
    problem: str | None = None
    passing: bool = False


def read_file(corpus: Path, path: str, limits: Limits = EMPTY, each: Callable[[], None] = unheard) -> Outcome:
    """Read a file; every problem that it has is in the outcome. `each` is called before it and after every article in it."""
    sha256 = ""
    each()
    try:
        data = read_bytes(corpus, path, limits)
        sha256 = hashlib.sha256(data).hexdigest()
        return Outcome(sha256, tuple(read(path, data, limits, each)))
    except Unreadable as error:
        return Outcome(sha256, (), str(error), error.passing)
    except (OSError, MemoryError):  # the machine's, not the file's: a disk that is full
        raise
    except Exception as error:  # of a parser, on bytes that nobody thought of
        return Outcome(sha256, (), f"cannot be read ({type(error).__name__})")


def read_bytes(corpus: Path, path: str, limits: Limits = EMPTY) -> bytes:
    """The file's bytes.

    Raises:
        Unreadable: no reader knows its kind, it is too large, or the operating system does not give it.
    """
    reader_of(path)
    try:
        with (corpus / path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = b"" if too_large(size, limits) else file.read(limits.file_bytes + 1)  # it may be growing
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}", passing=True) from error
    if problem := too_large(max(size, len(data)), limits):
        raise Unreadable(problem)
    return data
