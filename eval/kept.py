"""The answers of a run, kept one a line as they come, so that a long run which was stopped goes on where it stood.

An answer is used again for the same question with the same history and writer. Whether the program, the articles or the model are still the
same, nobody checks: for a new measurement, name a new file.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from eval.questions import Question
from rag.errors import UnusableInput
from rag.types import Answer

ANSWERS = TypeAdapter(Answer)


class Kept:
    """Answers by question. Without a file nothing is kept, and nothing is found."""

    def __init__(self, path: Path | None, writer: str | None) -> None:
        """Raises UnusableInput where the file cannot be read or is something else."""
        self._path, self._writer = path, writer
        self._answers = _read(path) if path and path.is_file() else {}

    def find(self, question: Question) -> Answer | None:
        return self._answers.get(_key(self._asked(question)))

    def add(self, question: Question, answer: Answer) -> None:
        """Raises UnusableInput where the file cannot be written."""
        if not self._path:
            return
        line = json.dumps({**self._asked(question), "answer": asdict(answer)}, ensure_ascii=False)
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError as error:
            raise UnusableInput(f"The answers cannot be kept in {str(self._path)!r}: {error.strerror}.") from error

    def _asked(self, question: Question) -> dict[str, Any]:
        return {"question": question.question, "history": list(question.history), "writer": self._writer}


def _read(path: Path) -> dict[str, Answer]:
    try:
        content = path.read_text(encoding="utf-8")
        whole = content[: content.rfind("\n") + 1]  # a run that was killed may have left half a line, which is asked again
        if whole != content:
            path.write_text(whole, encoding="utf-8")
        lines = [json.loads(line) for line in whole.split("\n")[:-1]]
        return {_key(line): ANSWERS.validate_python(line["answer"]) for line in lines}
    except OSError as error:
        raise UnusableInput(f"The kept answers {str(path)!r} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise UnusableInput(f"{str(path)!r} holds no answers of this evaluation; name another file.") from error


def _key(line: dict[str, Any]) -> str:
    return json.dumps([line["question"], line["history"], line["writer"]])
