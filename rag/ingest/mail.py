"""E-mail, with Python's own `email`: newsletters, and articles that somebody sent on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

from rag.ingest.entry import Found, Part, Raw, Unreadable
from rag.ingest.limits import Limits
from rag.ingest.markup import blocks, parse
from rag.ingest.meta import iso_date
from rag.ingest.units import reflow
from rag.types import Removed

SIGNATURE = "an e-mail's signature"
QUOTED = "quoted from an earlier e-mail"


def read(path: str, data: bytes, limits: Limits) -> Iterator[Found]:
    """The message as one article, then what is attached to it.

    Raises:
        Unreadable: it has no text.
    """
    message = message_from_bytes(data, policy=policy.default)
    if not isinstance(message, EmailMessage) or not message.keys():
        raise Unreadable("is not an e-mail")
    attached = [Part(name, content) for part in message.iter_attachments() if (name := part.get_filename()) and (content := _content(part))]
    text = _body(message)
    if text.strip():
        yield _article(message, text)
    elif not attached:
        raise Unreadable("is an e-mail without text")
    yield from attached


def _article(message: EmailMessage, text: str) -> Raw:
    body, mark, signature = re.sub(r"\n-- ?\n", "\n\0", text, count=1).partition("\0")
    quoted = re.findall(r"^>.*(?:\n>.*)*", body, re.M)
    removed = [Removed(piece, QUOTED) for piece in quoted]
    removed += [Removed(signature.strip(), SIGNATURE)] if signature.strip() else []
    return Raw(
        text=reflow(re.sub(r"^>.*\n?", "", body, flags=re.M).strip()) or text,
        title=_header(message, "subject"),
        author=_sender(message),
        published=iso_date(_header(message, "date")),
        language=_header(message, "content-language"),
        removed=tuple(removed),
    )


def _body(message: EmailMessage) -> str:
    for kind in ("plain", "html"):
        part = message.get_body(preferencelist=(kind,))
        content = _content(part) if part is not None else b""
        if content.strip():
            charset = part.get_content_charset() if part is not None else None
            if kind == "html":
                tree = parse(content, charset)
                return "\n\n".join(blocks(tree)) if tree is not None else ""
            from rag.ingest.decode import decode

            return decode(content, charset)
    return ""


def _content(part: object) -> bytes:
    payload = part.get_payload(decode=True) if isinstance(part, EmailMessage) else None
    return payload if isinstance(payload, bytes) else b""


def _header(message: EmailMessage, name: str) -> str | None:
    try:
        value = message[name]
    except (ValueError, IndexError, AttributeError, TypeError):  # what `email` raises for some broken headers
        return None
    text = " ".join(str(value or "").split())
    return re.sub(r"^(?:(?:re|fwd?|aw|wg)\s*:\s*)+", "", text, flags=re.I) or None


def _sender(message: EmailMessage) -> str | None:
    from email.utils import parseaddr

    return parseaddr(_header(message, "from") or "")[0] or None
