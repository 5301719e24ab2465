"""The judge that needs no model but the embedding one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.quotations import Embeds, Source
from rag.types import Support
from rag.verifier import judge


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A `Judge`: a regression over how much of a statement its quotation carries."""

    embedder: Embeds

    def judge(self, statement: str, sources: Sequence[Source], spread: bool = False) -> Support:
        return judge(statement, sources, self.embedder, spread)

    def about(self) -> str:
        return "builtin"
