"""A run as one HTML file that opens anywhere: it asks nothing of any other machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval import curves, plots
from eval.compare import Comparison
from eval.gates import GATES, fallen
from eval.measures import MEASURES
from eval.own import AUROC, Evaluation
from eval.terminal import GROUPS, KIND_COLUMNS, ordered

TEMPLATE = Path(__file__).with_name("report.html")
DOCS = {m.name: m.doc for m in MEASURES} | {
    AUROC: "How often an answerable question gets a higher probability than an unanswerable one (Hanley & McNeil, 1982)."
}


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot with what it shows in words, and its figures for who cannot see it."""

    title: str
    svg: str
    about: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]


def render(run: Evaluation, gates: bool, comparison: Comparison | None) -> str:
    from jinja2 import Environment, StrictUndefined

    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return page.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        run=run,
        names=ordered(run.figures),
        groups=GROUPS,
        docs=DOCS,
        gates={g.measure: g for g in GATES} if gates else {},
        judged=gates,
        fallen=fallen(run.figures) if gates else (),
        comparison=comparison,
        kind_columns=KIND_COLUMNS,
        plots=_plots(run),
        verdicts=sorted({o.verdict for o in run.outcomes}),
    )


def _plots(run: Evaluation) -> list[Plot]:
    pairs = curves.judged_pairs(run.corpus)
    answerable = [o.question.answerable for o in run.outcomes], [o.answerable for o in run.outcomes]
    return [
        _risk_coverage(run),
        *([_reliable("verifier", "Calibration of the verifier", *pairs, "statements of the minimal pairs that are true")] if pairs else []),
        _reliable("answerable", "Calibration of the abstention", *answerable, "questions that the articles answer"),
        _latency(run),
    ]


def _risk_coverage(run: Evaluation) -> Plot:
    points = curves.risk_coverage(run.outcomes)
    answered = sum(o.answered for o in run.outcomes) / len(run.outcomes)
    tenths = [points[max(round(len(points) * i / 10) - 1, 0)] for i in range(1, 11)]
    return Plot(
        "Risk and coverage of the abstention",
        plots.risk_coverage(points, answered),
        "Were only the surest questions answered, by the articles' own sentences: the share of wrong answers among them.",
        ("coverage", "risk", "no answer in the articles", "least probability"),
        [[f"{x:.2f}" for x in (p.coverage, p.risk, p.unanswerable, p.least)] for p in tenths],
    )


def _reliable(name: str, title: str, labels: Sequence[bool], scores: Sequence[float], what: str) -> Plot:
    bins = curves.reliability(labels, scores)
    return Plot(
        title,
        plots.reliability(name, bins, what),
        f"Of the judgements with about the same probability, the share of {what}; the numbers count judgements. "
        f"Expected calibration error {curves.calibration_error(bins):.3f}. What is decided does not rest on the probability alone.",
        ("probability", "share", "judgements"),
        [[f"{b.probability:.2f}", f"{b.share:.2f}", str(b.n)] for b in bins],
    )


def _latency(run: Evaluation) -> Plot:
    return Plot(
        "Latency by stage",
        plots.latency(run.latency_ms),
        "On the machine of this run, warm. Not gated.",
        ("stage", "p50 ms", "p95 ms"),
        [[stage, f"{spent['p50']:.1f}", f"{spent['p95']:.1f}"] for stage, spent in run.latency_ms.items()],
    )
