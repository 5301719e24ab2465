"""Word documents, with python-docx: kept up for ten years, MIT, and its XML parser expands no entities."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from rag.ingest import archive
from rag.ingest.entry import Raw, Unreadable
from rag.ingest.limits import Limits
from rag.ingest.meta import iso_date, names

TEMPLATE = "2013-12-23T23:15:00"  # when the template of python-docx was made; programs leave it in what they make


def read(path: str, data: bytes, limits: Limits) -> Iterator[Raw]:
    """The one article of a document.

    Raises:
        Unreadable: damaged, protected by a password, or without text.
    """
    import docx

    if data.startswith(b"\xd0\xcf\x11\xe0"):  # the container of encrypted documents
        raise Unreadable("is protected by a password, or an old .doc file; save it as .docx without one")
    archive.document(data, limits)
    try:
        document = docx.Document(io.BytesIO(data))
        lines = list(_lines(document))
        about = document.core_properties
        made = about.created if about.created and about.created.isoformat()[:19] != TEMPLATE else None
        declared = (about.title, about.author, made, about.language)
    except Exception as error:  # whatever python-docx stumbles over in a damaged file
        raise Unreadable("is not a Word document that can be read") from error
    title = declared[0].strip() or next((text for style, text in lines if style == "Title"), None)
    text = "\n\n".join(text for style, text in lines if text != title).strip()
    if not text:
        raise Unreadable("is a Word document without text")
    yield Raw(text=text, title=title, author=names(declared[1]), published=iso_date(declared[2]), language=declared[3] or None)


def _lines(document: Any) -> Iterator[tuple[str, str]]:
    """Style and text of every paragraph and table row, in the document's order."""
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            for row in block.rows:
                yield "Table", " | ".join(dict.fromkeys(" ".join(cell.text.split()) for cell in row.cells))
            continue
        text = " ".join(block.text.split())
        style = block.style.name if block.style is not None else ""
        if text:
            yield style, ("- " + text if style.startswith("List") else text)
