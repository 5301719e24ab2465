"""What the verifier is fitted on: claims of two public sets, AttributionBench (Li et al., 2024) and WiCE (Kamoi et al., 2023)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.fitting import fit_logistic, named
from rag.embed import open_embedder
from rag.errors import UnusableInput
from rag.quotations import Source
from rag.settings import Settings
from rag.support import SUPPORT_FEATURES, support_features

ATTRIBUTION = "attributionbench_dev.jsonl"
WICE = "wice_claim_dev.jsonl"
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Claim:
    """A claim of a public set, and whether its sources support it."""

    text: str
    sources: tuple[str, ...]
    supported: bool
    of: str  # the set


def claims(data: Path) -> Iterator[Claim]:
    """AttributionBench's, then WiCE's.

    A WiCE claim that is only partially supported counts as not supported: a quotation must carry all of a statement.
    """
    for row in _lines(data / ATTRIBUTION):
        yield Claim(row["claim"], tuple(row["references"]), row["attribution_label"] == "attributable", ATTRIBUTION)
    for row in _lines(data / WICE):
        yield Claim(row["claim"], ("\n".join(row["evidence"]),), row["label"] == "supported", WICE)


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
    for row in _lines(data / ATTRIBUTION):
        yield from row["references"]


def fit_support(rows: Matrix, labels: NDArray[np.bool_]) -> dict[str, Any]:
    """The verifier's regression. The threshold is one half: its scores are probabilities (see `python -m eval public`)."""
    weights, bias = fit_logistic(rows, labels)
    return {"weights": named(SUPPORT_FEATURES, weights), "bias": round(bias, 4), "threshold": 0.5}


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise UnusableInput(f"There is no {path.name} in {str(path.parent)!r}. Name the folder that has it with --data.")
    with path.open() as lines:
        yield from map(json.loads, lines)
