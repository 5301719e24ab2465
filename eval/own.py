"""The whole assistant over a question set: `evaluate` returns everything that the table, the JSON and the HTML report show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.intervals import Figure, auroc, ratio
from eval.measures import MEASURES
from eval.outcomes import Examiner, Outcome
from eval.questions import OWN, Question, digest, load
from rag.assistant import Assistant
from rag.errors import UnusableInput
from rag.settings import Settings, load_settings

AUROC = "AUROC of answerable"
STAGES = ("retrieve", "write", "verify", "total")
WRITERS = ("auto", "extractive", "ollama")
Figures = Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of every question, and the figures. Read `figures["nDCG@10"].value`, `.low`, `.high`, `.n`."""

    corpus: str
    writer: str
    questions: str  # digest of the question set
    outcomes: tuple[Outcome, ...]
    figures: Figures
    kinds: Mapping[str, Figures]
    latency_ms: Mapping[str, Mapping[str, float]]  # stage → p50, p95; not the same twice

    @property
    def wrong(self) -> tuple[Outcome, ...]:
        return tuple(o for o in self.outcomes if o.verdict != "right")


def evaluate(
    corpus: str | Path = "seeds",
    questions: str | Path | Sequence[Question] = OWN,
    writer: str = "extractive",
    each: Callable[[Outcome], None] = lambda outcome: None,
    settings: Settings | None = None,
    answers: Path | None = None,
) -> Evaluation:
    """Ask every question of a set. `each` sees every outcome as it comes; `answers` is a file to keep them in and go on from: `eval.kept`.

    Raises:
        FootnoteError: the corpus or the questions cannot be used, or the writer that was asked for.
    """
    asked = load(Path(questions)) if isinstance(questions, str | Path) else tuple(questions)
    settings = settings or load_settings()
    _check_writer(writer, settings)
    assistant = Assistant.open(corpus, settings)
    try:
        return examine(assistant, asked, writer, str(corpus), each, answers)
    finally:
        assistant.close()


def examine(
    assistant: Assistant,
    questions: Sequence[Question],
    writer: str = "extractive",
    corpus: str = "",
    each: Callable[[Outcome], None] = lambda outcome: None,
    answers: Path | None = None,
) -> Evaluation:
    """The same with an assistant that is open already."""
    examiner = Examiner(assistant, questions, writer, answers)
    assistant.warm()
    outcomes = []
    for question in questions:
        outcomes.append(examiner.ask(question))
        each(outcomes[-1])
    return measured(corpus, writer, digest(tuple(questions)), examiner.with_rankings(outcomes))


def measured(corpus: str, writer: str, questions: str, outcomes: tuple[Outcome, ...]) -> Evaluation:
    """A run from its outcomes."""
    return Evaluation(corpus, writer, questions, outcomes, figures(outcomes), by_kind(outcomes), latency(outcomes))


def _check_writer(writer: str, settings: Settings) -> None:
    """Where the model is asked for by name, figures of the extractive writer would pass for the model's."""
    if writer not in WRITERS:
        raise UnusableInput(f"--writer {writer!r} is not known. It takes auto, extractive or ollama.")
    if writer == "ollama":
        check_model(settings, "Or measure with --writer extractive.")


def check_model(settings: Settings, otherwise: str) -> None:
    """Raises UnusableInput where the model server cannot be used."""
    from rag.writers.ollama import probe

    ready = probe(settings)
    if not ready.ready:
        raise UnusableInput(f"{ready.reason} {otherwise}")


def figures(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """Every measure that there are questions for."""
    found = {m.name: ratio(m.shares(outcomes)) for m in MEASURES}
    found[AUROC] = auroc([o.question.answerable for o in outcomes], [o.answerable for o in outcomes])
    return {name: figure for name, figure in found.items() if figure}


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, Figures]:
    """The figures of every kind of question, in the order of the set."""
    kinds = dict.fromkeys(o.question.kind for o in outcomes)
    return {kind: figures([o for o in outcomes if o.question.kind == kind]) for kind in kinds}


def latency(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """p50 and p95 in milliseconds of every stage, over the questions that reached it."""
    found = {}
    for stage in STAGES:
        spent = [getattr(o.answer.timings_ms, stage) for o in outcomes if o.answer and (stage in ("retrieve", "total") or o.answered)]
        if spent:
            found[stage] = {f"p{p}": round(float(np.percentile(spent, p)), 1) for p in (50, 95)}
    return found
