"""Files of a corpus folder → articles. One file is one article: Markdown or plain text, front matter optional."""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import CorpusError
from rag.types import Article

SUFFIXES = frozenset({".md", ".markdown", ".txt", ".text", ""})
TITLE_CHARS = 160


class Unreadable(Exception):
    """A file that cannot become an article; the message is the reason that is listed."""


@dataclass(frozen=True, slots=True)
class Stat:
    """What tells that a file may have changed without reading it."""

    size: int
    mtime_ns: int


def scan(corpus: Path) -> dict[str, Stat]:
    """Every file below the folder by its relative path, in order. Hidden files and folders are not part of it.

    Raises:
        CorpusError: there is no such folder, or there is no file in it.
    """
    if not corpus.is_dir():
        what = "is a file, not a folder" if corpus.exists() else "does not exist"
        raise CorpusError(f"The corpus folder {str(corpus)!r} {what}. Name a folder of articles, such as: seeds")
    found = {path: stat for path, stat in _walk(corpus)}
    if not found:
        raise CorpusError(f"The corpus folder {str(corpus)!r} is empty. Put .txt or .md articles into it.")
    return dict(sorted(found.items()))


def _walk(corpus: Path) -> Iterator[tuple[str, Stat]]:
    for folder, folders, files in os.walk(corpus):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(folder) / name
            if name.startswith("."):
                continue
            try:
                stat = path.stat()
            except OSError:  # vanished since, or a dangling link: read() lists the reason
                yield path.relative_to(corpus).as_posix(), Stat(-1, -1)
                continue
            yield path.relative_to(corpus).as_posix(), Stat(stat.st_size, stat.st_mtime_ns)


def read_bytes(corpus: Path, path: str) -> bytes:
    """The file's bytes.

    Raises:
        Unreadable: the operating system does not give them.
    """
    if Path(path).suffix.lower() not in SUFFIXES:
        raise Unreadable(f"{Path(path).suffix} files cannot be read; save it as .txt or .md")
    try:
        return (corpus / path).read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from error


def parse(path: str, data: bytes) -> tuple[str | None, Article]:
    """The id that the file claims in its front matter, and the article under its path's id.

    Raises:
        Unreadable: empty, not text, or front matter that is not YAML.
    """
    import frontmatter
    import yaml

    text = _clean(_decode(data))
    if not text.strip():
        raise Unreadable("is empty")
    try:
        meta, body = frontmatter.parse(text)
    except yaml.YAMLError as error:
        raise Unreadable("its front matter (between the --- lines) is not YAML") from error
    body = body.strip("\n")
    if not body.strip():
        raise Unreadable("has front matter but no text")
    claimed = _text(meta, "id")
    article = Article(
        id=_safe_id(claimed) if claimed else id_from_path(path),
        title=_text(meta, "title") or _first_line(body) or Path(path).stem,
        text=body,
        path=path,
        outlet=_text(meta, "outlet"),
        published=_date(meta.get("published")),
        dateline=_text(meta, "dateline"),
        source=_text(meta, "source"),
    )
    return (article.id if claimed else None), article


def id_from_path(path: str) -> str:
    """The path without its ending: unique within a folder unless two files differ by their ending alone."""
    return _safe_id(str(Path(path).with_suffix("").as_posix()))


def content_digest(article: Article) -> str:
    """Equal for articles whose words are equal, whatever their white space."""
    return hashlib.sha256(" ".join(article.text.split()).encode()).hexdigest()


def _safe_id(claimed: str) -> str:
    # An id stands between brackets in an answer, so it has none itself, nor white space.
    return re.sub(r"[\s\[\](),;]+", "-", claimed.strip()).strip("-") or "article"


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _guess(data)
    if text.count("\0") or _share_of_controls(text) > 0.05:
        raise Unreadable("is not text")
    return text


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    found = from_bytes(data)
    best = found.best()
    if best is None:
        raise Unreadable("is not text")
    # Central European code pages read "café" as well as Western ones do, and "après" as "aprčs"; of two that fit, the
    # Western one is by far the more likely.
    western = next((guess for guess in found if guess.encoding == "cp1252"), best)
    return str(western if western.chaos <= best.chaos and western.coherence > best.coherence - 0.1 else best)


def _share_of_controls(text: str) -> float:
    controls = sum(unicodedata.category(c) == "Cc" and c not in "\n\r\t\f" for c in text[:10_000])
    return controls / max(len(text[:10_000]), 1)


def _clean(text: str) -> str:
    text = re.sub(r"\r\n?|[\u2028\u2029\x0b\x0c]", "\n", text)
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")


def _text(meta: dict[str, Any], key: str) -> str | None:
    value = meta.get(key)
    return " ".join(str(value).split()) or None if value is not None else None


def _date(value: Any) -> str | None:
    if isinstance(value, datetime.date):
        return value.isoformat()[:10]
    try:
        return datetime.date.fromisoformat(str(value).strip()[:10]).isoformat()
    except ValueError:
        return None


def _first_line(body: str) -> str | None:
    line, _, rest = body.strip().partition("\n")
    line = line.lstrip("# ").strip()
    return line if rest.strip() and 0 < len(line) <= TITLE_CHARS and not line.endswith(".") else None
