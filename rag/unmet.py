"""A word of a statement that its quotation does not have: the same in other words, or something else put in its place?

“Iraqi forces sold a network of tunnels” has all that “Iraqi forces found a network of tunnels” has, but for one word. Each content
word of a statement that the quotation does not have is compared, as the embedding model sees it in its sentence, with the words of the
quotation on the same two layers as in `rag.pointer`; a logistic regression over these two cosines, the share of such words and the
word's own vectors (what kind of word it is: another verb says more than another adverb) judges whether it says something else. What it
was fitted on: `eval/statements.jsonl`.

Weights: `rag/weights.json` and `rag/unmet_words.npz`, made by `python -m eval calibrate` for the bundled embedding model; with another one
it is not used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.embed import Words
from rag.facts import facts
from rag.lexical import is_content, stem
from rag.weights import arrays, fitted

Matrix = NDArray[np.float64]
UNMET_FEATURES = ("cosine", "inner_cosine", "share")


@dataclass(frozen=True)
class Unmet:
    """The content words of a statement that a quotation does not have, names and numbers apart: those are `rag.agreement`'s.

    `rows`, shape (words, UNMET_FEATURES), `vectors`, shape (words, 2 × dimension).
    """

    written: tuple[str, ...]
    rows: Matrix
    vectors: NDArray[np.float32]


def unmet(claim: str, said: Words, quoted: Words) -> Unmet:
    """Those words of a claim; `said` is the claim and `quoted` the quotation as the model sees them."""
    assert said.layers is not None and quoted.layers is not None
    there = {stem(word.lower()) for word in quoted.written}
    named = {stem(part.lower()) for name in facts(claim).names for part in (name, *name.split("-"))}
    content = [i for i, word in enumerate(said.written) if is_content(word) and not word[0].isdigit()]
    places = [i for i in content if (found := stem(said.written[i].lower())) not in there and found not in named]
    vectors = said.layers[places]
    half = vectors.shape[1] // 2
    rows = np.full((len(places), len(UNMET_FEATURES)), len(places) / max(len(content), 1))
    if places and len(quoted.written):
        rows[:, 0] = (vectors[:, :half] @ quoted.layers[:, :half].T).max(axis=1)
        rows[:, 1] = (vectors[:, half:] @ quoted.layers[:, half:].T).max(axis=1)
    return Unmet(tuple(said.written[i] for i in places), rows, vectors)


def says_else(claim: str, said: Words, quoted: Words) -> str:
    """The word that most likely says something else than the quotation, if it is likely enough to withhold the claim; else empty."""
    weights = arrays("unmet_words")
    if weights is None:
        return ""
    words = unmet(claim, said, quoted)
    model = fitted("unmet", UNMET_FEATURES)
    scores = model.score(words.rows) + words.vectors @ weights["vector"]
    return words.written[int(np.argmin(scores))] if len(scores) and scores.min() < model.threshold else ""
