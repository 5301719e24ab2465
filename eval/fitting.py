"""Three fits: listwise logistic regression, plain logistic regression with folded-in scaling, and boosted trees.

Listwise: the probability that a list's right items get under a softmax over the list is maximised (Cao et al., 2007, ListNet,
with the top-one model). Weights come out for unscaled features, so that what is stored is all there is to know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]


def fit_listwise(lists: Sequence[Matrix], right: Sequence[Mask], counts: Sequence[float] | None = None, l2: float = 1e-3) -> Matrix:
    """Weights, shape (features,). Lists without a right item are left out; `counts` is how much each counts, the same if not given."""
    from scipy.optimize import minimize

    kept = [i for i, mask in enumerate(right) if mask.any()]
    rows = np.concatenate([lists[i] for i in kept])
    mask = np.concatenate([right[i] for i in kept])
    starts = np.cumsum([0, *(len(lists[i]) for i in kept)])[:-1]
    lengths = np.diff([*starts, len(rows)])
    of = np.repeat(np.arange(len(kept)), lengths)
    scale = rows.std(axis=0) + 1e-9
    scaled = (rows - rows.mean(axis=0)) / scale
    share = np.array([counts[i] if counts is not None else 1.0 for i in kept])
    share /= share.sum()

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        scores = scaled @ weights
        powers = np.exp(scores - np.maximum.reduceat(scores, starts)[of])
        total = np.add.reduceat(powers, starts)
        hit = np.maximum(np.add.reduceat(powers * mask, starts), 1e-300)
        gradient = scaled.T @ ((powers / total[of] - powers * mask / hit[of]) * share[of]) + 2 * l2 * weights
        return float(share @ (np.log(total) - np.log(hit)) + l2 * weights @ weights), gradient

    found = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B")
    weights: Matrix = found.x / scale
    return weights


def fit_logistic(rows: Matrix, labels: Mask, strength: float = 0.1, sample_weight: Matrix | None = None) -> tuple[Matrix, float]:
    """Weights for unscaled features, and the bias. `strength` is scikit-learn's C on standardised features.

    Solved to the end, where the solver's default stops at what the last digits of a sum over a set of words, which differ by
    process, make of its steps: the third decimal of the weights differed.
    """
    from sklearn.linear_model import LogisticRegression

    rows = rows.round(9)
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    model = LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-10).fit((rows - mean) / scale, labels, sample_weight)
    weights: Matrix = model.coef_[0] / scale
    return weights, float(model.intercept_[0] - mean @ weights)


def fit_trees(rows: Matrix, labels: Mask, sample_weight: Matrix, names: Sequence[str]) -> dict[str, Any]:
    """Boosted trees as `rag.trees` reads them: nodes of feature name, threshold (or a leaf's value), left and right child.

    Of the rows nine decimals count: the last digits of a sum over a set of words differ by process.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=250, learning_rate=0.04, max_depth=4, l2_regularization=5.0, min_samples_leaf=40, early_stopping=False, random_state=0
    ).fit(rows.round(9), labels, sample_weight)
    trees = [_nodes(tree.nodes, names) for (tree,) in model._predictors]
    return {"trees": trees, "bias": round(float(model._baseline_prediction[0, 0]), 5)}


def named(names: Sequence[str], values: Matrix) -> dict[str, float]:
    """Weights as `weights.json` keeps them."""
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}


def _nodes(nodes: Any, names: Sequence[str]) -> list[list[Any]]:
    return [
        [None, round(float(node["value"]), 5), 0, 0]
        if node["is_leaf"]
        else [names[node["feature_idx"]], float(node["num_threshold"]), int(node["left"]), int(node["right"])]
        for node in nodes
    ]
