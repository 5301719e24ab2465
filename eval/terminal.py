"""A run as text: the measures with verdicts and change, the kinds of questions, and every question that went wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from eval.compare import Change, Comparison
from eval.gates import GATES, Gate, fallen
from eval.intervals import Figure
from eval.measures import MEASURES
from eval.outcomes import Outcome
from eval.own import AUROC, Evaluation
from eval.saved import Saved

GROUPS: Mapping[str, str] = {m.name: m.group for m in MEASURES} | {AUROC: "Abstention"}
KIND_COLUMNS = ("right or rightly declined", "right and rightly cited", "false refusals", "token F1", "Success@1")
PASSAGE_SHOWN = 240  # characters of the best passage


def console() -> Console:
    """As wide as the terminal, 100 columns where there is none."""
    return Console(width=min(shutil.get_terminal_size((100, 24)).columns, 120), highlight=False)


def ordered(names: Iterable[str]) -> list[str]:
    """By group, as the measures are defined; others last."""
    groups = list(dict.fromkeys(GROUPS.values()))
    return sorted(names, key=lambda name: groups.index(GROUPS[name]) if name in GROUPS else len(groups))


def report(
    run: Evaluation, gates: bool, comparison: Comparison | None, note: str = "", lost: Sequence[Gate] | None = None
) -> RenderableType:
    """The whole run; the last line says whether it is good. `lost`: gates that are farther off than before, where only they count."""
    tables = (measures(run.figures, gates, comparison), _latency(run), _kinds(run))
    parts: list[RenderableType] = [_heading(run), *(Padding(table, (1, 0, 0, 0)) for table in tables), Text()]
    parts += [_wrong(o) for o in run.wrong]
    if comparison:
        parts += _moved(comparison, "the baseline")
    if note:
        parts.append(Text(note))
    parts.append(_conclusion(run, gates, lost))
    return Group(*parts)


def _heading(run: Evaluation) -> Text:
    written = [o.answer for o in run.outcomes if o.answer and o.answer.answered]
    by_model = [a for a in written if a.writer == "ollama"]
    models = ", ".join(sorted({a.model or "" for a in by_model}))
    statements, withheld = sum(len(a.statements) for a in written), sum(len(o.answer.withheld) for o in run.outcomes if o.answer)
    return Text(
        f"{len(run.outcomes)} questions about {run.corpus}, {len(written)} answered"
        + (f", {len(by_model)} of them by {models}" if by_model else "")
        + f": {statements} statements shown, {withheld} withheld."
    )


def measures(figures: Mapping[str, Figure], gates: bool, comparison: Comparison | None) -> Table:
    table = _table("measure", "value", "95 % interval", "n", *(["gate", "verdict"] if gates else []), *(["change"] if comparison else []))
    bounds = {gate.measure: gate for gate in GATES}
    group = ""
    for name in ordered(figures):
        if GROUPS.get(name, "") != group:
            group = GROUPS.get(name, "")
            table.add_row(Text(group, style="bold"))
        figure, gate = figures[name], bounds.get(name)
        row = [Text("  " + name), Text(f"{figure.value:.3f}"), Text(f"{figure.low:.3f} – {figure.high:.3f}"), Text(str(figure.n))]
        if gates:
            held = gate.passes(figure.value) if gate else None
            row += [Text(str(gate or "")), _coloured({True: "holds", False: "FELL", None: ""}[held], held)]
        if comparison:
            row.append(_change(comparison.changes.get(name)))
        table.add_row(*row)
    return table


def _change(change: Change | None) -> Text:
    if change is None or change.by is None:
        return Text("new")
    return _coloured(f"{change.by:+.3f}", change.better) if change.by else Text("=")


def _coloured(text: str, good: bool | None) -> Text:
    return Text(text, style={True: "green", False: "bold red", None: ""}[good])


def _latency(run: Evaluation) -> Table:
    table = _table("milliseconds by stage", *(run.latency_ms))
    for p in ("p50", "p95"):
        table.add_row(f"  {p}", *(f"{spent[p]:.1f}" for spent in run.latency_ms.values()))
    return table


def _kinds(run: Evaluation) -> Table:
    table = _table("kind", "n", *KIND_COLUMNS)
    for kind, figures in run.kinds.items():
        n = sum(o.question.kind == kind for o in run.outcomes)
        cells = (f"{figures[name].value:.2f}" if name in figures else "–" for name in KIND_COLUMNS)
        table.add_row(f"  {kind}", str(n), *cells)
    return table


def _wrong(o: Outcome) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=9)
    grid.add_column(overflow="fold")
    for name, words in _about(o):
        grid.add_row(Text(name, style="dim"), Text(words))
    return Group(Rule(Text(f"{o.question.id} · {o.question.kind} · {o.verdict}", style="bold"), align="left"), Padding(grid, (0, 0, 0, 2)))


def _about(o: Outcome) -> list[tuple[str, str]]:
    q, answer = o.question, o.answer
    best = answer.evidence[0].passage if answer and answer.evidence else None
    rows = [
        *(("before", earlier) for earlier in q.history),
        ("question", q.question),
        ("read as", answer.query if answer and answer.query != q.question else ""),
        ("error", o.error),
        ("evidence", f"[{best.article_id}] {_shortened(best.text)}" if best else ""),
        ("answer", answer.text if answer else ""),
        ("right", q.reference if q.answerable else "(the articles have no answer)"),
        *(("gold", f"[{g.article_id}] {g.quotation}") for g in q.gold),
    ]
    return [(name, words) for name, words in rows if words]


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= PASSAGE_SHOWN else text[:PASSAGE_SHOWN].rsplit(" ", 1)[0] + " …"


def _moved(comparison: Comparison, than: str) -> list[RenderableType]:
    found = {"Right now, not in": comparison.mended, "Wrong now, right in": comparison.broken}
    return [Text(f"{what} {than}: {', '.join(ids)}") for what, ids in found.items() if ids]


def _conclusion(run: Evaluation, gates: bool, lost: Sequence[Gate] | None) -> Text:
    wrong = f"{len(run.wrong)} of {len(run.outcomes)} questions went wrong."
    if lost is not None:
        farther = "Farther off than in the baseline: " + "; ".join(g.measure for g in lost)
        return _coloured(f"{wrong} {farther if lost else 'No gate is farther off than in the baseline'}.", not lost)
    if not gates:
        return Text(wrong)
    fell = fallen(run.figures)
    return _coloured(f"{wrong} {'Fell: ' + '; '.join(g.measure for g in fell) if fell else 'Every gate holds'}.", not fell)


def side_by_side(before: Saved, after: Saved, comparison: Comparison) -> RenderableType:
    """Two runs that were saved."""
    table = _table("measure", before.name, after.name, "change")
    for name in ordered(comparison.changes):
        change = comparison.changes[name]
        cells = (f"{f.value:.3f} ({f.low:.2f} – {f.high:.2f})" if f else "–" for f in (change.before, change.after))
        table.add_row(f"  {name}", *cells, _change(change) if change.by is not None else "–")
    note = [] if comparison.same_questions else [Text("The two runs are of different question sets.")]
    return Group(table, *_moved(comparison, before.name), *note)


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(first)
    for other in others:
        table.add_column(other, justify="right", overflow="fold")
    return table
