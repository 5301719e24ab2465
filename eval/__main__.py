"""`python -m eval`: the question set; `public`, `bench` and `calibrate` below it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from rag import cli

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Measure the assistant. Without a command: the question set over a corpus.",
)
Data = Annotated[Path, typer.Option("--data", metavar="FOLDER", help="The folder with the public sets (see each command).")]
Out = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write everything to a JSON file.")]


@app.callback(invoke_without_command=True)
def own(
    context: typer.Context,
    corpus: Annotated[Path, typer.Option(help="The corpus to ask.")] = Path("seeds"),
    questions: Annotated[Path | None, typer.Option(help="A question set; the format is in eval/questions.py.")] = None,
    writer: Annotated[str, typer.Option(metavar="auto|extractive|ollama")] = "extractive",
    out: Out = None,
) -> None:
    """Ask every question of the set, print what is wrong and the figures."""
    if context.invoked_subcommand:
        return
    from eval.own import Outcome, details, evaluate, summary

    def each(outcome: Outcome) -> None:
        if not (outcome.right and outcome.cited):
            q = outcome.question
            shown = outcome.answer.text or "(nothing)"
            print(f"WRONG {q.id} {q.kind}: {q.question}\n  shown: {shown}\n  right: {q.reference or '(no answer)'}")

    outcomes = evaluate(corpus, questions, writer, each)
    figures = summary(outcomes)
    _table(figures)
    _write(out, {"summary": figures, "questions": details(outcomes)})


@app.command()
def public(
    data: Data,
    only: Annotated[str, typer.Option(help="squad or attribution; both if not given.")] = "",
    out: Out = None,
) -> None:
    """SQuAD 2.0 (LlamaIndex beside), AttributionBench and WiCE, cross-validated.

    Reads squad2_dev_half.json, attributionbench_dev.jsonl and wice_claim_dev.jsonl.
    """
    from eval import public as sets
    from rag.settings import load_settings

    results: dict[str, Any] = {}
    for name, run in (("squad", sets.squad), ("attribution", sets.attribution)):
        if only in {"", name}:
            results |= run(data, load_settings(), _say)
    for name, figures in results.items():
        print(f"\n{name}")
        _table(figures)
    _write(out, results)


@app.command()
def pairs() -> None:
    """Minimal pairs from the shipped articles: true statements, and the same with one fact changed."""
    from eval.pairs import run

    _table(run())


@app.command()
def bench(
    what: Annotated[str, typer.Argument(metavar="index|ask|hnsw")],
    data: Data = Path("../shared/data"),
    corpus: Path = Path("seeds"),
) -> None:
    """Speed beside LlamaIndex: indexing 1,000 paragraphs, asking warm and cold, and the recall of Chroma's HNSW settings."""
    from eval import bench as benches
    from rag.errors import UnusableInput
    from rag.settings import load_settings

    runs = {
        "index": lambda: benches.indexing(data, load_settings()),
        "ask": lambda: benches.asking(corpus, load_settings()),
        "hnsw": lambda: benches.neighbours(data, load_settings()),
    }
    if what not in runs:
        raise UnusableInput(f"There is no benchmark {what!r}. There are: {', '.join(runs)}.")
    _table(runs[what]())


@app.command()
def calibrate(data: Data, target: Annotated[Path, typer.Option(help="The file to write.")] = Path("rag/weights.json")) -> None:
    """Fit the weights of the ranking, the abstention and the verifier; the same data give the same file."""
    from eval.calibrate import calibrate as fit

    fit(data, target)
    print(f"Wrote {target}.")


def _table(figures: dict[str, Any]) -> None:
    for name, value in figures.items():
        shown = "  ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        print(f"{name:<48} {shown}")


def _write(out: Path | None, content: dict[str, Any]) -> None:
    if out:
        out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    cli.run(app)
