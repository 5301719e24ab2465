"""Runs as JSON: what `--json` writes, the committed baseline, and reading either back to compare with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.gates import fallen
from eval.intervals import Figure
from eval.outcomes import Outcome
from eval.own import Evaluation, Figures
from rag.errors import UnusableInput
from rag.wire import answer_json

BASELINE = Path(__file__).with_name("baseline.json")
EVIDENCE = 3  # passages of each question that a run keeps


@dataclass(frozen=True, slots=True)
class Saved:
    """What can be compared of a run: figures, and what became of each question."""

    name: str
    questions: str  # digest of the question set
    figures: Figures
    verdicts: Mapping[str, str]
    corpus: str = ""
    writer: str = ""

    @classmethod
    def of(cls, run: Evaluation, name: str = "this run") -> Saved:
        return cls(name, run.questions, run.figures, {o.question.id: o.verdict for o in run.outcomes}, run.corpus, run.writer)


def report_json(run: Evaluation) -> dict[str, Any]:
    """Everything. Only what is under `latency_ms` differs between two runs of the same."""
    return {
        **_head(run),
        "gates_fallen": [gate.measure for gate in fallen(run.figures)],
        "kinds": {kind: _figures(figures) for kind, figures in run.kinds.items()},
        "questions": [_question(o) for o in run.outcomes],
        "latency_ms": {stage: dict(spent) for stage, spent in run.latency_ms.items()},
    }


def baseline_json(run: Evaluation) -> dict[str, Any]:
    """What later runs are compared with: no words, no times."""
    return {**_head(run), "questions": [{"id": o.question.id, "verdict": o.verdict} for o in run.outcomes]}


def _head(run: Evaluation) -> dict[str, Any]:
    return {"corpus": run.corpus, "writer": run.writer, "question_set": run.questions, "measures": _figures(run.figures)}


def _figures(figures: Figures) -> dict[str, Any]:
    return {name: asdict(figure) for name, figure in figures.items()}


def _question(o: Outcome) -> dict[str, Any]:
    answer = answer_json(o.answer) if o.answer else {}
    for key in ("id", "question", "timings_ms"):
        answer.pop(key, None)
    evidence = o.answer.evidence[:EVIDENCE] if o.answer else ()
    return {
        "id": o.question.id,
        "verdict": o.verdict,
        **{key: value for key, value in asdict(o.question).items() if key != "id"},
        "error": o.error or None,
        "right": o.right,
        "rightly_cited": o.cited,
        "answerable_probability": round(o.answerable, 4),
        "token_f1": round(o.token_f1, 4),
        "statements_by_gold": [c.supported for c in o.by_gold],
        "statements_by_verifier": [c.supported for c in o.by_verifier],
        "ranking": dict(o.ranking) if o.ranking else None,
        "judgement": asdict(o.judgement) if o.judgement else None,
        "answer": answer or None,
        "evidence": [{"article_id": e.passage.article_id, "start": e.passage.start, "text": e.passage.text} for e in evidence],
    }


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Figures as objects. Raises UnusableInput where the file cannot be written."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False, default=asdict) + "\n")


def write_text(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnusableInput(f"{str(path)!r} cannot be written: {error.strerror}.") from error


def read(path: Path) -> Saved:
    """A run that was saved with `--json` or `--save-baseline`.

    Raises:
        UnusableInput: the file cannot be read, or is not a run.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        figures = {name: Figure(**figure) for name, figure in content["measures"].items()}
        verdicts = {q["id"]: q["verdict"] for q in content["questions"]}
        return Saved(path.name, content["question_set"], figures, verdicts, content["corpus"], content["writer"])
    except OSError as error:
        raise UnusableInput(f"The run {str(path)!r} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnusableInput(f"{str(path)!r} is not a run of this evaluation; make one with --json.") from error
