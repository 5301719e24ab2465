"""E-books: a zip of XHTML in the order that its package file names.

Read with zipfile, defusedxml and lxml: EbookLib, the one library that is kept up, is under the AGPL, which Apache-2.0 cannot take in.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from rag.ingest import archive
from rag.ingest.entry import Raw, Unreadable
from rag.ingest.limits import Limits
from rag.ingest.markup import blocks, parse
from rag.ingest.meta import iso_date, names

_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}rootfile"
_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"


def read(path: str, data: bytes, limits: Limits) -> Iterator[Raw]:
    """The book as one article.

    Raises:
        Unreadable: damaged, copy-protected, or without text.
    """
    archive.document(data, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            package = _package(book)
            text = "\n\n".join(line for chapter in _chapters(book, *package) for line in chapter)
    except Unreadable:
        raise
    except Exception as error:  # missing members, XML that is none, entities that are refused
        raise Unreadable("is not an e-book that can be read") from error
    if not text.strip():
        raise Unreadable("is an e-book without text; are its pages pictures, or is it copy-protected?")
    tree = package[0]
    yield Raw(
        text=text,
        title=_first(tree, "title"),
        outlet=_first(tree, "publisher"),
        author=names([creator.text for creator in tree.iter(_DC + "creator")]),
        published=iso_date(_first(tree, "date")),
        language=_first(tree, "language"),
    )


def _package(book: zipfile.ZipFile) -> tuple[Any, str]:
    from defusedxml import ElementTree

    container = ElementTree.fromstring(book.read("META-INF/container.xml"))
    where = next(container.iter(_CONTAINER)).attrib["full-path"]
    return ElementTree.fromstring(book.read(where)), posixpath.dirname(where)


def _chapters(book: zipfile.ZipFile, package: Any, folder: str) -> Iterator[list[str]]:
    if "META-INF/encryption.xml" in book.namelist() and "META-INF/rights.xml" in book.namelist():
        raise Unreadable("is an e-book that is copy-protected")
    items = {item.get("id"): item for item in package.iter(_OPF + "item")}
    for reference in package.iter(_OPF + "itemref"):
        item = items.get(reference.get("idref"))
        if item is None or reference.get("linear") == "no" or "nav" in (item.get("properties") or "").split():
            continue
        tree = parse(book.read(posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))))
        if tree is not None:
            yield blocks(tree)


def _first(package: Any, name: str) -> str | None:
    return next((" ".join(e.text.split()) for e in package.iter(_DC + name) if e.text and e.text.strip()), None)
