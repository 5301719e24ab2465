"""What the verifier is fitted on: claims of two public sets, AttributionBench (Li et al., 2024) and WiCE (Kamoi et al., 2023)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.fitting import fit_logistic, named
from eval.lines import json_lines
from rag.embed import open_embedder
from rag.quotations import Source
from rag.settings import Settings
from rag.support import SUPPORT_FEATURES, support_features

ATTRIBUTION = "attributionbench_dev.jsonl"
WICE = "wice_claim_dev.jsonl"
STRENGTH = 0.05  # the log loss of six cross-validations is the same at .1, and more below .03 and above .1 (docs/log.md)
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Claim:
    """A claim of a public set, and whether its sources support it. Claims of one `group`, a question or a page, are held out together."""

    text: str
    sources: tuple[str, ...]
    supported: bool
    of: str  # the set
    group: str


def claims(data: Path) -> Iterator[Claim]:
    """AttributionBench's, then WiCE's.

    A WiCE claim that is only partially supported counts as not supported: a quotation must carry all of a statement.
    """
    for row in json_lines(data / ATTRIBUTION):
        yield Claim(row["claim"], tuple(row["references"]), row["attribution_label"] == "attributable", ATTRIBUTION, row["question"])
    for row in json_lines(data / WICE):
        page = "\n".join(row["evidence"])
        yield Claim(row["claim"], (page,), row["label"] == "supported", WICE, page)


def support_examples(data: Path, settings: Settings) -> tuple[Matrix, NDArray[np.bool_], NDArray[np.bool_]]:
    """Features and labels of AttributionBench and of WiCE, and which of them are AttributionBench's."""
    embedder = open_embedder(settings)
    examples = list(claims(data))
    rows = [support_features(claim.text, [Source.of(s) for s in claim.sources], embedder) for claim in examples]
    nothing = (0.0,) * len(SUPPORT_FEATURES)
    return (
        np.array([row or nothing for row in rows]),
        np.array([claim.supported for claim in examples]),
        np.array([claim.of == ATTRIBUTION for claim in examples]),
    )


def support_texts(data: Path) -> Iterator[str]:
    """The sources of AttributionBench."""
    for row in json_lines(data / ATTRIBUTION):
        yield from row["references"]


def fit_support(rows: Matrix, labels: NDArray[np.bool_]) -> dict[str, Any]:
    """The verifier's regression. The threshold is one half: its scores are probabilities (see `python -m eval public`)."""
    weights, bias = fit_logistic(rows, labels, STRENGTH)
    return {"weights": named(SUPPORT_FEATURES, weights), "bias": round(bias, 4), "threshold": 0.5}
