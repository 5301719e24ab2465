"""95 % intervals: the percentile bootstrap over questions (Efron, 1979), with a fixed seed, so that the same run gives the same interval.

Where every question counts as nothing, or every one as all, there is nothing to resample: the interval is the exact one of a binomial
share then (Clopper & Pearson, 1934), so that none of 16 says "at most .21".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
AT_ONCE = 200  # of them in memory
SEED = 0
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure's value, its interval, and of how many questions it is."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} – {self.high:.3f})"


def ratio(shares: Sequence[tuple[float, float]]) -> Figure | None:
    """Parts over wholes; for wholes of 1 that is the mean. None where there is nothing to measure."""
    if not shares:
        return None
    parts, wholes = np.array(shares, dtype=float).T
    if not parts.any() or (parts == wholes).all():
        return _exact(bool(parts.any()), len(parts))

    def statistic(p: Values, w: Values, axis: int = -1) -> Any:
        return p.sum(axis=axis) / w.sum(axis=axis)

    return _figure((parts, wholes), statistic, paired=True)


def share(truths: Iterable[bool]) -> Figure | None:
    """The share of what is true."""
    return ratio([(float(true), 1.0) for true in truths])


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


def macro_f1(labels: Sequence[bool], decided: Sequence[bool]) -> Figure | None:
    """The mean of the F1 of what is true and of what is not; a class that neither has counts as 0."""
    if not len(labels):
        return None

    def statistic(true: Values, said: Values, axis: int = -1) -> Any:
        both, neither = (true * said).sum(axis=axis), ((1 - true) * (1 - said)).sum(axis=axis)
        named, others = (true + said).sum(axis=axis), (2 - true - said).sum(axis=axis)
        return both / np.maximum(named, 1) + neither / np.maximum(others, 1)

    return _figure((np.array(labels, dtype=float), np.array(decided, dtype=float)), statistic, paired=True)


def _exact(all_of_them: bool, n: int) -> Figure:
    from scipy.stats import binomtest

    interval = binomtest(n if all_of_them else 0, n).proportion_ci(method="exact")
    return Figure(float(all_of_them), round(float(interval.low), 4), round(float(interval.high), 4), n)


def _figure(data: tuple[Values, Values], statistic: Callable[..., Any], paired: bool) -> Figure:
    from scipy.stats import bootstrap

    value = round(float(statistic(*data)), 4)
    n = len(data[0]) if paired else len(data[0]) + len(data[1])
    if min(len(sample) for sample in data) < 2:
        return Figure(value, 0.0, 1.0, n)  # of a single question nothing is known
    found = bootstrap(
        data,
        statistic,
        n_resamples=RESAMPLES,
        batch=AT_ONCE,
        vectorized=True,
        paired=paired,
        method="percentile",
        rng=np.random.default_rng(SEED),
    )
    low, high = found.confidence_interval
    return Figure(value, round(float(low), 4), round(float(high), 4), n)
