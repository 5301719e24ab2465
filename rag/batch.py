"""A batch of JSON lines: one object out for every line in."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import QuestionError, UnusableInput

if TYPE_CHECKING:
    from rag.assistant import Only


def answer_each(lines: list[str], one: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """One object out for every line in, in order. A bad line is named and answered with an error; the others go on."""
    failed = 0
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        line: Any = None
        try:
            line = _object(text)
            result = one(line)
        except UnusableInput as error:
            failed += 1
            print(f"Error in line {number}: {error}", file=sys.stderr, flush=True)
            result = {"id": id_of(line), "line": number, "error": str(error)}
        print(json.dumps(result, ensure_ascii=False), flush=True)
    if failed:
        raise UnusableInput(f"{failed} of {len(lines)} lines could not be used; the others were answered.")


def lines_of(path: Path) -> list[str]:
    """The lines of a file, of standard input where it is `-`. Raises UnusableInput.

    Other characters that end a line somewhere (U+2028, a form feed) may stand within a JSON text.
    """
    text = _read(sys.stdin.fileno(), "standard input") if str(path) == "-" else text_of(path)
    return text.removesuffix("\n").split("\n")


def text_of(path: Path) -> str:
    """Raises UnusableInput where there is no such file, or no text in it."""
    return _read(path, repr(str(path)))


def _read(file: Path | int, name: str) -> str:
    try:
        with open(file, encoding="utf-8-sig", closefd=not isinstance(file, int)) as opened:
            return opened.read()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UnusableInput(f"{name} cannot be read: {why}.") from error


def _object(text: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise QuestionError(f"not JSON ({error})") from error
    if not isinstance(line, dict):
        raise QuestionError("not a JSON object")
    return _printable(line)


def _printable(line: dict[str, Any]) -> dict[str, Any]:
    """The same with U+FFFD for each half of a character ("\\ud83d" alone), which JSON allows and neither a tokenizer nor a terminal
    takes. No other character moves: offsets are into the text as it came."""
    written = json.dumps(line, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        whole: dict[str, Any] = json.loads(written.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
        return whole
    return line


def question_of(line: dict[str, Any]) -> tuple[str, list[str]]:
    """The question of a line and those before it. Raises QuestionError."""
    question, history = line.get("question"), line.get("history") or []
    if not isinstance(question, str):
        raise QuestionError('needs "question": a text')
    if not isinstance(history, list) or not all(isinstance(h, str) for h in history):
        raise QuestionError('"history" is a list of earlier questions')
    return question, history


def filter_of(line: dict[str, Any], common: Only) -> Only:
    """A line's own filter, and that of the command line where it says nothing. Raises UnusableInput."""
    from rag.filters import make_filter

    since, until = line.get("since", common.get("since")), line.get("until", common.get("until"))
    outlets = line.get("outlets", common.get("outlets", ()))
    if any(not isinstance(date, str | None) for date in (since, until)):
        raise QuestionError('"since" and "until" are dates: "2016-11-07"')
    if not isinstance(outlets, list | tuple) or not all(isinstance(o, str) for o in outlets):
        raise QuestionError('"outlets" is a list of names')
    make_filter(since, until, outlets)
    return {"since": since, "until": until, "outlets": outlets}


def id_of(line: Any) -> Any:
    return line.get("id") if isinstance(line, dict) else None
