"""Late interaction: how well each word of a text is met by some word of another, as the model sees both in their sentences.

ColBERT's MaxSim (Khattab & Zaharia, 2020, arXiv:2004.12832) with the words of an ordinary sentence-embedding model. It sees that
“began” meets “started” where a whole sentence's vector is about too much at once: over the cosine alone, the right sentence
of a SQuAD paragraph comes first for 1 to 2 questions more in a hundred, of a news story for 7 (`docs/log.md`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.embed import Words
from rag.lexical import is_content, stem

EmbedWords = Callable[[Sequence[str]], list[Words]]
Matrix = NDArray[np.float64]

LATE_FEATURES = ("late_weighted", "late_mean", "late_least", "late_all", "late_least_weighted")


def late_features(wanted: Words, found: Sequence[Words], weight: Mapping[str, float]) -> Matrix:
    """Shape (texts, LATE_FEATURES): `wanted` (a question) as it is met by each of `found`.

    `weight` is of stems. Weighted, mean and least are of the content words; “all” counts function words too, which carry
    what kind of thing is asked for.
    """
    content, weights = _weights(wanted, weight)
    rows = np.zeros((len(found), len(LATE_FEATURES)))
    for row, here in zip(rows, found, strict=True):
        best = met(wanted, here)
        row[:] = (
            best @ weights / weights.sum(),
            best[content].mean(),
            best[content].min(),
            best.mean(),
            1 - ((1 - best) * weights).max() / weights.max(),
        )
    return rows


def met(wanted: Words, found: Words) -> Matrix:
    """For each word of `wanted` its highest cosine with a word of `found`; 0 where there is none."""
    if not len(found.written):
        return np.zeros(len(wanted.written))
    best: Matrix = (wanted.vectors @ found.vectors.T).max(axis=1).astype(np.float64)
    return best


def _weights(wanted: Words, weight: Mapping[str, float]) -> tuple[NDArray[np.bool_], Matrix]:
    """Which words are content, and each word's weight; all of them where none is."""
    content = np.array([is_content(word) for word in wanted.written], dtype=bool)
    if not content.any():
        content[:] = True
    weights = np.array([weight.get(stem(word.lower()), 1.0) for word in wanted.written]) * content
    return content, np.maximum(weights, 1e-9)
