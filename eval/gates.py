"""The gates: what a run over the own question set must reach. `python -m eval` exits 1 where one falls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eval.intervals import Figure


@dataclass(frozen=True, slots=True)
class Gate:
    """A bound on a measure's value; the bound itself passes."""

    measure: str
    bound: float
    at_most: bool = False

    def passes(self, value: float) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.bound:.2f}"


GATES = (
    Gate("right and rightly cited", 0.90),
    Gate("false refusals", 0.07, at_most=True),
    Gate("false answers, near the topic", 0.15, at_most=True),
    Gate("false answers, far from it", 0.02, at_most=True),
    Gate("conflict recall", 0.80),
    Gate("follow-ups right", 0.85),
    Gate("quotations exact", 1.00),
)


def fallen(figures: Mapping[str, Figure]) -> tuple[Gate, ...]:
    """The gates that do not hold. A measure without questions has none to fall."""
    return tuple(g for g in GATES if g.measure in figures and not g.passes(figures[g.measure].value))
