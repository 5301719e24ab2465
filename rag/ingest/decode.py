"""Bytes → text in clean characters."""

from __future__ import annotations

import re
import unicodedata

from rag.ingest.entry import Unreadable

_UTF32 = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of a file, in the encoding that it declares or has, `tidy`.

    Raises:
        Unreadable: it is not text.
    """
    return tidy(characters(data, declared))


def characters(data: bytes, declared: str | None = None) -> str:
    """The same for a format in which only a line feed ends a line: other ends of lines stay where they are, within its fields.

    Raises:
        Unreadable: it is not text.
    """
    text = _declared(data, declared) or _detected(data)
    if text.count("\0") or _share_of_controls(text) > 0.05:
        raise Unreadable("is not text")
    return _usual(text)


def tidy(text: str) -> str:
    """One kind of line end, no control characters but tabs, and no halves of characters."""
    return re.sub(r"[\u2028\u2029\x0b\x0c]", "\n", _usual(text))


def _usual(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]", "", re.sub(r"\r\n?", "\n", text))


def _declared(data: bytes, encoding: str | None) -> str | None:
    try:
        return data.decode(encoding) if encoding else None
    except (LookupError, UnicodeDecodeError):
        return None


def _detected(data: bytes) -> str:
    if data.startswith(_UTF32):
        return data.decode("utf-32", errors="replace")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _guess(data)


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
