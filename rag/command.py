"""What all commands have in common: an error is one line and an exit code, Ctrl-C a sentence, what takes long tells how far it is."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rag.errors import FootnoteError

INTERRUPTED = 130


class Told(SystemExit):
    """The end after Ctrl-C, of which everything is said."""


def run(app: Any, argv: list[str] | None = None) -> None:
    """Run a Typer app; our errors become one line and an exit code, Ctrl-C a sentence."""
    try:
        app(args=argv)
    except FootnoteError as error:
        say(f"Error: {error}")
        sys.exit(error.exit_code)
    except SystemExit as end:
        if end.code == INTERRUPTED and not isinstance(end, Told):  # what Typer makes of Ctrl-C
            say("Stopped.")
        if _reader_has_gone(end):
            sys.exit(0)
        raise


def _reader_has_gone(end: SystemExit) -> bool:
    """`footnote … | head`: who has read enough is no failure, which Typer makes of it; nothing is written any more."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass
    else:
        if not isinstance(end.__context__, BrokenPipeError):
            return False
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    return True


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A tick of an update. Ctrl-C within it loses little."""
    from rag.progress import ticks

    try:
        with ticks(say) as tick:
            yield tick
    except KeyboardInterrupt as stop:
        say("Stopped. What was embedded is kept; the same command goes on from there.")
        raise Told(INTERRUPTED) from stop


def say(message: str) -> None:
    """To stderr, where everything goes that is not what was asked for."""
    print(message, file=sys.stderr, flush=True)
