"""What the library of the page shows and does: the articles, the files that are none, and looking at the folder again.

Knows nothing of Gradio.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from rag.errors import UnusableInput
from rag.plan import IndexReport
from rag.settings import Settings
from rag.types import Listed
from ui.opening import Opening
from ui.removal import Removal
from ui.uploads import Uploads


class Library:
    """The corpus as its folder has it. One change at a time, whoever asks for it."""

    def __init__(self, opening: Opening, folder: Path | None, settings: Settings) -> None:
        self._opening = opening
        self._folder = folder
        self._uploads = Uploads(folder, settings.max_file_mb) if folder else None
        self._changing = threading.Lock()
        self.step = ""  # what is being done just now

    def view(self) -> dict[str, Any]:
        assistant = self._opening.assistant()
        revision, articles, report = assistant.revision, assistant.listed(), assistant.report
        removal = Removal(self._folder, articles) if self._folder else None
        return {
            "revision": revision,
            "articles": [_row(article) | {"kept": removal.refused(article) if removal else ""} for article in articles],
            "problems": [{"file": p.file, "reason": p.reason} for p in (*report.failed, *report.duplicate_files)],
            "closed": self._closed(),
        }

    def refresh(self) -> str:
        """Make the index agree with the folder; says what changed.

        Raises:
            UnusableInput: someone else is doing it.
            FootnoteError: the folder has no article any more, or the index cannot be written.
        """
        if not self._changing.acquire(blocking=False):
            raise UnusableInput("The folder is being looked at already. Wait until that is done.")
        try:
            return what_changed(self._update())
        finally:
            self._changing.release()

    def add(self, upload: str, name: str, piece: str, last: bool) -> dict[str, Any]:
        """One piece of a file, in base64; with the last, the file is put into the folder and indexed.

        Raises:
            UnusableInput: the file cannot be taken, or someone else is changing the folder.
            FootnoteError: the index cannot be written.
        """
        if self._uploads is None:
            raise UnusableInput(self._closed())
        self._uploads.take(upload, name, piece)
        if not last:
            return {}
        with self._changing:
            file = self._uploads.put(upload)
            return {"said": self._became(file, self._update())}

    def remove(self, article_id: str) -> str:
        """Delete an article's file for good; says what changed.

        Raises:
            UnusableInput: no such article, one that stays, or its file cannot be deleted.
            FootnoteError: the index cannot be written.
        """
        if self._folder is None or self._closed():
            raise UnusableInput(self._closed())
        with self._changing:
            Removal(self._folder, self._opening.assistant().listed()).remove(article_id)
            return what_changed(self._update())

    def _became(self, file: str, report: IndexReport) -> str:
        """What the file was taken as."""
        for problem in (*report.failed, *report.duplicate_files):
            if problem.file == file:
                return f"{file}: not indexed, because it {problem.reason}."
        ids = [a.id for a in self._opening.assistant().listed() if a.path == file]
        if ids:
            return f"{file}: indexed as article {ids[0]}."
        return f"{file}: indexed; what is in it is listed below."

    def _update(self) -> IndexReport:
        self.step = "Looking at the folder"
        try:
            return self._opening.assistant().refresh(self._tick)
        finally:
            self.step = ""

    def _tick(self, doing: str, done: int, total: int) -> None:
        self.step = f"{doing.capitalize()} {done} of {total}"

    def _closed(self) -> str:
        """Why files cannot be added, if so."""
        if self._folder is None or not os.access(self._folder, os.W_OK | os.X_OK):
            return "Files are neither added nor removed here: Footnote may not write to the folder."
        return ""


def what_changed(report: IndexReport) -> str:
    counts = (("added", report.added), ("changed", report.changed), ("removed", report.removed))
    said = [f"{count} {name}" for name, count in counts if count]
    failed = f" {len(report.failed)} not indexed, see below." if report.failed else ""
    return f"Files: {', '.join(said)}.{failed}" if said else f"Nothing has changed.{failed}"


def _row(article: Listed) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": article.title,
        "outlet": article.outlet or "",
        "published": article.published or "",
        "words": article.words,
        "copies": article.copies,
    }
