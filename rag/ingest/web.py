"""Saved web pages. trafilatura finds the article in the page, htmldate its day; furniture that they leave is `clean`'s.

trafilatura does best of the open extractors on news pages, in its own and in others' comparisons; it is kept up, and under Apache-2.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rag.ingest.declared import declared_text, whole
from rag.ingest.entry import Raw, Unreadable
from rag.ingest.limits import Limits
from rag.ingest.markup import blocks, parse
from rag.ingest.meta import iso_date, names
from rag.types import Removed

AROUND = "on the page around the article"
CAPTION = "a photo caption"
MOST_AROUND = 500  # pieces of a page that are kept for `show --removed`
PAID = frozenset("sponsored sponsored-content native-ad advertorial ad-slot advertisement paid-post partner-content promoted".split())
DATES = {"original_date": True, "extensive_search": False}  # a date in the page's markup; not one that its text mentions


def read(path: str, data: bytes, limits: Limits) -> Iterator[Raw]:
    """The one article of a page.

    Raises:
        Unreadable: there is no article in it.
    """
    if re.match(rb"\s*(?:From: <Saved by|MIME-Version: )", data):  # browsers give MHTML this ending too
        yield from read_mhtml(path, data, limits)
    else:
        yield page(data)


def read_mhtml(path: str, data: bytes, limits: Limits) -> Iterator[Raw]:
    """The article of a page that was saved as one file with its pictures."""
    from email import message_from_bytes, policy

    message = message_from_bytes(data, policy=policy.default)
    part = next((p for p in message.walk() if p.get_content_type() in {"text/html", "application/xhtml+xml"}), None)
    if part is None:
        raise Unreadable("holds no web page")
    payload = part.get_payload(decode=True)
    yield page(payload if isinstance(payload, bytes) else b"", part.get_content_charset())


def page(data: bytes, charset: str | None = None) -> Raw:
    """The article of HTML."""
    tree = parse(data, charset)
    if tree is None:
        raise Unreadable("is empty")
    captions = [Removed(text, CAPTION) for caption in tree.iter("figcaption") if (text := " ".join(blocks(caption)))]
    everything, declared = blocks(tree), declared_text(tree)
    head = " ".join((tree.findtext(".//title") or "").split())
    _drop_what_is_paid_for(tree)
    language = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
    found = _extract(tree)
    shown = found.text or declared if found is not None else ""
    if not shown.strip():
        raise Unreadable("is a web page without an article; save the page when it has loaded, or its text as .txt")
    title = _title(_heading(found.title, head, shown), found.sitename)
    text = whole(_without_title(_paragraphs(shown), title), declared)
    return Raw(
        text=text,
        title=title,
        outlet=found.sitename,
        author=names(found.author),
        published=iso_date(found.date),
        language=language,
        source=found.url,
        removed=(*captions, *_around(everything, text, {title, *(c.text for c in captions)})),
    )


def _drop_what_is_paid_for(tree: Any) -> None:
    """Advertisements that look like an article are told by what the page itself calls them."""
    for element in list(tree.iter("div", "section", "aside", "li", "p")):
        if PAID & {name.lower() for name in (element.get("class") or "").split()} and element.getparent() is not None:
            element.drop_tree()


def _extract(tree: Any) -> Any:
    import logging

    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # we say ourselves what cannot be read
    try:
        return bare_extraction(tree, with_metadata=True, include_comments=False, date_extraction_params=DATES)
    except Exception as error:  # other people's pages: whatever it stumbles over, the file is listed and the others go on
        raise Unreadable("is a web page that cannot be read; save its text as .txt") from error


def _paragraphs(text: str) -> str:
    """A blank line between paragraphs; lists and tables stay together."""
    return re.sub(r"\n(?![-|])", "\n\n", text.strip())


def _heading(title: str | None, head: str, text: str) -> str | None:
    """The first of several headings may be a menu's; the one that the window's title has in it is the article's."""
    first = text.strip().partition("\n")[0]
    other = head and (title or "").casefold() not in head.casefold() and first.casefold() in head.casefold()
    return first if other else title


def _title(title: str | None, outlet: str | None) -> str | None:
    """Without the outlet's name that pages put behind it."""
    if title and outlet:
        title = re.sub(rf"\s+[|–—-]\s+{re.escape(outlet)}\s*$", "", title)
    return title


def _without_title(text: str, title: str | None) -> str:
    first, _, rest = text.partition("\n")
    return rest.strip() if title and rest.strip() and " ".join(first.split()).casefold() == title.casefold() else text


def _around(everything: list[str], text: str, known: set[str | None]) -> Iterator[Removed]:
    """What the page showed and the article does not have."""
    kept = " ".join(re.sub(r"[-|]", " ", text).split())
    left = (line for line in dict.fromkeys(everything) if line not in known and " ".join(re.sub(r"[-|]", " ", line).split()) not in kept)
    for _, line in zip(range(MOST_AROUND), left, strict=False):
        yield Removed(line, AROUND)
