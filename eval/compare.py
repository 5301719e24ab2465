"""What changed between two runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eval.intervals import Figure
from eval.measures import MEASURES
from eval.saved import Saved

LOWER_IS_BETTER = frozenset(m.name for m in MEASURES if m.lower_is_better)


@dataclass(frozen=True, slots=True)
class Change:
    """One measure of two runs; None where a run does not have it."""

    measure: str
    before: Figure | None
    after: Figure | None

    @property
    def by(self) -> float | None:
        return round(self.after.value - self.before.value, 4) if self.before and self.after else None

    @property
    def better(self) -> bool | None:
        """None where nothing changed."""
        return (self.by > 0) != (self.measure in LOWER_IS_BETTER) if self.by else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`same_questions` is false where the question sets differ: the figures are then not of the same thing."""

    changes: Mapping[str, Change]
    mended: tuple[str, ...]  # ids that are right now and were not
    broken: tuple[str, ...]
    same_questions: bool


def compare(before: Saved, after: Saved) -> Comparison:
    names = dict.fromkeys([*before.figures, *after.figures])
    shared = [key for key in after.verdicts if key in before.verdicts]
    was = {key: before.verdicts[key] == "right" for key in shared}
    now = {key: after.verdicts[key] == "right" for key in shared}
    return Comparison(
        {name: Change(name, before.figures.get(name), after.figures.get(name)) for name in names},
        tuple(key for key in shared if now[key] and not was[key]),
        tuple(key for key in shared if was[key] and not now[key]),
        before.questions == after.questions,
    )
