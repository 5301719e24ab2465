"""Public sets, read from a folder that the user names. Every figure is of questions that the weights did not see.

SQuAD 2.0 (Rajpurkar et al., 2018): every paragraph an article; weights are fitted on the other Wikipedia articles.
AttributionBench (Li et al., 2024) and WiCE (Kamoi et al., 2023): five folds, the claims of one question or page together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.calibrate import nested, of
from eval.curves import calibration_error, reliability
from eval.held_out import answers, declined, success_of
from eval.intervals import auroc, macro_f1
from eval.kept_fits import Development, make
from eval.squad import SQUAD, load_squad
from eval.support import ATTRIBUTION, Claim, claims, fit_support, support_examples
from rag.embed import open_embedder
from rag.judges import Judge, open_judge
from rag.lexical import content_stems
from rag.quotations import Source
from rag.settings import Settings
from rag.support import SUPPORT_FEATURES
from rag.types import Support
from rag.verifier import decide
from rag.weights import using

Say = Callable[[str], None]


def squad(data: Path, settings: Settings, say: Say) -> dict[str, Any]:
    """Retrieval and abstention beside LlamaIndex's, and the extractive answers."""
    from eval.llama import Sought, beside

    found = load_squad(data / SQUAD)
    held_out = of(nested(make(Development(data), settings, say).held_out), "squad")
    say("The same by LlamaIndex …")
    ours = answers(held_out)
    asked = [Sought(q.question, q.article_id if q.answerable else None) for q in found.questions]
    share = declined(held_out)
    theirs = beside(found.paragraphs, asked, settings, share.value if share else None)
    return {"retrieval": {"Footnote": success_of(held_out), **theirs["retrieval"]}, "answers": {**ours, **theirs["answers"]}}


def attribution(data: Path, settings: Settings, say: Say, verifiers: Sequence[str] = ()) -> dict[str, Any]:
    """Macro-F1, AUROC and calibration error of the built-in verifier's decision, five folds; and of those named, with the same folds."""
    say("Judging the claims of AttributionBench and WiCE …")
    rows, labels, ours = support_examples(data, settings)
    examples = list(claims(data))
    scores = np.zeros(len(labels))
    folds = _folds([claim.group for claim in examples])
    models = [fit_support(rows[folds != fold], labels[folds != fold]) for fold in range(5)]
    for fold, model in enumerate(models):
        weights = np.array([model["weights"][f] for f in SUPPORT_FEATURES])
        scores[folds == fold] = 1 / (1 + np.exp(-(rows[folds == fold] @ weights + model["bias"])))
    decided = [decide(dict(zip(SUPPORT_FEATURES, row, strict=True)), score, 0.5) for row, score in zip(rows, scores, strict=True)]
    found = _by_set("", ours, labels, np.array(decided), scores) | _by_overlap(examples, ours, labels, folds)
    for name in dict.fromkeys(verifiers or (settings.verifier,)):
        if name != "builtin":
            say(f"The same by VERIFIER={name} …")
            judge = open_judge(settings.model_copy(update={"verifier": name}), open_embedder(settings))
            found |= _by_set(f", {name}", ours, labels, *judged(judge, examples, models, folds))
    return found


def judged(
    judge: Judge, examples: Sequence[Claim], models: Sequence[dict[str, Any]], folds: NDArray[np.int_]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """What a judge decides and with which score, each example under the built-in weights that were fitted without it."""
    found: dict[int, Support] = {}
    for fold, model in enumerate(models):
        with using({"support": model}):
            for i in np.flatnonzero(folds == fold).tolist():
                found[i] = judge.judge(examples[i].text, [Source.of(s) for s in examples[i].sources], spread=True)
    supports = [found[i] for i in range(len(examples))]
    return np.array([s.supported for s in supports]), np.array([s.score for s in supports])


def _by_set(
    name: str, ours: NDArray[np.bool_], labels: NDArray[np.bool_], decided: NDArray[np.bool_], scores: NDArray[np.float64]
) -> dict[str, Any]:
    sets = ((ATTRIBUTION, ours), ("WiCE", ~ours))
    return {f"{title}{name}": _measured(labels[rows], decided[rows], scores[rows]) for title, rows in sets}


def _measured(labels: NDArray[np.bool_], decided: NDArray[np.bool_], scores: NDArray[np.float64]) -> dict[str, Any]:
    return {
        "macro-F1": macro_f1(labels.tolist(), decided.tolist()),
        "macro-F1 of the probability alone": macro_f1(labels.tolist(), (scores >= 0.5).tolist()),
        "AUROC": auroc(labels.tolist(), scores.tolist()),
        "expected calibration error": round(calibration_error(reliability(labels.tolist(), scores.tolist())), 4),
    }


def _folds(groups: Sequence[str]) -> NDArray[np.int_]:
    """For every example its fold of five: those of one group are in one."""
    from sklearn.model_selection import GroupKFold

    found = np.zeros(len(groups), dtype=int)
    for fold, (_, held_out) in enumerate(GroupKFold(5).split(groups, groups=groups)):
        found[held_out] = fold
    return found


def _by_overlap(examples: Sequence[Claim], ours: NDArray[np.bool_], labels: NDArray[np.bool_], folds: NDArray[np.int_]) -> dict[str, Any]:
    """What every verifier must beat: how many of a claim's words its sources have, with the threshold that is best on the other folds."""
    shares = np.array([_overlap(claim) for claim in examples])
    decided = np.zeros(len(labels), dtype=bool)
    for fold in range(5):
        seen = folds != fold
        best = max(np.unique(shares[seen]), key=lambda least: _macro_f1(labels[seen], shares[seen] >= least))
        decided[~seen] = shares[~seen] >= best
    sets = ((ATTRIBUTION, ours), ("WiCE", ~ours))
    return {f"{title}, word overlap": {"macro-F1": macro_f1(labels[of_set].tolist(), decided[of_set].tolist())} for title, of_set in sets}


def _overlap(claim: Claim) -> float:
    said = set(content_stems(claim.text))
    return len(said & set(content_stems("\n".join(claim.sources)))) / max(len(said), 1)


def _macro_f1(labels: NDArray[np.bool_], decided: NDArray[np.bool_]) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(labels, decided, average="macro"))
