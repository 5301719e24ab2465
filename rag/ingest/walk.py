"""The files below a folder, without reading any: lazily, and no folder twice, whatever links there are."""

from __future__ import annotations

import os
import stat as modes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.errors import CorpusError
from rag.ingest.limits import Limits

PAGE_SUFFIXES = (".html", ".htm")
TWICE = "leads to a folder that is read anyway"
Identity = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Stat:
    """What tells that a file may have changed without reading it. `problem`: why it cannot be read at all."""

    size: int
    mtime_ns: int  # of its words or of its place, whichever changed later: a copy may bring an old time along
    problem: str | None = None


def scan(corpus: Path, limits: Limits | None = None) -> dict[str, Stat]:
    """Every file below the folder by its relative path, in order. Hidden files and folders are not part of it.

    Raises:
        CorpusError: there is no such folder, there is no file in it, or there are more than MAX_FILES.
    """
    most = (limits or Limits()).max_files
    if not corpus.is_dir():
        what = "is a file, not a folder" if corpus.exists() else "does not exist"
        raise CorpusError(f"The corpus folder {str(corpus)!r} {what}. Name a folder of articles, such as: seeds")
    found: dict[str, Stat] = {}
    for path, stat in _walk(corpus):
        found[path] = stat
        if len(found) > most:
            raise CorpusError(f"The corpus folder {str(corpus)!r} has more than {most:,} files. Name a smaller one, or set MAX_FILES.")
    if not found:
        raise CorpusError(f"The corpus folder {str(corpus)!r} is empty. Put .txt or .md articles into it.")
    return dict(sorted(found.items()))


def _walk(corpus: Path) -> Iterator[tuple[str, Stat]]:
    """Real folders first, then links to folders: a link leads to files only where no other way does."""
    seen: set[Identity] = set()
    links: list[str] = []
    yield from _below(str(corpus), "", seen, links)
    for link in links:  # grows while it is read: a linked folder may have links of its own
        yield from _below(os.path.join(corpus, link), link + "/", seen, links)


def _below(folder: str, prefix: str, seen: set[Identity], links: list[str]) -> Iterator[tuple[str, Stat]]:
    pending = [(folder, prefix)]
    while pending:
        folder, prefix = pending.pop()
        identity = _identity(folder)
        if identity in seen:  # a link led to a folder above this one
            yield prefix.rstrip("/"), Stat(-1, -1, TWICE)
            continue
        seen.add(identity)
        try:
            with os.scandir(folder) as scanned:
                entries = sorted((e for e in scanned if not e.name.startswith(".")), key=lambda e: e.name)
        except OSError as error:
            yield prefix.rstrip("/"), Stat(-1, -1, f"is a folder that cannot be read: {error.strerror or error}")
            continue
        names = {e.name for e in entries}
        for entry in entries:
            path = prefix + entry.name
            if not _is_text(entry.name):
                yield os.fsencode(path).decode("utf-8", "replace"), Stat(-1, -1, "has a name that is not UTF-8; give it another")
            elif not _is_folder(entry):
                yield path, _stat(entry)
            elif page := _saved_page(entry.name, names):
                yield path, Stat(-1, -1, f"holds the parts of the saved page {page}")
            elif entry.is_symlink():
                links.append(path)
            else:
                pending.append((entry.path, path + "/"))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a loop of links; its stat says so
        return False


def _saved_page(folder: str, beside: set[str]) -> str | None:
    """The page beside which a browser put its pictures and scripts."""
    if not folder.endswith("_files"):
        return None
    return next((page for suffix in PAGE_SUFFIXES if (page := folder.removesuffix("_files") + suffix) in beside), None)


def _identity(folder: str) -> Identity:
    try:
        stat = os.stat(folder)
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _stat(entry: os.DirEntry[str]) -> Stat:
    try:
        stat = entry.stat()
    except OSError:  # vanished since, a dangling link or a loop of links: reading it gives the reason, and is tried each time
        return Stat(-1, -1)
    if not modes.S_ISREG(stat.st_mode):
        return Stat(-1, -1, "is not a file but a device, a pipe or a socket")  # opening a pipe would wait for ever
    return Stat(stat.st_size, max(stat.st_mtime_ns, stat.st_ctime_ns))
