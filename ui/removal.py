"""Which articles can be removed from the page: those whose file holds nothing else and is the folder's own. Why not, for the others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from rag.errors import UnusableInput
from rag.types import Listed

SHARED, LAST, LINKED = "in a file with others", "the last article", "outside the folder, behind a link"
ADVICE = {
    SHARED: "Take it out of that file, then look for changes.",
    LAST: "Without one there is nothing to ask: add another first.",
    LINKED: "Remove it where the link leads.",
}


class Removal:
    """What may go of the articles as they are now."""

    def __init__(self, folder: Path, articles: Sequence[Listed]) -> None:
        self._folder = folder
        self._articles = {article.id: article for article in articles}
        self._is_inside = cache(self._lies_inside)

    def refused(self, article: Listed) -> str:
        """Why this one stays, in as many words as its row has room for; empty where it may go."""
        if not article.alone:
            return SHARED
        if len(self._articles) == 1:
            return LAST
        return "" if self._is_inside(article.path.rpartition("/")[0]) else LINKED

    def remove(self, article_id: str) -> None:
        """Delete the article's file for good.

        Raises:
            UnusableInput: no such article, one that stays, or its file cannot be deleted.
        """
        article = self._articles.get(article_id)
        if article is None:
            raise UnusableInput(f"Article {article_id} is not in the corpus any more.")
        if why := self.refused(article):
            raise UnusableInput(f"Article {article_id} is {why}. {ADVICE[why]}")
        try:
            (self._folder / article.path).unlink()
        except OSError as error:
            raise UnusableInput(f"{article.path} cannot be removed: {error.strerror}.") from error

    def _lies_inside(self, directory: str) -> bool:
        """What a linked folder leads to is not the corpus's own."""
        return (self._folder / directory).resolve().is_relative_to(self._folder.resolve())
