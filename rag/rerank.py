"""The passages found, in the order of a cross-encoder: the setting RERANKER."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.cross_encoder import CrossEncoder, open_cross_encoder
from rag.errors import SettingError
from rag.retrieve import Retrieved
from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Reranker:
    """Reorders the best `most` passages; those after them stay as they are."""

    model: CrossEncoder
    most: int

    def rerank(self, found: Retrieved, top_k: int) -> Retrieved:
        """The `top_k` best, by the model's score, ties by passage id.

        Weights that look at a passage's score were fitted on our own scores, the best first: the passage that is now at a rank takes
        the score that this rank had. What is shown is the model's score; what it did not read follows at its old distance.

        Raises:
            SettingError: RERANKER names a model of another kind.
            JudgeUnavailable: the model cannot be loaded, or fails.
        """
        self._check()
        read = found.stored[: self.most]
        if not read:
            return found
        logits = self.model.logits([(found.question.text, stored.passage.text) for stored in read])[:, 0]
        order = sorted(range(len(read)), key=lambda i: (-logits[i], read[i].passage.id))
        order += range(len(read), len(found.stored))
        last = len(read) - 1
        below = [logits.min() - (found.scores[last] - score) for score in found.scores[last + 1 :]]
        shown = [round(float(score), 9) for score in (*sorted(logits, reverse=True), *below)]
        return replace(
            found,
            stored=tuple(found.stored[i] for i in order[:top_k]),
            features=found.features[order[:top_k]],
            scores=found.scores[:top_k],
            reranked=tuple(shown[:top_k]),
        )

    def about(self) -> str:
        """What reorders, in a sentence, with its model loaded. Raises as `rerank`."""
        self._check()
        return f"cross-encoder {self.model.name}, the best {self.most} passages"

    def _check(self) -> None:
        if self.model.outputs != 1:
            raise SettingError(
                f"RERANKER={self.model.name!r} cannot be used: it has {self.model.outputs} scores ({', '.join(self.model.labels)}), "
                "and a reranker has one. A model of entailment is for VERIFIER."
            )


def open_reranker(settings: Settings) -> Reranker | None:
    """The reranker of the settings, if they name one. Loads nothing. Raises SettingError where it cannot be one."""
    return Reranker(open_cross_encoder("RERANKER", settings.reranker), settings.reranked) if settings.reranker else None
