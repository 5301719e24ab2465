"""What is installed, what would be used and why, and how to get what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rag.errors import FootnoteError, ManifestError
from rag.settings import Settings, load_settings

PACKAGES = ("llama-index-core", "chromadb", "sentence-transformers", "gradio", "ollama", "onnxruntime", "tantivy")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `fix` says what to do where it is not as it should be."""

    what: str
    ok: bool
    found: str
    fix: str = ""


def examine(corpus: Path, settings: Settings | None = None) -> list[Check]:
    """All checks, none of which changes anything but the index's folder. SettingError passes through."""
    settings = settings or load_settings()
    found = [*(_package(name) for name in PACKAGES), _embedding(settings), _index(corpus, settings), _writer(settings)]
    return [*found, _verifier(settings), *([_reranker(settings)] if settings.reranker else [])]


def _package(name: str) -> Check:
    try:
        return Check(name, True, version(name))
    except PackageNotFoundError:
        return Check(name, False, "not installed", "run `make chat`, which installs everything")


def _embedding(settings: Settings) -> Check:
    from rag.embed import open_embedder

    try:
        embedder = open_embedder(settings)
    except FootnoteError as error:
        return Check("embedding model", False, str(error), "see EMBEDDING_MODEL in .env.example")
    agreement = f", cosine with sentence-transformers ≥ {embedder.agreement:.3f}" if embedder.agreement else ""
    runtime = "sentence-transformers itself (it does not export)" if embedder.runtime == "torch" else f"ONNX Runtime {embedder.runtime}"
    return Check("embedding model", True, f"{embedder.model}, {embedder.dimension} dimensions, by {runtime}{agreement}")


def _index(corpus: Path, settings: Settings) -> Check:
    from rag.index import Index
    from rag.index.place import folder_of

    try:
        index = Index(corpus, settings)
        where = settings.chroma_url or str(index.folder)
        articles, passages = index.manifest.counts()
        state = index.manifest.meta().get("state", "not built yet")
    except ManifestError as error:
        folder = folder_of(corpus, settings)
        return Check("index", False, f"the manifest cannot be read ({error.__cause__})", f"delete {folder}; it is made again")
    except FootnoteError as error:
        return Check("index", False, str(error), "name another folder with --corpus")
    fix = f"run `footnote index {corpus}`"
    return Check("index", state == "ready", f"{articles} articles, {passages} passages, {state}, in {where}", fix)


def _writer(settings: Settings) -> Check:
    if settings.writer == "extractive":
        return Check("writer", True, "extractive, as WRITER says; WRITER=auto uses Ollama where it is there")
    from rag.writers.ollama import probe

    ready = probe(settings)
    name = f"ollama ({ready.model})" if ready.ready else "extractive"
    return Check("writer", ready.ready or settings.writer == "auto", f"{name}: {ready.reason}", "see the sentence before")


def _verifier(settings: Settings) -> Check:
    from rag.judges import shared_judge

    try:
        return Check("verifier", True, shared_judge(settings).about())
    except FootnoteError as error:
        return Check("verifier", False, str(error), "VERIFIER=builtin needs no other model")


def _reranker(settings: Settings) -> Check:
    from rag.rerank import open_reranker

    try:
        reranker = open_reranker(settings)
        return Check("reranker", True, reranker.about() if reranker else "none")
    except FootnoteError as error:
        return Check("reranker", False, str(error), "leave RERANKER empty to keep the order of the built-in scores")
