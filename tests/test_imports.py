"""Who imports whom, and that nothing heavy is loaded before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.conftest import ROOT

HEAVY = ("torch", "gradio", "llama_index", "chromadb", "sentence_transformers", "onnxruntime", "transformers")


def imported(package: str) -> set[str]:
    """The top-level packages that a package's files import, wherever in the file."""
    found: set[str] = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
    return found


def loaded_by(code: str) -> set[str]:
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return {name for name in HEAVY if name in shown.stdout.split()}


def test_the_library_imports_neither_the_page_nor_the_evaluation() -> None:
    assert imported("rag") & {"ui", "eval", "tests"} == set()


def test_the_page_and_the_evaluation_do_not_import_each_other() -> None:
    assert imported("ui") & {"eval", "tests"} == set()
    assert imported("eval") & {"ui", "tests"} == set()


@pytest.mark.parametrize("module", ["rag", "rag.__main__", "rag.cli", "rag.settings", "rag.pipeline", "rag.index", "rag.writers.ollama"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    assert loaded_by(f"import {module}") == set()


def test_only_one_file_imports_chroma_and_one_tantivy() -> None:
    for package, home in (("chromadb", "vectors.py"), ("tantivy", "bm25.py")):
        users = {p.name for p in (ROOT / "rag").rglob("*.py") if f"import {package}" in p.read_text()}
        assert users == {home}
