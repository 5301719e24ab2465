"""95 % intervals: the percentile bootstrap over questions (Efron, 1979), with a fixed seed, so that the same run gives the same interval.

Where every question counts the same the interval is that value alone: it says nothing about questions that were not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
SEED = 0
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure's value, its interval, and of how many questions it is."""

    value: float
    low: float
    high: float
    n: int


def ratio(shares: Sequence[tuple[float, float]]) -> Figure | None:
    """Parts over wholes; for wholes of 1 that is the mean. None where there is nothing to measure."""
    if not shares:
        return None
    parts, wholes = np.array(shares, dtype=float).T

    def statistic(p: Values, w: Values, axis: int = -1) -> Any:
        return p.sum(axis=axis) / w.sum(axis=axis)

    return _figure((parts, wholes), statistic)


def auroc(labels: Sequence[bool], scores: Sequence[float]) -> Figure | None:
    """Area under the ROC curve (Hanley & McNeil, 1982): how often a positive one scores higher than a negative one; ties are half."""
    if len(set(labels)) < 2:
        return None
    from scipy.stats import rankdata

    def statistic(positive: Values, score: Values, axis: int = -1) -> Any:
        n = positive.sum(axis=axis)
        wins = (rankdata(score, axis=axis) * positive).sum(axis=axis) - n * (n + 1) / 2
        return wins / np.maximum(n * (positive.shape[axis] - n), 1)

    return _figure((np.array(labels, dtype=float), np.array(scores, dtype=float)), statistic)


def _figure(data: tuple[Values, Values], statistic: Callable[..., Any]) -> Figure:
    from scipy.stats import bootstrap

    value, n = float(statistic(*data)), len(data[0])
    if n == 1:
        return Figure(value, value, value, 1)
    found = bootstrap(
        data, statistic, n_resamples=RESAMPLES, vectorized=True, paired=True, method="percentile", rng=np.random.default_rng(SEED)
    )
    low, high = found.confidence_interval
    return Figure(round(value, 4), round(float(low), 4), round(float(high), 4), n)
