"""`python -m eval`: the question set; `public`, `pairs`, `followups`, `wordings`, `bench` and `calibrate` below it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from rag import command

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
)
Data = Annotated[Path, typer.Option("--data", metavar="FOLDER", help="The folder with the public sets (see each command).")]
Verifiers = Annotated[
    list[str] | None,
    typer.Option("--verifier", metavar="NAME", help="builtin, ollama or a cross-encoder; may be given again. VERIFIER if not given."),
]
Out = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write everything to a JSON file.")]


@app.callback(invoke_without_command=True, epilog="Exits 0 if all is well, 1 if a gate fell, 2 if the input cannot be used.")
def own(
    context: typer.Context,
    corpus: Annotated[Path, typer.Option(metavar="FOLDER", help="The articles that are asked about.")] = Path("seeds"),
    questions: Annotated[Path | None, typer.Option(metavar="FILE", help="Questions, one JSON object a line: docs/evaluation.md.")] = None,
    writer: Annotated[str, typer.Option(metavar="auto|extractive|ollama", help="Who writes the answers.")] = "extractive",
    out: Out = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write a report with plots: one file, opens anywhere.")] = None,
    baseline: Annotated[Path | None, typer.Option(metavar="FILE", help="A saved run to compare with (eval/baseline.json).")] = None,
    gates: Annotated[bool, typer.Option("--gates/--no-gates", help="Judge by the bounds in eval/gates.py.")] = True,
    no_worse: Annotated[bool, typer.Option("--no-worse", help="Fail only where a gate is farther off than in the baseline.")] = False,
    compare: Annotated[tuple[Path, Path] | None, typer.Option(metavar="A.json B.json", help="Ask nothing; show what changed.")] = None,
    judge: Annotated[bool, typer.Option("--judge", help="Let the Ollama model judge the answers, too. Slow; never gated.")] = False,
    answers: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep every answer as it comes; go on from those kept.")] = None,
    save_baseline: Annotated[bool, typer.Option("--save-baseline", help="Keep this run's figures as the baseline.")] = False,
) -> None:
    """Measure the assistant: ask every question of a set, and show the figures and whatever went wrong.

    Without a model server and with the same articles and questions, every figure but the times comes out the same again.

    With plots, to be opened in a browser: python -m eval --html report.html

    Your own articles and questions: python -m eval --corpus FOLDER --questions MINE.jsonl --no-gates

    Two runs that were kept with --json: python -m eval --compare before.json after.json
    """
    if context.invoked_subcommand:
        return
    from eval import run

    if compare:
        run.show_changes(*compare)
        return
    held = run.own(run.Wanted(corpus, questions, writer, out, html, baseline, gates, save_baseline, judge, answers, no_worse))
    raise typer.Exit(0 if held else 1)


@app.command()
def public(
    data: Data,
    only: Annotated[str, typer.Option(help="squad, attribution, xquad, clapnq or citing; all that are in the folder if not given.")] = "",
    verifier: Verifiers = None,
    sample: Annotated[int, typer.Option(min=1, help="Questions of CLAPNQ that the model answers, for citing.")] = 20,
    out: Out = None,
) -> None:
    """SQuAD 2.0, AttributionBench and WiCE, cross-validated; XQuAD and CLAPNQ as shipped. LlamaIndex's retrievers beside.

    citing: where a model server answers, LlamaIndex's CitationQueryEngine beside Footnote, both writing with that model.

    Reads squad2_dev_half.json, attributionbench_dev.jsonl, wice_claim_dev.jsonl, xquad_en.json and clapnq_dev_half_*.jsonl.
    """
    from eval.anchors import published
    from eval.public_sets import wanted
    from rag.settings import load_settings

    _check_folder(out)
    results: dict[str, Any] = {}
    for name, run in wanted(data, only, _say, verifiers=verifier or (), sample=sample).items():
        found = {f"{name}: {part}": figures for part, figures in run(load_settings()).items()} | published(name)
        for title, figures in found.items():
            print(f"\n{title}")
            _table(figures)
        results |= found
        _write(out, results)


@app.command()
def pairs(
    verifier: Verifiers = None,
    learnt: Annotated[
        bool, typer.Option("--learnt", help="Instead those of the invented stories, which the verifier learnt from.")
    ] = False,
) -> None:
    """Minimal pairs from the shipped articles: true statements, and the same with one fact changed."""
    from eval import pairs as of

    _table((of.learnt if learnt else of.run)(verifier or ()))


@app.command()
def followups() -> None:
    """Follow-ups after their history, and the same written out: 280 on twenty invented stories, half of them unseen by the rules."""
    from eval import followups as conversations
    from rag.settings import load_settings

    _table(conversations.run(load_settings(), _say, conversations.load()))


@app.command()
def wordings() -> None:
    """Questions about ten invented stories, put in ninety ways: politely, in a hurry, by e-mail, all in lower case; and as written."""
    from eval import wordings as ways
    from eval.stories import stories
    from rag.settings import load_settings

    _table(ways.run(load_settings(), _say, list(stories())[7::14], ways.load(), each=10))


@app.command()
def bench(
    what: Annotated[str, typer.Argument(metavar="index|ask|hnsw|judges|page|kills|folder")],
    data: Data = Path("../shared/data"),
    corpus: Path = Path("seeds"),
    sequences: Annotated[int, typer.Option(help="How many, for kills.")] = 200,
) -> None:
    """Speed beside LlamaIndex: indexing 1,000 paragraphs, asking warm and cold; Chroma's HNSW settings; the judges; the web chat.

    folder: 2,000 files in mixed formats with copies and broken ones: what is found, what it costs. kills: random changes of a folder by
    processes that are killed at random: how many sequences end with another index than a fresh build's; none may.
    """
    from eval import bench as benches
    from eval import bench_page, folder, kills
    from eval.bench_judges import judging
    from rag.errors import UnusableInput
    from rag.settings import load_settings

    runs: dict[str, Callable[[], dict[str, Any]]] = {
        "index": lambda: benches.indexing(data, load_settings()),
        "ask": lambda: benches.asking(corpus, load_settings()),
        "hnsw": lambda: benches.neighbours(data, load_settings()),
        "judges": lambda: judging(corpus, load_settings()),
        "page": lambda: bench_page.page(corpus, load_settings()),
        "folder": lambda: folder.run(load_settings()),
        "kills": lambda: dict(kills.run(sequences, say=_say)),
    }
    if what not in runs:
        raise UnusableInput(f"There is no benchmark {what!r}. There are: {', '.join(runs)}.")
    _table(runs[what]())


@app.command()
def calibrate(data: Data, target: Annotated[Path, typer.Option(help="The folder to write them into.")] = Path("rag")) -> None:
    """Fit the weights of ranking, reading, abstention and verifier (most of an hour; stopped, it goes on with the next fit)."""
    from eval import unmet
    from eval.calibrate import calibrate as fit
    from eval.held_out import figures
    from rag.settings import load_settings

    _check_folder(target / "weights.json")
    for name, found in figures(fit(data, target, _say)).items():
        print(f"\n{name}, held out")
        _table(found)
    print("\nstatements with a word that their quotation does not have, held out")
    _table(unmet.figures(unmet.examples(load_settings())))
    print(f"\nWrote weights.json, trees.json, pointer.npz and unmet_words.npz in {target}.")


def _table(figures: dict[str, Any]) -> None:
    for name, value in figures.items():
        shown = "  ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        print(f"{name:<48} {shown}")


def _check_folder(out: Path | None) -> None:
    """Before an hour of work, not after."""
    from rag.errors import UnusableInput

    if out and not out.resolve().parent.is_dir():
        raise UnusableInput(f"{str(out)!r} cannot be written: there is no folder {str(out.parent)!r}.")


def _write(out: Path | None, content: dict[str, Any]) -> None:
    from eval.saved import write

    if out:
        write(out, content)


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    command.run(app)
