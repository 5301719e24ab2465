"""Ids of articles, by what stands in their files and where these are: never by what else is there."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath

from rag.types import Article


def id_from_path(path: str) -> str:
    """The path without its ending: unique within a folder unless two files differ by their ending alone."""
    return safe_id(str(PurePosixPath(path).with_suffix("")))


def id_in_file(path: str, file: str) -> str:
    """The id of a record, by its path that goes on inside of its file."""
    return f"{id_from_path(file)}/{safe_id(path[len(file) + 1 :])}"


def safe_id(claimed: str) -> str:
    # An id stands between brackets in an answer, so it has none itself, nor white space.
    return re.sub(r"[\s\[\](),;]+", "-", claimed.strip()).strip("-") or "article"


def content_digest(article: Article) -> str:
    """Equal for articles whose words are equal, whatever their white space."""
    return hashlib.sha256(" ".join(article.text.split()).encode()).hexdigest()
