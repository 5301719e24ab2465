"""Published figures beside the public sets, to read ours by. None is of the same questions in the same setting: each says what differs.

Only figures that were looked up are here, with where they stand. CLAPNQ's own (Rosenthal et al., 2024) are in tables that could not be
looked up, and are left out; so are AttributionBench's by model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

SQUAD2 = "Rajpurkar et al., 2018, arXiv:1806.03822, abstract"
ATTRIBUTIONBENCH = "Li et al., 2024, arXiv:2402.15089, abstract"
ALCE = "Gao et al., 2023, arXiv:2305.14627, abstract"
RAGEVAL = "github.com/gomate-community/rageval, benchmarks/ALCE/{}/README.md, section 5.1"
OTHER_TASK = "other questions, web-sized corpus, an entailment model (TRUE) judges"


@dataclass(frozen=True, slots=True)
class Anchor:
    """One published figure. `differs` is why it is no yardstick for ours."""

    system: str
    measure: str
    value: float
    differs: str
    source: str


ANCHORS: Mapping[str, tuple[Anchor, ...]] = {
    "squad": (Anchor("a strong neural system of 2018", "F1", 0.66, "the paragraph is given, spans are scored, hidden test set", SQUAD2),),
    "attribution": (
        Anchor(
            "GPT-3.5, fine-tuned", "macro-F1 (about)", 0.80, "its test sets; ours is the development set in five folds", ATTRIBUTIONBENCH
        ),
    ),
    "citing": (
        Anchor("the best model on ELI5, 2023", "citation recall (about)", 0.50, OTHER_TASK, ALCE),
        Anchor("Llama-2-7b-chat on ASQA", "citation recall", 0.559, OTHER_TASK, RAGEVAL.format("ASQA")),
        Anchor("Llama-2-7b-chat on ASQA", "citation precision", 0.8004, OTHER_TASK, RAGEVAL.format("ASQA")),
        Anchor("Llama-2-7b-chat on ELI5", "citation recall", 0.2662, OTHER_TASK, RAGEVAL.format("ELI5")),
        Anchor("Llama-2-7b-chat on ELI5", "citation precision", 0.7455, OTHER_TASK, RAGEVAL.format("ELI5")),
    ),
}


def published(name: str) -> dict[str, dict[str, dict[str, object]]]:
    """The rows for one public set, by system and measure; none where nothing is known."""
    rows = {f"{a.system}: {a.measure}": asdict(a) for a in ANCHORS.get(name, ())}
    shown = {title: {key: row[key] for key in ("value", "differs", "source")} for title, row in rows.items()}
    return {f"{name}: published, in another setting": shown} if shown else {}
