"""Many files: what could hang is read by a process that can be ended, by several where that is worth starting them."""

from __future__ import annotations

import os
import queue
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rag.ingest.files import Outcome, read_file
from rag.ingest.limits import MB, Limits
from rag.ingest.reader import is_plain, is_readable
from rag.ingest.walk import Stat
from rag.ingest.worker import Worker

# A saved page takes 0.5 s a megabyte, a process 0.6 s to start; two read forty pages of 275 kB in 3.1 s, one in 5.4 s. Threads gain
# nothing, and plain text is read faster than it is sent.
WORTH_IT = 5 * MB
QUICK = 1 * MB  # of plain text


def read_files(corpus: Path, found: Mapping[str, Stat], limits: Limits) -> Iterator[tuple[str, Outcome]]:
    """Every file's outcome, in order."""
    heavy = [stat.size for path, stat in found.items() if not _is_quick(path, stat, limits)]
    several = sum(heavy) >= WORTH_IT and _processors() > 1
    if several or (heavy and limits.max_read_s):
        yield from _apart(corpus, found, limits, _processors() if several else 1)
    else:
        yield from ((path, _outcome(corpus, path, stat, limits)) for path, stat in found.items())


def _apart(corpus: Path, found: Mapping[str, Stat], limits: Limits, workers: int) -> Iterator[tuple[str, Outcome]]:
    idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    hired = [Worker(corpus, limits) for _ in range(workers)]
    for worker in hired:
        idle.put(worker)

    def one(path: str) -> Outcome:
        if _is_quick(path, found[path], limits):
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
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in hired:
            worker.stop()  # who stops the indexing does not wait for a file that hangs
        pool.shutdown(wait=True)
        for worker in hired:
            worker.close()


def _is_quick(path: str, stat: Stat, limits: Limits) -> bool:
    """Whether nothing parses it that could hang: most often because nothing reads it at all."""
    refused = stat.problem is not None or stat.size <= 0 or stat.size > limits.file_bytes or not is_readable(path)
    return refused or (is_plain(path) and stat.size <= QUICK)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _outcome(corpus: Path, path: str, stat: Stat, limits: Limits) -> Outcome:
    return Outcome("", (), stat.problem) if stat.problem else read_file(corpus, path, limits)
