"""Public sets, read from a folder that the user names. Every figure is of questions that the weights did not see.

SQuAD 2.0 (Rajpurkar et al., 2018): every paragraph an article; weights are fitted on the other Wikipedia articles.
AttributionBench (Li et al., 2024) and WiCE (Kamoi et al., 2023): five folds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.calibrate import of, trees_count, weigh
from eval.held_out import answers, success_of
from eval.kept_fits import SQUAD, Development, make
from eval.squad import Squad, load_squad
from eval.support import ATTRIBUTION, Claim, claims, fit_support, support_examples
from eval.unseen import success
from rag.embed import open_embedder
from rag.judges import Judge, open_judge
from rag.quotations import Source
from rag.settings import Settings
from rag.support import SUPPORT_FEATURES
from rag.types import Support
from rag.verifier import decide
from rag.weights import using

Say = Callable[[str], None]


def squad(data: Path, settings: Settings, say: Say) -> dict[str, Any]:
    """Retrieval beside LlamaIndex's, and the extractive answers."""
    found = load_squad(data / SQUAD)
    fits = make(Development(data), settings, say)
    held_out = of(weigh(fits.held_out, trees_count(fits.held_out)), "squad")
    say("The same retrieval by LlamaIndex …")
    return {
        "retrieval": {"Footnote": success_of(held_out), **llama_retrieval(found, settings)},
        "answers": answers(held_out),
    }


def llama_retrieval(found: Squad, settings: Settings) -> dict[str, dict[str, float]]:
    """LlamaIndex over the same paragraphs with the same embedding weights: its default retriever, and fusion with its BM25."""
    from eval.llama import fusion_retrievers

    retrievers = fusion_retrievers(found.paragraphs, settings)
    answerable = [q for q in found.questions if q.answerable]
    return {
        name: success(([n.node.ref_doc_id for n in retriever.retrieve(q.question)], q.article_id) for q in answerable)
        for name, retriever in retrievers.items()
    }


def attribution(data: Path, settings: Settings, say: Say, verifiers: Sequence[str] = ()) -> dict[str, Any]:
    """Macro-F1, AUROC and calibration error of the built-in verifier's decision, five folds; and of those named, with the same folds."""
    say("Judging the claims of AttributionBench and WiCE …")
    rows, labels, ours = support_examples(data, settings)
    scores = np.zeros(len(labels))
    folds = np.random.default_rng(0).permutation(len(labels)) % 5
    models = [fit_support(rows[folds != fold], labels[folds != fold]) for fold in range(5)]
    for fold, model in enumerate(models):
        weights = np.array([model["weights"][f] for f in SUPPORT_FEATURES])
        scores[folds == fold] = 1 / (1 + np.exp(-(rows[folds == fold] @ weights + model["bias"])))
    decided = [decide(dict(zip(SUPPORT_FEATURES, row, strict=True)), score, 0.5) for row, score in zip(rows, scores, strict=True)]
    found = _by_set("", ours, labels, np.array(decided), scores)
    for name in dict.fromkeys(verifiers or (settings.verifier,)):
        if name != "builtin":
            say(f"The same by VERIFIER={name} …")
            judge = open_judge(settings.model_copy(update={"verifier": name}), open_embedder(settings))
            found |= _by_set(f", {name}", ours, labels, *judged(judge, list(claims(data)), models, folds))
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


def _measured(labels: NDArray[np.bool_], decided: NDArray[np.bool_], scores: NDArray[np.float64]) -> dict[str, float]:
    from sklearn.metrics import f1_score, roc_auc_score

    return {
        "macro-F1": round(float(f1_score(labels, decided, average="macro")), 4),
        "macro-F1 of the probability alone": round(float(f1_score(labels, scores >= 0.5, average="macro")), 4),
        "AUROC": round(float(roc_auc_score(labels, scores)), 4),
        "expected calibration error": round(_calibration_error(labels, scores), 4),
    }


def _calibration_error(labels: NDArray[np.bool_], scores: NDArray[np.float64], bins: int = 10) -> float:
    """Guo et al., 2017: mean distance of confidence and accuracy over equal bins."""
    of = np.minimum((scores * bins).astype(int), bins - 1)
    return float(sum((of == b).mean() * abs(scores[of == b].mean() - labels[of == b].mean()) for b in range(bins) if (of == b).any()))
