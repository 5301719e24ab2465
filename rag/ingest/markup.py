"""HTML trees: parsed without ever loading or expanding anything, and as text by their blocks."""

from __future__ import annotations

import re
from typing import Any

from rag.ingest.decode import decode, tidy

_BLOCKS = frozenset(
    "address article aside blockquote body br caption dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5"
    " h6 header hr li main nav "
    "ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_SILENT = frozenset("script style template noscript head svg math iframe object select option button input textarea".split())
_DECLARED = re.compile(rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w:.-]+)""", re.I)


def parse(data: bytes, charset: str | None = None) -> Any | None:
    """The tree of a page, or None where there is none. HTML's parser knows no entities but HTML's own."""
    from lxml import etree, html

    declared = _DECLARED.search(data[:4096])
    text = decode(data, charset or (declared[1].decode("ascii", "replace") if declared and not _is_utf8(data) else None))
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)  # lxml refuses text that declares an encoding
    if not text.strip():
        return None
    try:
        return html.document_fromstring(
            text, parser=html.HTMLParser(huge_tree=False, remove_comments=True, remove_pis=True, no_network=True)
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def blocks(tree: Any) -> list[str]:
    """The texts of the blocks of a tree in order, each in one line."""
    lines: list[list[str]] = [[]]

    def add(text: str | None) -> None:
        if text:
            lines[-1].append(text)

    for event, element in _events(tree):
        if event == "tail":
            add(element.tail)
            continue
        if element.tag in _BLOCKS:
            lines.append([])
        if event == "start":
            add("- " if element.tag == "li" else None)
            add(element.text)
    joined = (" ".join(tidy("".join(line)).split()) for line in lines)
    return [line for line in joined if line.strip(" -")]


def plain(text: str) -> str:
    """The text of a field that may hold HTML."""
    if not re.search(r"</?(?:p|div|br|span|h[1-6]|article|section|ul|ol|a|strong|em|b|i)\b[^>]*>", text, re.I):
        return text
    tree = parse(text.encode())
    return "\n\n".join(blocks(tree)) if tree is not None else text


def _events(tree: Any) -> Any:
    """Start, end and tail of every element that shows text; without recursion, for pages that are nested very deep."""
    pending = [("start", tree)]
    while pending:
        event, element = pending.pop()
        silent = not isinstance(element.tag, str) or element.tag in _SILENT
        if event == "start":
            if element is not tree:
                pending.append(("tail", element))
            if not silent:
                pending.append(("end", element))
                pending.extend(("start", child) for child in reversed(element))
        if event == "tail" or not silent:
            yield event, element


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
