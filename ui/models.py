"""The models that the Ollama server has: seen, fetched and removed from the page.

Nothing here touches what is verified: it changes who writes, never what is shown. One model is fetched at a time, in a
thread of its own; cancelling hangs up, and the server then stops. Knows nothing of Gradio.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rag.errors import ModelUnavailable, UnusableInput
from rag.settings import Settings

if TYPE_CHECKING:
    import ollama

    from rag.writers.server import Connection

SILENCE_S = 60.0  # a registry may be slow to begin
_NAME = re.compile(r"[\w][\w.-]*(?:/[\w][\w.-]*){0,3}(?::[\w][\w.-]*)?")


@dataclass
class Fetching:
    """A model on its way. `total` is 0 while the server has not said how much there is."""

    name: str
    connection: Connection
    status: str = "asking the server"
    total: int = 0
    completed: int = 0
    error: str = ""
    done: bool = False
    cancelled: bool = False
    parts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def take(self, status: str, digest: str, total: int, completed: int) -> None:
        self.status = status
        if digest:
            self.parts[digest] = (total, completed)
            self.total, self.completed = (sum(part[i] for part in self.parts.values()) for i in (0, 1))

    def view(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("name", "status", "total", "completed", "error", "done", "cancelled")}


class Models:
    """What the page may do with the Ollama server of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._fetching: Fetching | None = None

    def view(self) -> dict[str, Any]:
        """The models, or why there are none to be seen, and the one on its way."""
        view: dict[str, Any] = {
            "wanted": self._settings.ollama_model,
            "host": self._settings.ollama_host,
            "installed": [],
            "problem": "",
            "fetching": self._fetching.view() if self._fetching else None,
        }
        try:
            with self._client("") as client:
                found = client.list().models
        except ModelUnavailable as error:
            return view | {"problem": str(error)}
        installed = [{"name": model.model or "", "size": size_of(int(model.size or 0))} for model in found]
        return view | {"installed": sorted(installed, key=lambda model: model["name"])}

    def fetch(self, name: str) -> None:
        """Begin to fetch a model; the view says how far it is."""
        from rag.writers import server

        self._check(name)
        connection = server.Connection(server.address(self._settings.ollama_host), SILENCE_S)
        with self._lock:
            if self._fetching and not self._fetching.done:
                connection.close()
                raise UnusableInput(f"{self._fetching.name} is being fetched; wait for it, or cancel it.")
            self._fetching = Fetching(name, connection)
        threading.Thread(target=self._run, args=(self._fetching,), name="fetching", daemon=True).start()

    def cancel(self, _: str = "") -> None:
        """Stop fetching; what came so far stays with the server, which goes on from there another time."""
        if self._fetching and not self._fetching.done:
            self._fetching.cancelled = True
            self._fetching.connection.cut()

    def remove(self, name: str) -> None:
        """Delete a model from the server\'s disk."""
        self._check(name)
        with self._client(name) as client:
            client.delete(name)

    def _run(self, fetching: Fetching) -> None:
        try:
            with _explained(self._settings.ollama_host, fetching.name):
                for step in fetching.connection.client.pull(fetching.name, stream=True):
                    fetching.take(step.status or "", step.digest or "", step.total or 0, step.completed or 0)
        except ModelUnavailable as error:
            fetching.error = "" if fetching.cancelled else str(error)
        finally:
            fetching.connection.close()
            fetching.done = True

    @contextmanager
    def _client(self, name: str) -> Iterator[ollama.Client]:
        from rag.writers import server

        connection = server.Connection(server.address(self._settings.ollama_host), server.READ_S)
        try:
            with _explained(self._settings.ollama_host, name):
                yield connection.client
        finally:
            connection.close()

    def _check(self, name: str) -> None:
        if not is_name(name):
            raise UnusableInput("That is no name of a model; one looks like qwen3:4b-instruct.")
        if name.endswith((":cloud", "-cloud")) and not self._settings.ollama_allow_cloud:
            raise UnusableInput(f"{name} is a cloud model, which sends passages off this machine: OLLAMA_ALLOW_CLOUD=true allows them.")


def is_name(name: str) -> bool:
    """Whether this can be a model's name on an Ollama server."""
    return len(name) <= 200 and _NAME.fullmatch(name) is not None


@contextmanager
def _explained(host: str, name: str) -> Iterator[None]:
    """Whatever the client raises becomes ModelUnavailable; what the server says of a model is passed on."""
    import ollama

    from rag.writers import failures

    with failures.translated(host, name):
        try:
            yield
        except ollama.ResponseError as error:
            if name and error.status_code in (-1, 400, 404, 500):
                raise ModelUnavailable(f"{name}: {' '.join(error.error.split())[:200]}.") from error
            raise


def size_of(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
