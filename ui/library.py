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
from rag.types import Article
from ui.opening import Opening


class Library:
    """The corpus as its folder has it. One change at a time, whoever asks for it."""

    def __init__(self, opening: Opening, folder: Path | None, settings: Settings) -> None:
        self._opening = opening
        self._folder = folder
        self._settings = settings
        self._changing = threading.Lock()
        self.step = ""  # what is being done just now

    def view(self) -> dict[str, Any]:
        assistant = self._opening.assistant()
        report = assistant.report
        return {
            "articles": [_row(article) for article in assistant.articles()],
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
            return "Files cannot be added here: Footnote may not write to the folder."
        return ""


def what_changed(report: IndexReport) -> str:
    counts = (("added", report.added), ("changed", report.changed), ("removed", report.removed))
    said = [f"{count} {name}" for name, count in counts if count]
    failed = f" {len(report.failed)} not indexed, see below." if report.failed else ""
    return f"Files: {', '.join(said)}.{failed}" if said else f"Nothing has changed.{failed}"


def _row(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": article.title,
        "outlet": article.outlet or "",
        "published": article.published or "",
        "words": len(article.text.split()),
        "copies": len(article.aliases),
    }
