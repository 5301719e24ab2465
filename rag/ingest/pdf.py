"""PDF, with pypdfium2: the engine of Chromium, whose text is in reading order; Apache-2.0, where PyMuPDF is under the AGPL."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

from rag.ingest.decode import tidy
from rag.ingest.entry import Raw, Unreadable
from rag.ingest.limits import Limits
from rag.ingest.meta import iso_date, names
from rag.types import Removed

RUNNING = "a line at the edge of every page"
SCANNED = 15  # characters a page; fewer are a scanner's own mark
EDGE_LINES = 2  # of a page, if they are no more than half of it
SOFT_HYPHEN = "\xad"
SHORT_LINE = 0.85  # of the page's longest: a line shorter than this that ends a sentence ends its paragraph

_pdfium = threading.Lock()  # PDFium is not for two threads at once


def read(path: str, data: bytes, limits: Limits) -> Iterator[Raw]:
    """The one article of the file.

    Raises:
        Unreadable: damaged, protected, too long, or a scan.
    """
    with _pdfium:
        pages, about = _open(data, limits)
    if sum(map(len, pages)) < SCANNED * len(pages):
        raise Unreadable(
            "is a scan: its pages are pictures without text; run text recognition on it first, such as: ocrmypdf IN.pdf OUT.pdf"
        )
    lines, removed = _without_running_lines([page.splitlines() for page in pages])
    text = _paragraphs(lines)
    yield Raw(
        text=text,
        title=_title(about.get("Title", "")),
        author=names(about.get("Author")),
        published=_date(about.get("CreationDate", "")),
        removed=removed,
    )


def _open(data: bytes, limits: Limits) -> tuple[list[str], dict[str, str]]:
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(data) as document:
            if len(document) > limits.max_pdf_pages:
                raise Unreadable(f"has {len(document):,} pages, more than MAX_PDF_PAGES={limits.max_pdf_pages}")
            return [_text(document[i]) for i in range(len(document))], document.get_metadata_dict()
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        why = "is protected by a password; save it without one" if locked else "is damaged: it is not a PDF that can be read"
        raise Unreadable(why) from error


def _text(page: Any) -> str:
    text = page.get_textpage().get_text_bounded()
    # PDFium marks a hyphen that divides a word at a line's end with U+FFFE, and leaves the line's end out.
    return tidy(re.sub("[\ufffe\x02](?:\r?\n)?", SOFT_HYPHEN + "\n", text))


def _without_running_lines(pages: list[list[str]]) -> tuple[list[str], tuple[Removed, ...]]:
    """Headers, footers and page numbers: what stands at the edge of most pages, whatever its number."""
    edges = Counter(form for page in pages for form in {_form(page[i]) for i in _edge(page)})
    running = {form for form, count in edges.items() if form and count >= max(3, 0.6 * len(pages))}
    kept: list[str] = []
    removed: dict[str, Removed] = {}
    for page in pages:
        edge = _edge(page)
        for i, line in enumerate(page):
            if i in edge and (_form(line) in running or re.fullmatch(r"\W*(?:page )?\d{1,4}(?: (?:of|/) \d+)?\W*", line, re.I)):
                removed[line.strip()] = Removed(line.strip(), RUNNING)
            else:
                kept.append(line)
        if kept and not _ends(kept[-1]):
            continue  # the paragraph goes on over the page
        kept.append("")
    return kept, tuple(removed.values())


def _edge(page: list[str]) -> set[int]:
    deep = min(EDGE_LINES, len(page) // 4)
    return {*range(deep), *range(len(page) - deep, len(page))}


def _form(line: str) -> str:
    return re.sub(r"\d+", "0", " ".join(line.split()).casefold())


def _paragraphs(lines: list[str]) -> str:
    longest = sorted(len(line) for line in lines if line.strip())
    full = longest[int(0.9 * len(longest))] if longest else 0
    paragraphs: list[str] = [""]
    for line in (line.strip() for line in lines):
        if not line:
            paragraphs.append("")
            continue
        joint = "" if not paragraphs[-1] or re.search(rf"\w-$|{SOFT_HYPHEN}$", paragraphs[-1]) else " "
        paragraphs[-1] = paragraphs[-1].removesuffix(SOFT_HYPHEN) + joint + line
        short = len(line) < SHORT_LINE * full
        if short and (_ends(line) or (len(line) < 0.6 * full and paragraphs[-1] == line)):
            paragraphs.append("")
    return "\n\n".join(p for p in paragraphs if p).replace(SOFT_HYPHEN, "")


def _ends(line: str) -> bool:
    return bool(re.search(r"[.!?…:][\"”’)]*\s*$", line))


def _title(title: str) -> str | None:
    """What programs write there without being asked is no title."""
    title = " ".join(title.split())
    junk = re.fullmatch(r"(?:untitled.*|document\d*|microsoft word.*|.*\.(?:docx?|pdf|indd|qxd|html?|txt|tex|dvi))|", title, re.I)
    return None if junk else title


def _date(written: str) -> str | None:
    match = re.match(r"(?:D:)?(\d{4})(\d{2})(\d{2})", written)
    return iso_date("-".join(match.groups())) if match else iso_date(written)
