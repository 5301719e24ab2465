"""Files that the page sends in pieces, put into the corpus folder under a harmless name, all of it or nothing."""

from __future__ import annotations

import base64
import os
import re
import secrets
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rag.errors import UnusableInput
from rag.ingest import is_readable

AT_ONCE = 20  # uploads that are not finished yet; the oldest is given up for a newer one
NAME_CHARS = 100
UNSAFE = re.compile(r"[^\w.()-]+")


@dataclass
class _Upload:
    name: str
    data: IO[bytes]
    size: int = 0


class Uploads:
    """What has come of each file so far, outside the folder until it is whole."""

    def __init__(self, folder: Path, max_file_mb: int) -> None:
        self._folder = folder
        self._most_mb = max_file_mb
        self._coming: dict[str, _Upload] = {}
        self._lock = threading.Lock()

    def take(self, upload: str, name: str, piece: str) -> None:
        """Keep one piece. The first says what the file is called.

        Raises:
            UnusableInput: not a kind of file that is read, too large, or no base64.
        """
        with self._lock:
            if upload not in self._coming:
                self._begin(upload, harmless(name))
            coming = self._coming[upload]
            try:
                data = base64.b64decode(piece, validate=True)
            except ValueError as error:
                self._give_up(upload)
                raise UnusableInput(f"{coming.name}: a piece of it came damaged. Add it again.") from error
            coming.size += len(data)
            if coming.size > self._most_mb * 1_000_000:
                self._give_up(upload)
                raise UnusableInput(f"{coming.name}: larger than {self._most_mb} MB. MAX_FILE_MB sets the limit.")
            try:
                coming.data.write(data)
            except OSError as error:
                self._give_up(upload)
                raise UnusableInput(f"{coming.name}: it cannot be kept: {error.strerror}.") from error

    def put(self, upload: str) -> str:
        """Put a file that has come whole into the folder; returns its name there.

        Raises:
            UnusableInput: the folder cannot be written.
        """
        with self._lock:
            coming = self._coming.pop(upload)
            try:
                with coming.data:
                    return self._write(coming)
            except OSError as error:
                raise UnusableInput(f"{coming.name}: the folder cannot be written: {error.strerror}.") from error

    def _write(self, coming: _Upload) -> str:
        """Under a name that starts with a dot, which indexing leaves out, until all of it is there."""
        coming.data.seek(0)
        half = self._folder / f".upload-{secrets.token_hex(8)}"
        try:
            with half.open("xb") as written:
                shutil.copyfileobj(coming.data, written, 1 << 20)
            return self._named(half, coming.name)
        finally:
            half.unlink(missing_ok=True)

    def _named(self, half: Path, name: str) -> str:
        """Under its name, or the first numbered one that no file has."""
        stem, suffix = os.path.splitext(name)
        number = 1
        while True:
            free = name if number == 1 else f"{stem}-{number}{suffix}"
            try:
                _place(half, self._folder / free)
            except FileExistsError:
                number += 1
            else:
                return free

    def _begin(self, upload: str, name: str) -> None:
        if len(self._coming) >= AT_ONCE:
            self._give_up(next(iter(self._coming)))
        self._coming[upload] = _Upload(name, tempfile.TemporaryFile())  # noqa: SIM115 - closed when it is put or given up

    def _give_up(self, upload: str) -> None:
        self._coming.pop(upload).data.close()


def _place(half: Path, to: Path) -> None:
    """Nothing is ever overwritten, and there is no moment at which an empty file has the name.

    Raises:
        FileExistsError: a file has that name.
    """
    try:
        os.link(half, to)
    except FileExistsError:
        raise
    except OSError:  # a file system without a second name for a file, such as a memory stick's: there it is reserved
        to.touch(exist_ok=False)
        os.replace(half, to)


def harmless(name: str) -> str:
    """The last part of a path in characters that no shell or file system takes for anything else.

    Raises:
        UnusableInput: files of this kind are not read.
    """
    last = UNSAFE.sub("-", re.split(r"[/\\]", name)[-1]).lstrip(".-")
    stem, suffix = os.path.splitext(last)
    if not stem or not suffix or not is_readable(last):
        raise UnusableInput(
            f"{last or 'A file without a name'}: files of this kind are not read. .md, .txt, .html, .pdf and .docx are, for example."
        )
    return stem.encode()[:NAME_CHARS].decode(errors="ignore") + suffix
