"""Files of the public sets and our own, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.errors import UnusableInput


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Raises UnusableInput where there is no such file, or a line of it (named by its number) is not JSON."""
    check_there(path)
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield json.loads(line)
            except ValueError as error:
                raise UnusableInput(f"Line {number} of {path.name} is not JSON; fetch the file again.") from error


def check_there(path: Path) -> None:
    """Raises UnusableInput where there is no such file; the data are not shipped."""
    if not path.is_file():
        raise UnusableInput(f"There is no {path.name} in {str(path.parent)!r}. Name the folder that has it with --data.")
