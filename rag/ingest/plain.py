"""Plain text and Markdown, with front matter or without."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from rag.ingest.decode import decode
from rag.ingest.entry import Raw, Unreadable
from rag.ingest.limits import Limits
from rag.ingest.meta import iso_date, names
from rag.ingest.units import reflow


def read(path: str, data: bytes, limits: Limits) -> Iterator[Raw]:
    """The one article of the file.

    Raises:
        Unreadable: empty, not text, or front matter that is not YAML.
    """
    text = decode(data)
    if not text.strip():
        raise Unreadable("is empty")
    meta, body = _parts(text)
    if not body.strip():
        raise Unreadable("has front matter but no text")
    yield Raw(
        text=reflow(body.strip("\n")),
        title=line_of(meta, "title", "headline"),
        outlet=line_of(meta, "outlet"),
        author=names(meta.get("author") or meta.get("authors") or meta.get("byline")),
        published=iso_date(meta.get("published") or meta.get("date")),
        language=line_of(meta, "language", "lang"),
        dateline=line_of(meta, "dateline"),
        source=line_of(meta, "source"),
        claimed=line_of(meta, "id"),
    )


def _parts(text: str) -> tuple[dict[str, Any], str]:
    """What the front matter names, and the text after it. What stands between rules and names nothing is text: the whole is kept."""
    import yaml
    from frontmatter.default_handlers import YAMLHandler

    handler, text = YAMLHandler(), text.strip()
    try:
        block, body = handler.split(text) if handler.detect(text) else ("", text)
    except ValueError:  # a rule that is the only one
        return {}, text
    try:
        meta = handler.load(block) if block.strip() else {}
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # ValueError: a date such as 2019-02-31
        raise Unreadable("its front matter (between the --- lines) is not YAML") from error
    return (meta, body.strip()) if isinstance(meta, dict) else ({}, text)


def line_of(meta: dict[str, Any], *keys: str) -> str | None:
    """The first of these that says something, in one line. A list is no line: YAML makes lists that are endless when written out."""
    found = (" ".join(str(meta[key]).split()) for key in keys if isinstance(meta.get(key), str | int | float | datetime.date))
    return next((value for value in found if value), None)
