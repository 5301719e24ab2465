"""What `rag.unmet` is fitted on: statements of the invented stories, one word of which may be another (`eval/statements.jsonl`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.fitting import fit_logistic, named
from eval.lines import json_lines
from rag.embed import open_embedder
from rag.quotations import Claim, Embeds, Source, find_windows
from rag.settings import Settings
from rag.support import read_words
from rag.unmet import UNMET_FEATURES, Unmet, unmet

STATEMENTS = Path(__file__).with_name("statements.jsonl")
FOLDS = 4  # of stories
STRENGTH = 0.01  # of .003, .01, .03 and .1 the best held out, by .001 to .007 of AUROC
WITHHELD_AT_MOST = 0.02  # of the true statements, held out; the threshold follows from it
Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """The words of a statement that its quotation does not have. `supported`: no word of it says something else."""

    story: str
    supported: bool
    words: Unmet


def examples(settings: Settings) -> list[Example]:
    """All true statements, and those with another verb. Who did it to whom shows in no word: those changed so are left out."""
    embedder = open_embedder(settings)
    return [example for row in json_lines(STATEMENTS) for example in _of(row, embedder)]


def _of(row: dict[str, Any], embedder: Embeds) -> Iterator[Example]:
    source = Source.of(row["quotation"])
    claims = {True: row["claim_true"]} | ({False: row["claim_false"]} if row["change"] == "verb" else {})
    for supported, text in claims.items():
        claim = Claim.of(text, [source])
        windows = find_windows(claim, [source])
        if windows:
            whole = max(windows, key=lambda w: w.end - w.start)
            read = read_words(claim, [source], windows, embedder)
            yield Example(row["story"], supported, unmet(text, read.said, read.quoted(whole)))


def fit_unmet(of: Sequence[Example]) -> tuple[dict[str, Any], dict[str, NDArray[np.float32]]]:
    """The regression and its arrays. For a statement stands the word that the quotation's words are least like."""
    weights, bias = _fit(of)
    n = len(UNMET_FEATURES)
    model = {"weights": named(UNMET_FEATURES, weights[:n]), "bias": round(bias, 4), "threshold": threshold(of, held_out(of))}
    return model, {"vector": weights[n:].astype(np.float32)}


def held_out(of: Sequence[Example]) -> Scores:
    """The least score of a word of each statement, by weights that saw no statement of its story; infinite where it has none."""
    stories = sorted({e.story for e in of})
    scores = np.full(len(of), np.inf)
    for fold in range(FOLDS):
        theirs = set(stories[fold::FOLDS])
        weights, bias = _fit([e for e in of if e.story not in theirs])
        for i, e in enumerate(of):
            if e.story in theirs and len(e.words.rows):
                scores[i] = (_rows(e) @ weights + bias).min()
    return scores


def threshold(of: Sequence[Example], scores: Scores) -> float:
    true = scores[[e.supported for e in of]]
    return round(float(np.quantile(true, WITHHELD_AT_MOST, method="lower")), 4)


def figures(of: Sequence[Example]) -> dict[str, float]:
    """What the check does to statements of stories that its weights never saw; the threshold is that of the other stories, too."""
    scores = held_out(of)
    supported = np.array([e.supported for e in of])
    stories = sorted({e.story for e in of})
    withheld = np.zeros(len(of), bool)
    for fold in range(FOLDS):
        theirs = np.array([e.story in stories[fold::FOLDS] for e in of])
        withheld[theirs] = scores[theirs] < threshold([e for e, t in zip(of, theirs, strict=True) if not t], scores[~theirs])
    return {
        "statements": len(of),
        "another verb: withheld": round(float(withheld[~supported].mean()), 3),
        "true: withheld": round(float(withheld[supported].mean()), 3),
    }


def _fit(of: Sequence[Example]) -> tuple[Scores, float]:
    kept = [e for e in of if len(e.words.rows)]
    rows = np.array([_rows(e)[int(np.argmin(e.words.rows[:, :2].sum(axis=1)))] for e in kept])
    varies = rows.std(axis=0) > 1e-6  # the embedding model has a dimension that is the same for all words
    weights = np.zeros(rows.shape[1])
    weights[varies], bias = fit_logistic(rows[:, varies], np.array([e.supported for e in kept]), STRENGTH)
    return weights, bias


def _rows(example: Example) -> Scores:
    return np.hstack([example.words.rows, example.words.vectors])
