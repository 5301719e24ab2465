"""One source, one article: which articles stand for near-duplicates of them. Only new texts are hashed and compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from rag.alike import Member, algorithm, aliases, same_source, shingles, signature
from rag.manifest import Manifest
from rag.records import FileRecord

Text = Callable[[FileRecord], str | None]
KEPT_TEXTS = 2_000


class Sources:
    """What is found out about the texts of one update, and what the manifest is to keep of it."""

    def __init__(self, manifest: Manifest, text_of: Text) -> None:
        self._manifest = manifest
        self._text_of = text_of
        self.algorithm = algorithm()
        as_now = manifest.meta().get("alike") == self.algorithm
        self._known = manifest.signatures() if as_now else {}
        self._verdicts = manifest.compared() if as_now else {}
        self._records: dict[str, FileRecord] = {}
        self.signatures: dict[str, tuple[int, bytes]] = {}
        self.compared: dict[tuple[str, str], bool] = {}
        self._shingles = lru_cache(KEPT_TEXTS)(self._shingles_of)

    def aliases(self, articles: Mapping[str, FileRecord]) -> dict[str, str]:
        """Article id → id of the article that stands for it."""
        self._records = {r.content: r for r in articles.values() if r.content}
        members = [
            Member(article_id, r.content, words, r.published)
            for article_id, r in articles.items()
            if r.content and (words := self._words(r.content)) is not None
        ]
        return aliases(members, {**self._known, **self.signatures}, self._same)

    @property
    def gone(self) -> list[str]:
        """Texts that the manifest knows and no article has any more."""
        return [content for content in self._manifest.signature_keys() if content not in self._records or content not in self._known]

    def _words(self, content: str) -> int | None:
        """None where the text cannot be had: its file has just gone."""
        if content in self._known:
            return self._known[content][0]
        text = self._text_of(self._records[content])
        if text is None:
            return None
        self.signatures[content] = signature(text)
        return self.signatures[content][0]

    def _same(self, content: str, other: str) -> bool:
        pair = (min(content, other), max(content, other))
        if pair not in self._verdicts:
            one, two = self._shingles(content), self._shingles(other)
            if one is None or two is None:
                return False
            self._verdicts[pair] = self.compared[pair] = same_source(one, two)
        return self._verdicts[pair]

    def _shingles_of(self, content: str) -> set[str] | None:
        text = self._text_of(self._records[content])
        return None if text is None else shingles(text)
