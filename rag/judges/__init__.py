"""Who judges support: the built-in judge, or one that the setting VERIFIER names. The writers and `rag verify` have the same.

What all of them refuse is what the checks of facts refuse (`rag.verifier`: numbers, names, units, dates, negation). Beyond that

- *builtin* goes by its own probability;
- a *cross-encoder* replaces that probability, so it may accept what the built-in probability alone refuses, and refuse what it accepts;
- *ollama* is asked about what the built-in judge accepts, and can only refuse more.

A statement that stands in a source word for word needs no judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from rag.quotations import Embeds, Source
from rag.settings import Settings
from rag.types import Support


class Judge(Protocol):
    """What a verifier is to everything that uses one. Safe from several threads."""

    def judge(self, statement: str, sources: Sequence[Source], spread: bool = False) -> Support:
        """The best quotation for a statement among the sources, and whether it supports it; `spread` as in `rag.verifier.examine`.

        Raises:
            SettingError: VERIFIER names a model of another kind.
            JudgeUnavailable: the cross-encoder cannot be loaded, or fails.
        """
        ...

    def about(self) -> str:
        """What judges, in a sentence, with its model loaded.

        Raises:
            FootnoteError: as `judge`; and ModelUnavailable where the Ollama server could not be asked now.
        """
        ...


def open_judge(settings: Settings, embedder: Embeds) -> Judge:
    """The judge of the settings. Loads nothing.

    Raises:
        SettingError: VERIFIER names nothing that could be a judge.
    """
    from rag.judges.builtin import BuiltIn

    if settings.verifier == "builtin":
        return BuiltIn(embedder)
    if settings.verifier == "ollama":
        from rag.judges.ollama import OllamaJudge

        return OllamaJudge(settings, embedder)
    from rag.cross_encoder import open_cross_encoder
    from rag.judges.cross_encoder import CrossEncoderJudge

    return CrossEncoderJudge(open_cross_encoder("VERIFIER", settings.verifier), settings.verifier_threshold, embedder)


@lru_cache(maxsize=1)
def shared_judge(settings: Settings) -> Judge:
    """The judge of the settings with their embedding model, the same one every time."""
    from rag.embed import open_embedder

    return open_judge(settings, open_embedder(settings))
