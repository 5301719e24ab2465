"""Chroma's clients: imported without what it checks and loads for others, and told to send nothing anywhere."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from rag.errors import CacheError, IndexUnavailable, Translated
from rag.proxies import bypass

EXPORTER = "opentelemetry.exporter.otlp.proto.grpc.trace_exporter"  # with gRPC; its one class sends traces to a collector
_importing = threading.Lock()  # of two threads within `unchecked` the later one would take the other's stand-ins for the real ones


def embedded(path: Path) -> Any:
    """A client of the files in this folder, in this process.

    Raises:
        IndexUnavailable: they cannot be read.
    """
    chromadb, settings = _chromadb()
    path.mkdir(parents=True, exist_ok=True)
    with translated("open"):
        return chromadb.PersistentClient(str(path), settings=settings)


def connected(url: str) -> Any:
    """A client of a Chroma server.

    Raises:
        IndexUnavailable: it does not answer.
    """
    chromadb, settings = _chromadb()
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 8000)
    host = parts.hostname or "127.0.0.1"
    bypass(host)  # Chroma makes its client itself, which obeys the environment alone
    try:
        return chromadb.HttpClient(host, port, ssl=secure, settings=settings)
    except Exception as error:  # chromadb raises ValueError, httpx errors and its own
        raise IndexUnavailable(
            f"No Chroma server answers at CHROMA_URL={url}. Start one with `chroma run`, or leave CHROMA_URL empty."
        ) from error


class translated(Translated):
    """Chroma's exceptions become one of ours."""

    def ours(self, error: BaseException) -> CacheError:
        hint = " Is the disk full or read-only?" if self.doing == "write" else ""
        return CacheError(f"Chroma could not {self.doing} ({type(error).__name__}: {error}).{hint}")


def _chromadb() -> tuple[Any, Any]:
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    with _importing, unchecked():
        import chromadb
        from chromadb.config import Settings
    # Left out, these are read from the environment and from .env: questions and passages would be traced to a collector.
    return chromadb, Settings(anonymized_telemetry=False, chroma_otel_collection_endpoint="", chroma_otel_granularity=None)


@contextmanager
def unchecked() -> Iterator[None]:
    """Within it classes do not compare the signatures of their methods with those they override, and no exporter of traces is loaded:
    0.3 of the 0.7 s that the import of Chroma takes (docs/log.md). Both tell its developers something, and no running program."""
    try:
        import overrides
    except ImportError:  # another version of Chroma
        yield
        return
    real = overrides.override, overrides.overrides
    there = EXPORTER in sys.modules
    overrides.override = overrides.overrides = _marked  # type: ignore[assignment]
    if not there:
        sys.modules[EXPORTER] = _no_exporter()
    try:
        yield
    finally:
        overrides.override, overrides.overrides = real
        if not there:
            del sys.modules[EXPORTER]


def _marked(method: Callable[..., Any] | None = None, **_: bool) -> Callable[..., Any]:
    """`overrides.override` without its checks; the mark is what `EnforceOverrides` asks for."""
    if method is None:
        return _marked
    method.__override__ = True  # type: ignore[attr-defined]
    return method


def _no_exporter() -> ModuleType:
    module = ModuleType(EXPORTER)
    module.OTLPSpanExporter = None  # type: ignore[attr-defined]
    return module
