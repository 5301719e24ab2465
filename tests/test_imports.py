"""Who may import whom, and what a command does not load before it needs it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

# One stage knows the values that pass between stages and the tools below it, never the stage beside it.
MAY_IMPORT = {
    "types": set(),
    "errors": set(),
    "lexical": set(),
    "settings": {"errors"},
    "passages": {"types"},
    "bm25": {"errors", "lexical", "records", "types"},
    "alike": set(),
    "filters": {"errors", "types"},
    "dates": {"filters", "types"},
    "watch": {"errors"},
    "progress": set(),
    "records": {"types"},
    "manifest": {"errors", "records", "types"},
    "proxies": set(),
    "chroma": {"errors", "proxies"},
    "vectors": {"chroma", "errors", "records", "types"},
    "plan": {"ingest", "records"},
    "conversation": {"errors", "lexical", "reference", "wording"},
    "wording": {"lexical", "passages", "reference"},
    "reference": {"lexical"},
    "encoders": {"lexical"},
    "late": {"embed", "lexical"},
    "quotations": {"embed", "lexical", "passages"},
    "support": {"agreement", "embed", "facts", "late", "lexical", "quotations"},
    "unmet": {"embed", "facts", "lexical", "weights"},
    "batch": {"assistant", "errors", "filters"},
    "facts": {"lexical"},
    "agreement": {"facts", "lexical", "opposites"},
    "opposites": {"lexical"},
    "prompts": {"types"},
    "wire": {"types"},
    "cross_encoder": {"errors"},
    "rerank": {"cross_encoder", "errors", "retrieve", "settings"},
}
PACKAGES = {
    "ingest": {"errors", "ingest", "types"},
    "index": {
        "alike",
        "bm25",
        "embed",
        "errors",
        "index",
        "ingest",
        "manifest",
        "passages",
        "plan",
        "records",
        "settings",
        "types",
        "vectors",
    },
}
HEAVY = {"torch", "gradio", "llama_index", "chromadb", "sentence_transformers", "transformers", "onnxruntime", "numpy"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names) if node.module == "rag" else (node.module,)


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", sources("rag"), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_the_library_imports_neither_the_chat_nor_the_evaluation(path: Path) -> None:
    assert not {name for name in imported(path) if name.split(".")[0] in {"ui", "eval", "tests"}}


@pytest.mark.parametrize(("folder", "other"), [("ui", "eval"), ("eval", "ui")])
def test_the_chat_and_the_evaluation_do_not_import_each_other(folder: str, other: str) -> None:
    for path in sources(folder):
        assert not {name for name in imported(path) if name.split(".")[0] in {other, "tests"}}


@pytest.mark.parametrize("stage", MAY_IMPORT)
def test_a_stage_imports_what_is_below_it_and_no_other_stage(stage: str) -> None:
    ours = {name.split(".")[1] for name in imported(ROOT / "rag" / f"{stage}.py") if name.startswith("rag.")}
    assert ours <= MAY_IMPORT[stage]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_of_a_stage_imports_no_other_stage_either(package: str) -> None:
    ours = {name.split(".")[1] for path in sources(f"rag/{package}") for name in imported(path) if name.startswith("rag.")}
    assert ours <= PACKAGES[package]


@pytest.mark.parametrize("module", ["rag", "rag.__main__", "rag.cli", "rag.command", "rag.settings", "ui.__main__"])
def test_a_command_starts_without_what_only_some_commands_need(module: str) -> None:
    assert loaded_by(module) == set()


@pytest.mark.parametrize("module", ["rag.assistant", "rag.index", "rag.writers.ollama"])
def test_the_flow_loads_no_library_before_it_uses_it(module: str) -> None:
    assert loaded_by(module) == {"numpy"} - ({"numpy"} if module == "rag.writers.ollama" else set())


def loaded_by(module: str) -> set[str]:
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True, check=True)
    return HEAVY & set(done.stdout.split())


def test_only_one_file_imports_chroma_and_one_tantivy() -> None:
    for package, home in (("chromadb", "chroma.py"), ("tantivy", "bm25.py")):
        assert [path.name for path in sources("rag") if package in {name.split(".")[0] for name in imported(path)}] == [home]
