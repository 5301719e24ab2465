"""Where an index is kept: its folder in the data directory, who may write there, and its manifest, made anew when it is damaged."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rag import ingest
from rag.errors import ManifestError, SettingError
from rag.manifest import Manifest
from rag.settings import Settings

Report = Callable[[str], None]
Tick = Callable[[str, int, int], None]  # "reading" (files) or "embedding" (passages), how many are done, of how many


def folder_of(corpus: Path, settings: Settings) -> Path:
    """The corpus's folder in the data directory, made if need be.

    Raises:
        CorpusError: there is no such corpus.
        SettingError: the data directory cannot be written, or is inside the corpus.
    """
    name = re.sub(r"[^\w-]+", "-", corpus.name)[:40] or "corpus"
    digest = hashlib.sha256(str(corpus).encode()).hexdigest()[:12]
    if not corpus.is_dir():
        ingest.scan(corpus)
    if settings.data_dir.resolve().is_relative_to(corpus):
        raise SettingError(f"DATA_DIR={str(settings.data_dir)!r} is inside the corpus folder. Choose one outside of it.")
    folder = settings.data_dir / "corpora" / f"{name}-{digest}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
    except OSError as error:
        raise SettingError(
            f"DATA_DIR={str(settings.data_dir)!r} cannot be written ({error.strerror}). Set DATA_DIR to a folder that can."
        ) from error
    return folder


@contextmanager
def writing(folder: Path, report: Report) -> Iterator[None]:
    """Only one process writes at a time; the others wait."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0.05)
    except Timeout:
        report("Another process is indexing this corpus; waiting for it …")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def open_manifest(path: Path, report: Report) -> Manifest:
    """The manifest; an empty one where what is there is no SQLite file."""
    try:
        return Manifest(path)
    except ManifestError as error:
        if not is_damage(error):
            raise
        return empty_manifest(path, error, report)


def is_damage(error: ManifestError) -> bool:
    """Whether it is about what is in the file: not about a disk that is full, a lock, or a manifest that has been closed."""
    return getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def empty_manifest(path: Path, error: ManifestError, report: Report) -> Manifest:
    """A new manifest in the place of a damaged one, with caches of its own."""
    report(f"The manifest is damaged ({error.__cause__}); the index is built again.")
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        (path.parent / name).unlink(missing_ok=True)
    old = list(path.parent.glob("chroma-*"))
    for folder in [*old, path.parent / "bm25"]:
        shutil.rmtree(folder, ignore_errors=True)
    manifest = Manifest(path)
    # Not a folder that this process may still have open.
    manifest.set_meta(chroma=str(1 + max((int(p.name.partition("-")[2]) for p in old), default=0)))
    return manifest
