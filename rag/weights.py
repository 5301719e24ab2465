"""The fitted weights, all made by `python -m eval calibrate`.

`weights.json` has linear models over named features, `trees.json` boosted trees over them, one a line, `pointer.npz` and `unmet_words.npz`
the arrays of `rag.pointer` and of `rag.unmet`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.trees import Trees

ARRAYS = ("pointer", "unmet_words")

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
def boosted(name: str, features: tuple[str, ...]) -> Trees:
    """The trees called `name`; `features` is the order that its caller computes them in."""
    stored: dict[str, Any] = _all()[name]
    at = {feature: i for i, feature in enumerate(features)}
    trees = tuple(tuple((at.get(f, -1), v, left, right) for f, v, left, right in tree) for tree in stored["trees"])
    return Trees(trees, stored["bias"])


def arrays(name: str) -> Mapping[str, NDArray[np.float32]] | None:
    """The arrays called `name`; None while they are being made."""
    found: Mapping[str, NDArray[np.float32]] | None = _all().get(name)
    return found


def number(name: str, which: str) -> float:
    """A threshold of the model called `name`."""
    return float(_all()[name][which])


@cache
def _all() -> dict[str, Any]:
    return _override if _override is not None else load(Path(str(files("rag"))))


def load(folder: Path) -> dict[str, Any]:
    """What `save` wrote."""
    content: dict[str, Any] = json.loads((folder / "weights.json").read_text())
    content |= json.loads((folder / "trees.json").read_text())
    return content | {of: _arrays(folder / f"{of}.npz") for of in ARRAYS}


def _arrays(file: Path) -> dict[str, NDArray[np.float32]]:
    with np.load(file) as stored:
        return {key: stored[key].astype(np.float32) for key in stored.files}


def save(content: dict[str, Any], folder: Path) -> None:
    """The same content gives the same bytes."""
    plain = {key: value for key, value in content.items() if key != "answerable" and key not in ARRAYS}
    (folder / "weights.json").write_text(json.dumps(plain, indent=1) + "\n")
    answerable = dict(content["answerable"])
    lines = ",\n".join(json.dumps(tree) for tree in answerable.pop("trees"))
    (folder / "trees.json").write_text(f'{{"answerable": {json.dumps(answerable)[:-1]}, "trees": [\n{lines}\n]}}}}\n')
    for of in ARRAYS:
        np.savez(folder / f"{of}.npz", **{key: value.astype(np.float16) for key, value in content[of].items()})


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
    boosted.cache_clear()
    _all.cache_clear()
