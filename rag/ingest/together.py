"""Many files, read by several processes where that is worth starting them."""

from __future__ import annotations

import os
import queue
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rag.ingest.files import Outcome, read_file
from rag.ingest.limits import MB, Limits
from rag.ingest.reader import is_plain
from rag.ingest.walk import Stat
from rag.ingest.worker import Worker

# A saved page takes 0.5 s a megabyte, a process 0.6 s to start; two read forty pages of 275 kB in 3.1 s, one in 5.4 s. Threads gain
# nothing, and plain text is read faster than it is sent.
WORTH_IT = 5 * MB


def read_files(corpus: Path, found: Mapping[str, Stat], limits: Limits) -> Iterator[tuple[str, Outcome]]:
    """Every file's outcome, in order."""
    heavy = sum(min(stat.size, limits.file_bytes) for path, stat in found.items() if stat.size > 0 and not is_plain(path))
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers < 2 or heavy < WORTH_IT:
        yield from ((path, _outcome(corpus, path, stat, limits)) for path, stat in found.items())
    else:
        yield from _together(corpus, found, limits, workers)


def _together(corpus: Path, found: Mapping[str, Stat], limits: Limits, workers: int) -> Iterator[tuple[str, Outcome]]:
    idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    hired = [Worker(corpus, limits) for _ in range(workers)]
    for worker in hired:
        idle.put(worker)

    def one(path: str) -> Outcome:
        if found[path].problem or is_plain(path):
            return _outcome(corpus, path, found[path], limits)
        worker = idle.get()
        try:
            return worker.read(path)
        finally:
            idle.put(worker)

    pool = ThreadPoolExecutor(workers)
    try:
        yield from zip(found, pool.map(one, found), strict=True)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for worker in hired:
            worker.close()


def _outcome(corpus: Path, path: str, stat: Stat, limits: Limits) -> Outcome:
    return Outcome("", (), stat.problem) if stat.problem else read_file(corpus, path, limits)
