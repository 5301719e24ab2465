"""The fitted weights (`weights.json`, made by `python -m eval calibrate`): small linear models over named features."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

_override: dict[str, Any] | None = None


@dataclass(frozen=True)
class Linear:
    """`bias + features · weights`; a logit where it is a probability."""

    names: tuple[str, ...]
    weights: NDArray[np.float64]
    bias: float = 0.0
    threshold: float = 0.5

    def score(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """One score a row."""
        scores: NDArray[np.float64] = rows @ self.weights + self.bias
        return scores

    def probability(self, row: Sequence[float]) -> float:
        return 1 / (1 + math.exp(-float(np.asarray(row) @ self.weights + self.bias)))


@cache
def fitted(name: str, features: tuple[str, ...]) -> Linear:
    """The model called `name`; `features` is the order that its caller computes them in."""
    stored: dict[str, Any] = _all()[name]
    return Linear(
        features,
        np.array([stored["weights"][feature] for feature in features]),
        stored.get("bias", 0.0),
        stored.get("threshold", 0.5),
    )


@cache
def _all() -> dict[str, Any]:
    if _override is not None:
        return _override
    content: dict[str, Any] = json.loads(files("rag").joinpath("weights.json").read_text())
    return content


@contextmanager
def using(content: dict[str, Any]) -> Iterator[None]:
    """Other weights for a while: how calibration cross-validates through the real code."""
    global _override
    before, _override = _override, content
    _clear()
    try:
        yield
    finally:
        _override = before
        _clear()


def _clear() -> None:
    fitted.cache_clear()
    _all.cache_clear()
