"""Changes of a corpus folder, as they happen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path, PurePath

from rag.errors import IndexUnavailable

QUIET_MS = 400  # without a change: a program that saves a file, or unpacks a hundred, is then done
LONGEST_MS = 5_000  # of changes without a pause
STARTED_MS = 1_000


def changes(corpus: Path, stop: threading.Event | None = None) -> Iterator[None]:
    """One for every burst of changes; the first at once, for what changed before the watching began. Ends with `stop` or Ctrl-C.

    Raises:
        IndexUnavailable: the system does not let the folder be watched.
    """
    from watchfiles import watch

    def seen(change: object, path: str) -> bool:
        return not any(part.startswith(".") for part in PurePath(path).relative_to(corpus).parts)

    first = True
    try:
        for found in watch(
            corpus,
            watch_filter=seen,
            debounce=LONGEST_MS,
            step=QUIET_MS,
            stop_event=stop,
            rust_timeout=STARTED_MS,
            yield_on_timeout=True,
            raise_interrupt=True,
        ):
            if found or first:
                first = False
                yield
    except (OSError, RuntimeError) as error:
        raise IndexUnavailable(f"The folder {str(corpus)!r} cannot be watched ({error}).") from error
