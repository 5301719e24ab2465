"""What `python -m eval` does: ask, compare with the baseline, print, write."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eval import saved, terminal
from eval.compare import Comparison, compare
from eval.gates import fallen, worse
from eval.outcomes import Outcome
from eval.own import Evaluation, check_model, evaluate
from eval.questions import OWN
from rag.errors import UnusableInput
from rag.settings import load_settings

SAY_EVERY = 20  # questions


@dataclass(frozen=True, slots=True)
class Wanted:
    """The command line."""

    corpus: Path
    questions: Path | None
    writer: str
    json: Path | None
    html: Path | None
    baseline: Path | None
    gates: bool
    save_baseline: bool
    judge: bool = False
    answers: Path | None = None
    no_worse: bool = False


def own(wanted: Wanted) -> bool:
    """Whether every gate holds, or with `no_worse` none is farther off than in the baseline; true where none is asked for."""
    _check(wanted)
    before = saved.read(wanted.baseline or saved.BASELINE) if wanted.baseline or saved.BASELINE.is_file() else None
    run = evaluate(wanted.corpus, wanted.questions or OWN, wanted.writer, _progress(), answers=wanted.answers)
    if wanted.judge:
        from eval.judges import judged

        run = judged(run, load_settings(), _progress("answers judged"))
    comparison, note = _compared(before, run)
    lost = worse(before.figures, run.figures) if wanted.no_worse and before and comparison else None
    terminal.console().print(terminal.report(run, wanted.gates, comparison, note, lost))
    _write(wanted, run, comparison)
    return lost == () if wanted.no_worse else not (wanted.gates and fallen(run.figures))


def show_changes(first: Path, second: Path) -> None:
    """Two saved runs side by side."""
    before, after = saved.read(first), saved.read(second)
    terminal.console().print(terminal.side_by_side(before, after, compare(before, after)))


def _check(wanted: Wanted) -> None:
    """Before the questions are asked, not after."""
    if wanted.judge:
        check_model(load_settings(), "Or measure without --judge.")
    if wanted.no_worse and not (wanted.baseline or saved.BASELINE).is_file():
        raise UnusableInput("--no-worse needs a run to compare with: make one with --save-baseline, or name it with --baseline.")
    for path in (wanted.json, wanted.html, wanted.answers):
        if path and not path.resolve().parent.is_dir():
            raise UnusableInput(f"{str(path)!r} cannot be written: there is no folder {str(path.parent)!r}.")


def _compared(before: saved.Saved | None, run: Evaluation) -> tuple[Comparison | None, str]:
    if before is None:
        return None, "There is no baseline to compare with; --save-baseline makes one."
    found = compare(before, saved.Saved.of(run))
    if not found.same_questions:
        return None, f"{before.name} is a run over other questions: not compared."
    if before.writer != run.writer:
        return found, f"{before.name} was written by {before.writer}, this run by {run.writer}."
    return found, ""


def _write(wanted: Wanted, run: Evaluation, comparison: Comparison | None) -> None:
    if wanted.json:
        saved.write(wanted.json, saved.report_json(run))
    if wanted.html:
        from eval import html

        saved.write_text(wanted.html, html.render(run, wanted.gates, comparison))
    if wanted.save_baseline:
        saved.write(wanted.baseline or saved.BASELINE, saved.baseline_json(run))


def _progress(what: str = "questions asked") -> Callable[[Outcome], None]:
    count = itertools.count(1)

    def say(outcome: Outcome) -> None:
        done = next(count)
        if done % SAY_EVERY == 0:
            print(f"{done} {what} …", file=sys.stderr, flush=True)

    return say
