"""Records: JSON, JSON Lines and CSV, as feeds, databases and scrapers export them. One record is one article."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from rag.ingest.decode import characters
from rag.ingest.entry import Bad, Found, Raw, Unreadable
from rag.ingest.limits import Limits
from rag.ingest.markup import plain
from rag.ingest.meta import iso_date, names

# Ours → the usual names, compared without case and punctuation; the first that a record has with something in it.
USUAL = {
    "text": "text body content articlebody articletext fulltext maintext contenttext contenthtml bodytext story html paragraphs rawtext",
    "title": "title headline head heading subject name",
    "outlet": "outlet publisher publication sitename site newspaper medium provider source domain",
    "author": "author authors byline creator writer by",
    "published": "published publishedat publisheddate publicationdate datepublished pubdate publishdate webpublicationdate date"
    " created createdat timestamp",
    "language": "language lang locale inlanguage",
    "dateline": "dateline",
    "source": "url link uri weburl permalink canonicalurl",
    "id": "id guid uuid articleid docid key",
}
LISTS = ("articles", "items", "results", "data", "docs", "documents", "records", "entries", "stories", "posts", "hits", "response", "news")
MOST_FIELDS_NAMED = 8
KEY_CHARS = 10


def read_json(path: str, data: bytes, limits: Limits) -> Iterator[Found]:
    """A list of records, an object with such a list in it, or one record.

    Raises:
        Unreadable: not JSON, or no record in it.
    """
    text = _text(data)
    try:
        value = _value(text)
    except (ValueError, RecursionError) as error:
        if "\n{" in text.strip():
            return read_jsonl(path, data, limits)
        raise Unreadable(f"is not JSON ({_where(error)})") from error
    records = _listed(value)
    if records is None and isinstance(value, dict):
        return iter([_article(value, limits, alone=True)])
    if not records:
        raise Unreadable("has no record in it")
    return _articles(records, limits)


def read_jsonl(path: str, data: bytes, limits: Limits) -> Iterator[Found]:
    """One record a line.

    Raises:
        Unreadable: it is empty.
    """
    return _articles(_json_lines(_text(data)), limits)


def read_csv(path: str, data: bytes, limits: Limits) -> Iterator[Found]:
    """One record a row, with the names of the fields in the first.

    Raises:
        Unreadable: it is empty, or not a table.
    """
    text = _text(data)
    csv.field_size_limit(max(limits.file_bytes, 131_072))
    head = text.split("\n", 1)[0]
    delimiter = max("\t,;|", key=head.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    if not rows.fieldnames or not head.count(delimiter):
        raise Unreadable("is not a table: its first line names no fields")
    return _articles(_rows(rows), limits)


def _rows(rows: csv.DictReader[str]) -> Iterator[Any]:
    try:
        yield from rows
    except csv.Error as error:
        yield Bad(f"line {rows.line_num}", f"is not CSV ({error})")


def _json_lines(text: str) -> Iterator[Any]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield _value(line)
            except (ValueError, RecursionError) as error:
                yield Bad(f"line {number}", f"is not JSON ({getattr(error, 'msg', None) or 'it is nested too deep'})")


def _articles(records: Any, limits: Limits) -> Iterator[Found]:
    for number, record in enumerate(records, start=1):
        if isinstance(record, Bad):
            yield record
        elif not isinstance(record, dict):
            yield Bad(f"record {number}", "is not an object with fields")
        else:
            try:
                yield _article(record, limits)
            except Unreadable as error:
                yield Bad(f"record {number}", str(error))


def _article(record: dict[str, Any], limits: Limits, alone: bool = False) -> Raw:
    fields = {ours: _field(record, ours, limits) for ours in USUAL}
    text = _prose(fields["text"])
    if not text.strip():
        named = ", ".join(str(name) for name in list(record)[:MOST_FIELDS_NAMED])
        raise Unreadable(f"has no text; name the field that has it with RECORD_FIELDS=text=NAME (there are: {named})")
    title, named_itself, url = (_line(fields[k]) for k in ("title", "id", "source"))
    # A record without an id is known by its address, else by its words: by nothing that another record changes.
    key = named_itself or hashlib.sha256((url or f"{title}\n{text}").encode("utf-8", "replace")).hexdigest()[:KEY_CHARS]
    return Raw(
        text=text,
        title=plain(title) if title else None,
        outlet=_line(fields["outlet"]),
        author=names(fields["author"]),
        published=iso_date(fields["published"]),
        language=_line(fields["language"]),
        dateline=_line(fields["dateline"]),
        source=url,
        key=None if alone else key,
        named=named_itself,
    )


def _field(record: dict[str, Any], ours: str, limits: Limits) -> Any:
    wanted = limits.record_fields.get(ours)
    if wanted is not None:
        value: Any = record
        for name in [wanted] if wanted in record else wanted.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value
    inner = record.get("_source")  # as Elasticsearch exports
    record = {**record, **inner} if isinstance(inner, dict) else record
    known = {re.sub(r"[\W_]+", "", str(name)).casefold(): value for name, value in record.items() if value not in (None, "", [], {})}
    return next((known[name] for name in USUAL[ours].split() if name in known), None)


def _prose(value: Any) -> str:
    if isinstance(value, list):
        return "\n\n".join(_prose(v) for v in value)
    if isinstance(value, dict):
        return _prose(_field(value, "text", Limits()))
    return plain(value) if isinstance(value, str) else ""


def _line(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("name") or value.get("title") or value.get("$oid") or value.get("url")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return " ".join(str(value).split()) or None


def _listed(value: Any, depth: int = 0) -> list[Any] | None:
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and depth < 3:
        inner = (_listed(value[name], depth + 1) for name in LISTS if isinstance(value.get(name), list | dict))
        return next((found for found in inner if found and any(isinstance(x, dict) for x in found)), None)
    return None


def _text(data: bytes) -> str:
    text = characters(data)
    if not text.strip():
        raise Unreadable("is empty")
    return text


def _value(text: str) -> Any:
    return json.loads(text, strict=False)  # some programs write a control character as it is


def _where(error: Exception) -> str:
    return f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else "it is nested too deep"
