"""Fit all weights (`rag.weights`) from development data, cross-validated by Wikipedia article and by story.

What is reported (the shipped corpus, public sets) is never fitted on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from eval.asking import Asked
from eval.kept_fits import SQUAD, HeldOut, Say, make
from eval.support import ATTRIBUTION, WICE, fit_support, support_examples
from rag.choose import Choices
from rag.settings import Settings, load_settings
from rag.weights import save

# Of SQuAD's unanswerable questions, which are adversarial, the share to decline; the threshold follows from it.
DECLINED_AT_LEAST = 0.515


def threshold(held_out: Sequence[tuple[Asked, Choices]]) -> float:
    """The point of the risk–coverage curve where `DECLINED_AT_LEAST` of SQuAD's unanswerable questions are declined."""
    return _declining(held_out, lambda c: c.answerable)


def _declining(held_out: Sequence[tuple[Asked, Choices]], score: Callable[[Choices], float]) -> float:
    scores = [score(c) for a, c in held_out if a.source == "squad" and not a.answerable]
    return round(float(np.quantile(scores, DECLINED_AT_LEAST)), 4)


def calibrate(data: Path, target: Path, say: Say, settings: Settings | None = None) -> HeldOut:
    """Fit on all of the development data, choose the thresholds from the held-out scores, write the files into the folder `target`.

    Returns:
        The questions with the choices of the cross-validation.
    """
    settings = settings or load_settings()
    fits = make(data, settings, say)
    weights, held_out = fits.weights, fits.held_out
    weights["answerable"]["threshold"] = threshold(held_out)
    weights["answerable"]["threshold_of_trees"] = _declining(held_out, lambda c: c.by_trees)
    weights["support"] = fit_support(*support_examples(data, settings)[:2])
    asked = {source: sum(a.source == source for a, _ in held_out) for source in ("squad", "stories")}
    weights["provenance"] = {
        "made_by": "python -m eval calibrate",
        "all but support, with trees.json and pointer.npz": f"{SQUAD}: {asked['squad']} questions; eval/development: "
        f"{asked['stories']} questions; and some to corpora about something else",
        "support": f"{ATTRIBUTION} and {WICE}",
    }
    save(weights, target)
    return held_out
