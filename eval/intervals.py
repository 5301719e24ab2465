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

    return _figure((parts, wholes), statistic, paired=True)


def auroc(labels: Sequence[bool], scores: Sequence[float]) -> Figure | None:
    """Area under the ROC curve (Hanley & McNeil, 1982): how often a positive one scores higher than a negative one; ties are half.

    None where one of the two is missing. Positive and negative ones are resampled each among themselves.
    """
    truth, all_scores = np.array(labels, dtype=bool), np.array(scores, dtype=float)
    positive, negative = all_scores[truth], all_scores[~truth]
    if not len(positive) or not len(negative):
        return None
    from scipy.stats import rankdata

    def statistic(above: Values, below: Values, axis: int = -1) -> Any:
        n = above.shape[axis]
        ranks = rankdata(np.concatenate([above, below], axis=axis), axis=axis)[..., :n]
        return (ranks.sum(axis=axis) - n * (n + 1) / 2) / (n * below.shape[axis])

    return _figure((positive, negative), statistic, paired=False)


def _figure(data: tuple[Values, Values], statistic: Callable[..., Any], paired: bool) -> Figure:
    from scipy.stats import bootstrap

    value = round(float(statistic(*data)), 4)
    n = len(data[0]) if paired else len(data[0]) + len(data[1])
    if min(len(sample) for sample in data) < 2:
        return Figure(value, value, value, n)
    found = bootstrap(
        data, statistic, n_resamples=RESAMPLES, vectorized=True, paired=paired, method="percentile", rng=np.random.default_rng(SEED)
    )
    low, high = found.confidence_interval
    return Figure(value, round(float(low), 4), round(float(high), 4), n)
