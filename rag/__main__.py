"""The command line: `python -m rag …`, also installed as `footnote …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from rag import cli, command

app = typer.Typer(
    name="footnote",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Ask a folder of articles, and get answers whose every sentence carries a verified quotation.\n\n"
    "Everything runs on this machine. Settings are in .env.example. Answers go to stdout, messages and progress to stderr.\n\n"
    "Exit codes: 0 done (an abstention is a result) · 1 a failure · 2 unusable input or settings · 130 stopped with Ctrl-C.",
)
Corpus = Annotated[Path, typer.Option("--corpus", metavar="FOLDER", help="The folder of articles.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
Batch = Annotated[
    Path | None,
    typer.Option("--batch", metavar="FILE.jsonl", help="One JSON object a line in, one a line out, in order. - reads stdin."),
]

Since = Annotated[str | None, typer.Option("--since", metavar="YYYY-MM-DD", help="Only articles published on this day or later.")]
Until = Annotated[str | None, typer.Option("--until", metavar="YYYY-MM-DD", help="Only articles published on this day or earlier.")]
Outlet = Annotated[list[str] | None, typer.Option("--outlet", metavar="NAME", help="Only articles of this outlet; may be repeated.")]


@app.command()
def index(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of articles.")],
    as_json: Json = False,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and follow every change of the folder; Ctrl-C ends it.")] = False,
) -> None:
    """Bring the index of a folder up to date, and say what was done."""
    cli.index(folder, as_json, watch)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(metavar="QUESTION", help="What to ask, in plain words.")] = None,
    corpus: Corpus = Path("seeds"),
    writer: Annotated[
        str | None, typer.Option(metavar="auto|extractive|ollama", help="Who writes; the setting WRITER if not given.")
    ] = None,
    as_json: Json = False,
    batch: Batch = None,
    since: Since = None,
    until: Until = None,
    outlet: Outlet = None,
) -> None:
    """Answer a question from the articles.

    Example: footnote ask "How many militants are in Mosul?"
    """
    cli.ask(question, corpus, writer, as_json, batch, {"since": since, "until": until, "outlets": outlet or ()})


@app.command()
def retrieve(
    question: Annotated[str | None, typer.Argument(metavar="QUESTION", help="What to look for.")] = None,
    corpus: Corpus = Path("seeds"),
    top_k: Annotated[int, typer.Option("--top-k", min=1, max=1000, help="How many passages.")] = 10,
    as_json: Json = False,
    batch: Batch = None,
    since: Since = None,
    until: Until = None,
    outlet: Outlet = None,
) -> None:
    """Show the passages that come closest to a question, best first."""
    cli.retrieve(question, corpus, top_k, as_json, batch, {"since": since, "until": until, "outlets": outlet or ()})


@app.command()
def verify(
    claim: Annotated[str | None, typer.Argument(metavar="CLAIM", help="A sentence to be checked.")] = None,
    source: Annotated[list[Path] | None, typer.Option("--source", metavar="FILE", help="A text file that may support it.")] = None,
    batch: Batch = None,
) -> None:
    """Judge whether sources support a claim, with the same judge that checks every answer.

    Batch lines are {"id", "claim", "sources": ["text", …]}.
    """
    cli.verify(claim, source or [], batch)


@app.command()
def show(
    article_id: Annotated[str, typer.Argument(metavar="ARTICLE_ID", help="As in the brackets of an answer.")],
    corpus: Corpus = Path("seeds"),
    removed: Annotated[bool, typer.Option("--removed", help="What was in the file and is no part of the text, and why.")] = False,
    as_json: Json = False,
) -> None:
    """Print an article's text and metadata; the offsets in citations refer to this text."""
    cli.show(article_id, corpus, removed, as_json)


@app.command()
def articles(corpus: Corpus = Path("seeds"), as_json: Json = False) -> None:
    """List the articles of a corpus."""
    cli.articles(corpus, as_json)


@app.command()
def doctor(corpus: Corpus = Path("seeds"), as_json: Json = False) -> None:
    """Say what is installed, which writer would be used and why, and how to get what is missing."""
    cli.doctor(corpus, as_json)


def main(argv: list[str] | None = None) -> Any:
    """Run, with every error of ours as one clear line and its exit code."""
    return command.run(app, argv)


if __name__ == "__main__":
    main()
