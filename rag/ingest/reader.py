"""Bytes of a file → its articles. Says what each kind of file is read by; a reader, and its library, are imported when first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any

from rag.ingest.clean import clean
from rag.ingest.decode import tidy
from rag.ingest.entry import Bad, Entry, Found, Part, Raw, Unreadable
from rag.ingest.ids import id_from_path, id_in_file, safe_id
from rag.ingest.limits import Limits
from rag.ingest.meta import language_of
from rag.types import Article

Reader = Callable[[str, bytes, Limits], Iterator[Found]]

PLAIN = frozenset({".md", ".markdown", ".txt", ".text", ""})
READERS = {
    **dict.fromkeys(PLAIN, "plain.read"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "web.read"),
    **dict.fromkeys((".mhtml", ".mht"), "web.read_mhtml"),
    ".pdf": "pdf.read",
    ".docx": "word.read",
    ".epub": "epub.read",
    ".eml": "mail.read",
    ".json": "records.read_json",
    **dict.fromkeys((".jsonl", ".ndjson"), "records.read_jsonl"),
    **dict.fromkeys((".csv", ".tsv"), "records.read_csv"),
    ".zip": "archive.read",
}
SAVE_AS = {".doc": ".docx", ".odt": ".docx", ".rtf": ".docx", ".pages": ".docx", ".xls": ".csv", ".xlsx": ".csv", ".ods": ".csv"}
TITLE_CHARS = 160
EMPTY = Limits()


def unheard() -> None:
    return None


def read(path: str, data: bytes, limits: Limits = EMPTY, each: Callable[[], None] = unheard) -> list[Entry]:
    """Every article in a file, and every piece of it that gives none. `each` is called after each of them.

    Raises:
        Unreadable: there is no article in it.
    """
    entries: list[Entry] = []
    for entry in _entries(path, data, _Reading(limits)):
        entries.append(entry)
        each()
    if not entries:
        raise Unreadable("has no article in it")
    return entries


def parse(path: str, data: bytes) -> tuple[str | None, Article]:
    """The id that a file of one article claims in its front matter, and the article under its path's id.

    Raises:
        Unreadable: there is no article in it.
    """
    for entry in read(path, data):
        if entry.article:
            return entry.claimed, entry.article
        raise Unreadable(entry.problem or "has no article in it")
    raise AssertionError("a file without entries is unreadable")


def is_readable(path: str) -> bool:
    """Whether files of this kind can give articles."""
    return PurePosixPath(path).suffix.lower() in READERS


def is_plain(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in PLAIN


@dataclass
class _Reading:
    """One file on its way, with what archives within it have used up of their limits."""

    limits: Limits
    depth: int = 0
    files: int = 0
    unpacked: int = 0

    def into(self, part: Part) -> None:
        self.files += 1
        self.unpacked += len(part.data)
        if self.files > self.limits.max_archive_files:
            raise Unreadable(f"holds more files than MAX_ARCHIVE_FILES={self.limits.max_archive_files} in all")
        if self.unpacked > self.limits.archive_bytes:
            raise Unreadable(f"unpacks to more than MAX_ARCHIVE_MB={self.limits.max_archive_mb} in all")


def _entries(path: str, data: bytes, reading: _Reading) -> Iterator[Entry]:
    taken: set[str] = set()
    for found in reader_of(path)(path, data, reading.limits):
        match found:
            case Raw():
                found = _tidied(found)
                yield _finished(_free(f"{path}/{found.key}" if found.key else path, taken), path, found, reading.limits)
            case Bad():
                yield Entry(_free(f"{path}/{found.name}", taken), problem=found.reason)
            case Part():
                reading.into(found)
                yield from _inside(_free(f"{path}/{found.name}", taken), found, reading)


def _inside(path: str, part: Part, reading: _Reading) -> Iterator[Entry]:
    reading.depth += 1
    try:
        if reading.depth > reading.limits.max_archive_depth:
            raise Unreadable(f"is {reading.depth} files deep in others, more than MAX_ARCHIVE_DEPTH={reading.limits.max_archive_depth}")
        yield from _entries(path, part.data, reading)
    except Unreadable as error:
        yield Entry(path, problem=str(error))
    finally:
        reading.depth -= 1


def _finished(path: str, file: str, raw: Raw, limits: Limits) -> Entry:
    try:
        article = _article(path, file, raw, limits)
    except Unreadable as error:
        if not raw.key:
            raise
        return Entry(path, problem=str(error))
    claimed = article.id if raw.claimed else None
    return Entry(path, article, _path_id(path, file, raw), claimed, safe_id(raw.named) if raw.named and raw.key else None)


def _article(path: str, file: str, raw: Raw, limits: Limits) -> Article:
    longest = max(map(len, raw.text.split("\n")))
    if longest > limits.max_line_chars:
        raise Unreadable(f"has a line of {longest:,} characters, more than MAX_LINE_CHARS={limits.max_line_chars}; is it an article?")
    cleaned = clean(raw.text)
    if not cleaned.text.strip():
        raise Unreadable("has no text but a page's furniture, such as " + cleaned.removed[0].reason if cleaned.removed else "has no text")
    return Article(
        id=safe_id(raw.claimed) if raw.claimed else _path_id(path, file, raw),
        title=raw.title or _first_line(cleaned.text) or raw.key or PurePosixPath(file).stem,
        text=cleaned.text,
        path=path,
        outlet=raw.outlet,
        published=raw.published or cleaned.published,
        dateline=raw.dateline,
        source=raw.source,
        author=raw.author or cleaned.author,
        language=language_of(raw.language, cleaned.text),
        removed=(*raw.removed, *cleaned.removed),
    )


def _tidied(raw: Raw) -> Raw:
    """Formats that escape characters can hold some that no text has."""
    texts: dict[str, Any] = {f.name: tidy(value) for f in fields(raw) if isinstance(value := getattr(raw, f.name), str)}
    return replace(raw, **texts)


def _path_id(path: str, file: str, raw: Raw) -> str:
    return id_in_file(path, file) if raw.key else id_from_path(file)


def _first_line(body: str) -> str | None:
    lines = [line for line in body.split("\n") if any(map(str.isalnum, line))]  # a rule is none
    line = lines[0].lstrip("# ").strip() if len(lines) > 1 else ""
    return line if 0 < len(line) <= TITLE_CHARS and not line.endswith(".") else None


def reader_of(path: str) -> Reader:
    """What reads files of this kind.

    Raises:
        Unreadable: nothing does.
    """
    suffix = PurePosixPath(path).suffix.lower()
    if suffix not in READERS:
        raise Unreadable(f"{suffix} files cannot be read; save it as {SAVE_AS.get(suffix, '.txt or .md')}")
    module, _, function = READERS[suffix].partition(".")
    reader: Reader = getattr(import_module(f"rag.ingest.{module}"), function)
    return reader


def _free(path: str, taken: set[str]) -> str:
    """The path, with a number where a file has several of the same name."""
    suffix = PurePosixPath(path).suffix if PurePosixPath(path).suffix.lower() in READERS else ""
    wanted, number = path.removesuffix(suffix), 1
    while path in taken:
        number += 1
        path = f"{wanted}~{number}{suffix}"
    taken.add(path)
    return path
