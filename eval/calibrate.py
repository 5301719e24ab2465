"""Fit all weights (`rag.weights`) from development data, cross-validated by Wikipedia article and by story.

What is reported (the shipped corpus, public sets) is never fitted on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from eval.kept_fits import Development, HeldOut, Say, folds, make
from eval.lines import check_there
from eval.squad import SQUAD
from eval.support import ATTRIBUTION, WICE, fit_support, support_examples
from eval.unmet import examples, fit_unmet
from rag.choose import Choices, probability, weighed
from rag.settings import Settings, load_settings
from rag.weights import save

# Of SQuAD's unanswerable questions, which are adversarial, the share to decline; the threshold follows from it.
DECLINED_AT_LEAST = 0.515
TREES_COUNTS = (0.5, 1.0, 1.5, 2.0, 3.0)  # how much the trees may count beside the network


def trees_count(held_out: HeldOut) -> float:
    """How much the trees count where the mean of the AUROC on SQuAD and of that on the stories is greatest.

    The network is better on the stories and the trees on SQuAD's questions, which were made to deceive; a user has both kinds.
    """
    return max(TREES_COUNTS, key=lambda count: sum(auroc(of(weigh(held_out, count), source)) for source in ("squad", "stories")))


def weigh(held_out: HeldOut, count: float) -> HeldOut:
    return [(a, weighed(c, count)) for a, c in held_out]


def of(held_out: HeldOut, source: str) -> HeldOut:
    return [(a, c) for a, c in held_out if a.source == source]


def auroc(held_out: HeldOut) -> float:
    from sklearn.metrics import roc_auc_score

    return round(float(roc_auc_score([a.answerable for a, _ in held_out], [c.answerable for _, c in held_out])), 4)


def threshold(held_out: HeldOut) -> float:
    """The point of the risk–coverage curve where `DECLINED_AT_LEAST` of SQuAD's unanswerable questions are declined."""
    return _declining(held_out, lambda c: c.answerable)


def _declining(held_out: HeldOut, score: Callable[[Choices], float]) -> float:
    scores = [score(c) for a, c in held_out if a.source == "squad" and not a.answerable]
    return round(float(np.quantile(scores, DECLINED_AT_LEAST)), 4)


def nested(held_out: HeldOut) -> HeldOut:
    """The choices with what is chosen after the fits, how much the trees count and the threshold, chosen for each fold on the others."""
    found: HeldOut = []
    for groups in folds([a for a, _ in held_out]):
        others = [pair for pair in held_out if not groups & pair[0].groups]
        count = trees_count(others)
        least = threshold(weigh(others, count))
        theirs = [pair for pair in held_out if groups & pair[0].groups]
        found += [(a, replace(c, threshold=least)) for a, c in weigh(theirs, count)]
    return found


def calibrate(data: Path, target: Path, say: Say, settings: Settings | None = None) -> HeldOut:
    """Fit on all of the development data, choose the thresholds from the held-out scores, write the files into the folder `target`.

    Raises:
        UnusableInput: data are not there.

    Returns:
        The questions with the choices of the cross-validation: what weights do that never saw them.
    """
    settings = settings or load_settings()
    for file in (ATTRIBUTION, WICE):
        check_there(data / file)  # before the hour that the fits take
    fits = make(Development(data), settings, say)
    count = trees_count(fits.held_out)
    weights, held_out = fits.weights, weigh(fits.held_out, count)
    weights["answerable"] |= {
        "trees_count": count,
        "threshold": threshold(held_out),
        "threshold_of_trees": _declining(held_out, lambda c: probability(c.by_trees)),
    }
    weights["support"] = fit_support(*support_examples(data, settings)[:2])
    weights["unmet"], weights["unmet_words"] = fit_unmet(examples(settings))
    asked = {source: sum(a.source == source for a, _ in held_out) for source in ("squad", "stories")}
    weights["provenance"] = {
        "made_by": "python -m eval calibrate",
        "all but support, with trees.json and pointer.npz": f"{SQUAD}: {asked['squad']} questions; eval/development: "
        f"{asked['stories']} questions; and some to corpora about something else",
        "support": f"{ATTRIBUTION} and {WICE}",
        "unmet, with unmet_words.npz": "eval/statements.jsonl",
    }
    save(weights, target)
    return nested(fits.held_out)
