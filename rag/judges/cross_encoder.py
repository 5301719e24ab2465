"""A cross-encoder as judge: a model of entailment, or one that gives a single score of relevance.

It reads the quotations that the checks of facts allow, the likeliest few, and the best of them is displayed. A model of entailment
replaces all that the built-in judge measures by words. One score says that two texts are about the same, not that one follows
from the other: there a displayed quotation must, as with the built-in judge, carry a part of the statement's words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.cross_encoder import CrossEncoder
from rag.errors import SettingError
from rag.quotations import Embeds, Source
from rag.types import Support
from rag.verifier import CARRIED_AT_LEAST, NOTHING_SAYS, Examined, Quotation, examine

TRIED = 4  # quotations; each is a pass of the model
ENTAILS = frozenset({"entailment", "entails", "entailed", "supports", "supported", "attributable"})


@dataclass(frozen=True, slots=True)
class CrossEncoderJudge:
    """A `Judge`."""

    model: CrossEncoder
    threshold: float
    embedder: Embeds

    def judge(self, statement: str, sources: Sequence[Source], spread: bool = False) -> Support:
        examined = examine(statement, sources, self.embedder, spread)
        quotations = examined.allowed(TRIED)
        if not quotations:
            return examined.support
        scores = self._scores(statement, self._texts(examined, quotations))
        if not spread:
            scores[: len(quotations)] *= [self._may_show(q) for q in quotations]
        best = int(np.argmax(scores))  # the first of equals: the likeliest
        score = round(float(scores[best]), 4)
        reason = "" if score >= self.threshold else NOTHING_SAYS
        shown = quotations[0 if reason or best == len(quotations) else best]
        return replace(
            examined.support, supported=not reason, score=score, source=shown.source, start=shown.start, end=shown.end, reason=reason
        )

    def about(self) -> str:
        kind = "one score" if self.model.outputs == 1 else f"entailment among {', '.join(self.model.labels)}"
        self._entails()
        return f"cross-encoder {self.model.name}, {kind}, from {self.threshold:g}"

    def _texts(self, examined: Examined, quotations: Sequence[Quotation]) -> list[str]:
        texts = [examined.sources[q.source].text[q.start : q.end] for q in quotations]
        return [*texts, examined.together()] if examined.several else texts

    def _may_show(self, quotation: Quotation) -> bool:
        return self.model.outputs > 1 or quotation.carried >= CARRIED_AT_LEAST

    def _scores(self, statement: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """The probability that each text supports the statement."""
        label = self._entails()
        if label is None:
            relevance: NDArray[np.float64] = 1 / (1 + np.exp(-self.model.logits([(statement, text) for text in texts])[:, 0]))
            return relevance
        logits = self.model.logits([(text, statement) for text in texts])  # premise, hypothesis
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        entailed: NDArray[np.float64] = shares[:, label] / shares.sum(axis=1)
        return entailed

    def _entails(self) -> int | None:
        """Which output means entailment; None where there is but one."""
        if self.model.outputs == 1:
            return None
        found = [i for i, label in enumerate(self.model.labels) if label.strip() in ENTAILS]
        if len(found) != 1:
            named = ", ".join(self.model.labels) or f"{self.model.outputs} without names"
            raise SettingError(
                f"VERIFIER={self.model.name!r} cannot be used: of its labels ({named}) not exactly one means entailment. "
                "Correct id2label in its config.json, or name another model."
            )
        return found[0]
