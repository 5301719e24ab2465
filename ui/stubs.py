"""Gradio imported without the type stubs that it writes of its own components.

Whenever it is imported it reads its sources, draws a stub of every component, and writes into its installation what differs: half
of the time of the import (docs/log.md). Its release brings the same stubs, and no running program reads them.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def unwritten() -> Iterator[None]:
    """Within it Gradio's components are, to Gradio, classes of no file, of which it draws no stubs."""
    real = inspect.getfile

    def getfile(object: Any) -> str:
        if isinstance(object, type) and object.__module__.startswith("gradio."):
            raise OSError(f"{object.__name__} is said to be in no file")
        return real(object)

    inspect.getfile = getfile
    try:
        yield
    finally:
        inspect.getfile = real
