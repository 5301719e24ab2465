"""Chroma is imported without the checks of its developers."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import overrides
import pytest

from rag.chroma import EXPORTER, unchecked

# How many methods are compared with those they override while Chroma is imported, and whether traces could be sent.
IMPORT = """
import contextlib, json, sys
from rag.chroma import unchecked
compared = 0
def count(frame, event, what):
    global compared
    compared += event == "call" and frame.f_code.co_name == "_validate_method"
sys.setprofile(count)
with {within}:
    import chromadb
sys.setprofile(None)
print(json.dumps([compared, {exporter!r} in sys.modules]))
"""


def imported(within: str) -> Any:
    program = IMPORT.format(within=within, exporter=EXPORTER)
    done = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True, check=True)
    return json.loads(done.stdout)


def test_chroma_is_imported_without_comparing_signatures_and_without_an_exporter_of_traces() -> None:
    assert imported("unchecked()") == [0, False]


def test_left_to_itself_chroma_compares_signatures_and_loads_an_exporter() -> None:
    """Where it no longer does, `unchecked` can go."""
    compared, exporter = imported("contextlib.nullcontext()")
    assert compared > 50
    assert exporter


def test_afterwards_signatures_are_compared_and_the_exporter_is_the_real_one() -> None:
    class Boat:
        def sail(self, knots: int) -> None: ...

    with pytest.raises(ZeroDivisionError), unchecked():
        raise ZeroDivisionError
    with pytest.raises(TypeError, match="sail"):

        class Wreck(Boat):
            @overrides.override
            def sail(self) -> None: ...

    assert EXPORTER not in sys.modules or sys.modules[EXPORTER].OTLPSpanExporter is not None
