"""Boosted regression trees (Friedman, 2001) as `trees.json` keeps them: flat lists, so that nothing but NumPy is needed to use them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Trees:
    """The sum of the leaves that a row ends in: a logit. A node without a left child is a leaf."""

    trees: tuple[tuple[tuple[int, float, int, int], ...], ...]  # nodes: feature, threshold (a leaf's value), left, right
    bias: float

    def score(self, row: Sequence[float]) -> float:
        return self.bias + sum(_leaf(tree, row) for tree in self.trees)


def _leaf(tree: Sequence[tuple[int, float, int, int]], row: Sequence[float]) -> float:
    at = 0
    while True:
        feature, value, left, right = tree[at]
        if not left:
            return value
        at = left if row[feature] <= value else right
