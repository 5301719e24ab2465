"""The gates: what a run over the own question set must reach. `python -m eval` exits 1 where one falls; with `--no-worse`, where one is
farther from being reached than in the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eval.intervals import Figure

# Questions: another kind of processor rounds the embedding model's products otherwise, and moves a question or two.
TOLERATED = 2


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


def worse(before: Mapping[str, Figure], after: Mapping[str, Figure]) -> tuple[Gate, ...]:
    """The gates that do not hold and whose measure lost more than TOLERATED questions since `before`."""
    return tuple(g for g in fallen(after) if g.measure in before and _lost(g, before[g.measure], after[g.measure]) > TOLERATED)


def _lost(gate: Gate, before: Figure, after: Figure) -> int:
    return round((after.value - before.value) * (1 if gate.at_most else -1) * after.n)
