"""The places in the sources that may be what a statement says: possible quotations, and how likely each is.

A quotation is a core sentence that carries most of the statement, alone or with up to two neighbours.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag import lexical
from rag.embed import Words
from rag.passages import sentence_spans

Vectors = NDArray[np.float32]

CORES = 4  # sentences that may be what the statement says; each is tried alone and with up to two neighbours
NEAR_BEST = 0.8  # of the likeliest quotation's likeliness; less likely ones do not stand in for it
EMBEDDED = 48  # sentences embedded at most, of sources that come without vectors


class Embeds(Protocol):
    """What the verifier needs of an embedding model (`rag.embed.Embedder`)."""

    @property
    def bundled(self) -> bool: ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...

    def embed_words(self, texts: Sequence[str]) -> list[Words]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """A text that may support a statement. `spans` are its sentences; `vectors` theirs, if known already.

    `known` is what a reader sees beside a quotation: the article's outlet and date.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    vectors: Vectors | None = None
    known: str = ""

    @classmethod
    def of(cls, text: str) -> Source:
        return cls(text, tuple(sentence_spans(text)))


@dataclass(frozen=True)
class Claim:
    """A statement as it is looked for: its content words, by how rare they are in the sources, and all its pairs of words."""

    text: str
    stems: tuple[str, ...]
    bigrams: frozenset[tuple[str, str]]
    weight: dict[str, float]

    @classmethod
    def of(cls, text: str, sources: Sequence[Source]) -> Claim:
        """Weights are inverse sentence frequencies in the sources at hand: there may be no corpus."""
        sentences = [set(lexical.stems(source.text[s:e])) for source in sources for s, e in source.spans]
        counts = Counter(s for sentence in sentences for s in sentence)
        content = tuple(dict.fromkeys(lexical.content_stems(text)))
        n = len(sentences)
        weight = {s: math.log(1 + (n + 1) / (counts[s] + 0.5)) for s in content}
        return cls(text, content, frozenset(lexical.bigrams(lexical.stems(text))), weight)


@dataclass(frozen=True, slots=True)
class Window:
    """A possible quotation: neighbouring sentences of a source, `start` to `end` in its text."""

    source: int
    first: int
    last: int  # inclusive
    start: int
    end: int
    core: int  # the sentence that carries most of the claim
    likely: float


def find_windows(claim: Claim, sources: Sequence[Source]) -> list[Window]:
    """Possible quotations, the likeliest core sentences first, each alone and with its neighbours."""
    cores: list[tuple[float, int, int]] = []
    for i, source in enumerate(sources):
        for position, (start, end) in enumerate(source.spans):
            recall = lexical.recall(claim.stems, set(lexical.stems(source.text[start:end])), claim.weight)
            if recall > 0:
                cores.append((round(recall, 6), i, position))
    best = sorted(cores, key=lambda c: (-c[0], c[1], c[2]))[:CORES]
    return [window for recall, i, position in best for window in _around(claim, sources[i], i, position)]


def _around(claim: Claim, source: Source, index: int, core: int) -> list[Window]:
    def recall(first: int, last: int) -> float:
        text = source.text[source.spans[first][0] : source.spans[last][1]]
        return lexical.recall(claim.stems, set(lexical.stems(text)), claim.weight)

    windows = []
    own = recall(core, core)
    for before, after in ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1)):
        first, last = core - before, core + after
        if first < 0 or last >= len(source.spans):
            continue
        if any(recall(i, i) > own for i in range(first, last + 1)):
            continue  # another sentence is the core of this one
        start, end = source.spans[first][0], source.spans[last][1]
        windows.append(Window(index, first, last, start, end, core, recall(first, last) - 0.05 * (last - first)))
    return windows


def cosines_of(statement: str, sources: Sequence[Source], windows: Sequence[Window], embedder: Embeds) -> dict[tuple[int, int], float]:
    """Cosine of the statement with each sentence that matters, by source and sentence."""
    wanted = list(dict.fromkeys((w.source, i) for w in windows for i in range(w.first, w.last + 1)))[:EMBEDDED]
    unknown = [(s, i) for s, i in wanted if sources[s].vectors is None]
    made = embedder.embed_passages([statement, *(sources[s].text[slice(*sources[s].spans[i])] for s, i in unknown)])
    vectors = dict(zip(unknown, made[1:], strict=True))
    return {(s, i): float(made[0] @ (v[i] if (v := sources[s].vectors) is not None else vectors[s, i])) for s, i in wanted}


def likeliest(windows: Sequence[Window], cosines: dict[tuple[int, int], float]) -> list[Window]:
    """The likeliest quotation, and those that are nearly as likely, in order."""
    likely = {w: round(w.likely + 0.3 * highest_cosine(w, cosines), 6) for w in windows}
    ranked = sorted(windows, key=lambda w: (-likely[w], w.last - w.first, w.source, w.start))
    return [ranked[0], *(w for w in ranked[1:] if likely[w] >= NEAR_BEST * likely[ranked[0]])]


def highest_cosine(window: Window, cosines: dict[tuple[int, int], float]) -> float:
    """Of the statement with a sentence of the quotation."""
    return max(cosines.get((window.source, i), 0.0) for i in range(window.first, window.last + 1))
