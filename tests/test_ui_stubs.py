"""The page starts without the type stubs that Gradio writes of itself."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from typing import Any

import pytest

from ui.stubs import unwritten

# Which stubs are opened while Gradio is imported, and whether its components have their files afterwards.
IMPORT = """
import contextlib, inspect, json, pathlib, sys
from ui.stubs import unwritten
stubs = []
sys.addaudithook(lambda event, what: event == "open" and str(what[0]).endswith(".pyi") and stubs.append(str(what[0])))
with {within}:
    import gradio
print(json.dumps([len(stubs), pathlib.Path(inspect.getfile(gradio.HTML)).name]))
"""


def imported(within: str) -> Any:
    done = subprocess.run([sys.executable, "-c", IMPORT.format(within=within)], text=True, capture_output=True, check=True)
    return json.loads(done.stdout)


def test_gradio_is_imported_without_a_look_at_its_stubs() -> None:
    assert imported("unwritten()") == [0, "html.py"]


def test_left_to_itself_gradio_reads_a_stub_of_every_component() -> None:
    """Where it no longer does, `ui/stubs.py` can go."""
    stubs, _ = imported("contextlib.nullcontext()")
    assert stubs > 50


def test_what_is_not_of_gradio_has_its_file_within_and_everything_afterwards() -> None:
    before = inspect.getfile
    with pytest.raises(ZeroDivisionError), unwritten():
        assert inspect.getfile(json.JSONDecoder).endswith("decoder.py")
        raise ZeroDivisionError
    assert inspect.getfile is before
