"""Which articles are the same source: near-duplicates, found by MinHash and verified on their words.

A story that several outlets took from one agency, or that was printed again with paragraphs added, is one source. Signatures (rensa)
are cut into bands; articles that share a band are compared by their signatures, and the most similar by their words themselves. Who
stands for whom depends on the set of articles alone, never on the order in which they were indexed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHINGLE = 5  # words
PERMUTATIONS = 128
ROWS = 2  # of a band: finds 98 % of the pairs of Jaccard .25, all from .4 on (1 - (1 - j²)^64)
LEAST_ESTIMATE = 0.15  # of the Jaccard, below which the words are not compared
LEAST_SHARED = 0.7  # of the shorter one's shingles; two reports of one event by different hands share less than .01 (docs/log.md)
LEAST_SHINGLES = 30  # shorter ones are counted as the same only where every word is
MOST_COMPARED = 8  # candidates whose words are compared, the most similar first: a thousand pages of one form stay affordable
LAST = "9999"

Signatures = NDArray[np.uint32]
# Scripts that are written without spaces: every character is a word.
_WORD = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|\w+")


@dataclass(frozen=True, slots=True)
class Member:
    """An article among those that may be the same source."""

    id: str
    content: str  # digest of its words
    words: int
    published: str | None

    @property
    def rank(self) -> tuple[int, str, str]:
        """The first in this order stands for the others: the most complete, then the earliest, then by id."""
        return -self.words, self.published or LAST, self.id


def shingles(text: str) -> set[str]:
    words = _WORD.findall(text.casefold())
    return {" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)}


def signature(text: str) -> tuple[int, bytes]:
    """How many words a text has, and its MinHash; empty for one that is too short to be compared."""
    import rensa

    words, found = len(_WORD.findall(text)), shingles(text)
    if len(found) < LEAST_SHINGLES:
        return words, b""
    minhash = rensa.RMinHash(num_perm=PERMUTATIONS, seed=1)
    minhash.update(sorted(found))
    return words, np.array(minhash.digest(), dtype=np.uint32).tobytes()


def algorithm() -> str:
    """Signatures of another one are not comparable with those made now."""
    import rensa

    return f"{rensa.RMinHash.ALGORITHM_VERSION} {SHINGLE} {PERMUTATIONS} {ROWS} {LEAST_SHARED} {LEAST_SHINGLES}"


def same_source(one: set[str], other: set[str]) -> bool:
    """Whether nearly all of the shorter text is in the longer one."""
    return len(one & other) >= LEAST_SHARED * min(len(one), len(other))


def aliases(members: Sequence[Member], signatures: Mapping[str, tuple[int, bytes]], same: Callable[[str, str], bool]) -> dict[str, str]:
    """Article id → id of the article that stands for it. `same` compares two texts by their digests."""
    ordered = sorted((m for m in members if signatures[m.content][1]), key=lambda m: m.rank)
    if len(ordered) < 2:
        return {}
    matrix = np.frombuffer(b"".join(signatures[m.content][1] for m in ordered), dtype=np.uint32).reshape(len(ordered), -1)
    bands = _Bands(matrix)
    found: dict[str, str] = {}
    for row in bands.meeting:
        one = ordered[row]
        others = (ordered[i] for i in bands.candidates(row))
        canonical = next((other for other in others if same(one.content, other.content)), None)
        if canonical:
            found[one.id] = canonical.id
        else:
            bands.keep(row)
    return found


class _Bands:
    """Pieces of signatures, and the rows kept so far under those that they share with others."""

    def __init__(self, matrix: Signatures) -> None:
        self._matrix = matrix
        keys = np.ascontiguousarray(matrix).view(np.uint64).reshape(len(matrix), -1)
        self._shared = [self._shared_keys(keys[:, band]) for band in range(keys.shape[1])]
        meeting = np.zeros(len(matrix), dtype=bool)
        for shared in self._shared:
            meeting[list(shared)] = True
        self.meeting: list[int] = np.flatnonzero(meeting).tolist()
        self._kept: list[dict[int, list[int]]] = [{} for _ in self._shared]

    @staticmethod
    def _shared_keys(keys: NDArray[Any]) -> dict[int, int]:
        """Row → key, of the rows that have it in common with others."""
        _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        rows = np.flatnonzero(counts[inverse] > 1)
        return dict(zip(rows.tolist(), inverse[rows].tolist(), strict=True))

    def candidates(self, row: int) -> Iterator[int]:
        """Kept rows that share a band, the most similar first, ties in order."""
        pools = (kept.get(shared[row], ()) for kept, shared in zip(self._kept, self._shared, strict=True) if row in shared)
        rows = np.array(sorted({i for pool in pools for i in pool}), dtype=np.int64)
        if not len(rows):
            return
        estimates = (self._matrix[rows] == self._matrix[row]).mean(axis=1)
        best = np.argsort(-estimates, kind="stable")[:MOST_COMPARED]
        yield from (int(rows[i]) for i in best if estimates[i] >= LEAST_ESTIMATE)

    def keep(self, row: int) -> None:
        for kept, shared in zip(self._kept, self._shared, strict=True):
            if row in shared:
                kept.setdefault(shared[row], []).append(row)
