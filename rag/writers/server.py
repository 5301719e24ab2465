"""The Ollama server: where it is, whether it can write, and a connection to it that can be cut at any moment."""

from __future__ import annotations

import ipaddress
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.errors import ModelUnavailable
from rag.settings import Settings
from rag.writers import failures

if TYPE_CHECKING:
    import httpx
    import ollama

CONNECT_S = 2.0  # a server on this machine accepts in milliseconds; a wrong address should not be waited for
READ_S = 10.0  # these calls touch no model; a machine that pages may still need seconds
PORT = 11434


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the model can write; if not, `reason` is one sentence with the fix. `window` is in tokens."""

    ready: bool
    model: str
    reason: str
    installed: tuple[str, ...] = ()
    window: int = 0


def probe(settings: Settings) -> Readiness:
    """Ask the server, in milliseconds and without loading anything. Never raises for what the server does."""
    model = settings.ollama_model
    host = settings.ollama_host
    try:
        host = address(settings.ollama_host)
        with _http(host) as client, failures.translated(host, model):
            version = _version(client, host)
            shown = _show(client, host, model)
            installed = _installed(client)
    except ModelUnavailable as error:
        return Readiness(False, model, str(error))
    fault = _fault(settings, shown, host, installed)
    window = min(settings.ollama_num_ctx, _trained_window(shown) or settings.ollama_num_ctx)
    return Readiness(not fault, model, fault or f"Ollama {version} at {host} has {model}.", installed, window)


def address(host: str) -> str:
    """The base URL for whatever people write in OLLAMA_HOST, which servers and clients read differently.

    Ollama's own tools read `http://host` as port 80; nobody means that. 0.0.0.0 is where a server listens, not where
    one connects.
    """
    scheme, separator, rest = host.strip().rpartition("://")
    scheme = scheme.lower() if separator else "http"
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        name = parts.hostname or "127.0.0.1"
        port = parts.port or (443 if scheme == "https" else PORT)
    except ValueError as error:
        raise ModelUnavailable(_no_address(host)) from error
    if scheme not in ("http", "https") or any(letter.isspace() for letter in name):
        raise ModelUnavailable(_no_address(host))
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)
    return f"{scheme}://{f'[{name}]' if _is_ipv6(name) else name}:{port}{parts.path.rstrip('/')}"


def is_loaded(host: str, model: str, window: int) -> bool:
    """Whether the model is in memory with this very window: another one means that the server loads it again."""
    with _http(host) as client, failures.translated(host, model):
        loaded = client.get("/api/ps").raise_for_status().json()["models"] or ()
    return any(_tagged(str(each["name"])) == _tagged(model) and each.get("context_length") in (None, window) for each in loaded)


def keep_alive(settings: Settings) -> str | float:
    """The server takes a bare number for seconds only when it is a number, and refuses "-1" as text."""
    text = settings.ollama_keep_alive
    return text if text[-1].isalpha() and text.strip("-0smh") else float(text.rstrip("smh"))


class Connection:
    """An `ollama.Client` whose sockets are known, so that `cut` ends a blocked read in another thread.

    Ollama stops generating when its client hangs up, and only then. `trust_env=False`: a proxy would be another
    machine that reads the passages; redirects are not followed for the same reason.
    """

    def __init__(self, host: str, silence_s: float | None) -> None:
        import httpx
        import ollama

        self._sockets: list[socket.socket] = []
        self._cut = threading.Event()
        self.client: ollama.Client = ollama.Client(
            host,
            timeout=httpx.Timeout(silence_s, connect=5),
            trust_env=False,
            follow_redirects=False,
            verify=host.startswith("https"),  # reading the certificates takes longer than all else here
            event_hooks={"request": [self._watch]},
        )

    def cut(self) -> None:
        """Hang up. Safe from any thread, and more than once."""
        self._cut.set()
        for each in self._sockets:
            _hang_up(each)

    def close(self) -> None:
        self.client.close()  # type: ignore[no-untyped-call]

    def _watch(self, request: httpx.Request) -> None:
        request.extensions["trace"] = self._trace  # httpcore's documented hook

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            connected = info["return_value"].get_extra_info("socket")
            self._sockets.append(connected)
            if self._cut.is_set():  # cut while still connecting
                _hang_up(connected)


def _hang_up(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:  # already closed
        return


def _http(host: str) -> httpx.Client:
    import httpx

    timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
    return httpx.Client(base_url=host, timeout=timeout, trust_env=False, verify=host.startswith("https"))


def _version(client: httpx.Client, host: str) -> str:
    reply = client.get("/api/version")
    if reply.is_redirect:
        reply.raise_for_status()
    if reply.status_code in (401, 403, 407):
        raise ModelUnavailable(f"{host} refuses access ({reply.status_code}): set OLLAMA_HOST to Ollama itself.")
    if reply.is_error:
        raise ModelUnavailable(failures.not_ollama(host))
    try:
        return str(reply.json()["version"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelUnavailable(failures.not_ollama(host)) from error


def _show(client: httpx.Client, host: str, model: str) -> dict[str, Any] | None:
    """What the server knows of the model; None when it is not there."""
    import ollama

    reply = client.post("/api/show", json={"model": model})
    if reply.status_code == 404:
        return None
    if reply.is_error:
        raise ollama.ResponseError(reply.text, reply.status_code)
    return dict(reply.json())


def _installed(client: httpx.Client) -> tuple[str, ...]:
    return tuple(sorted(str(each["name"]) for each in client.get("/api/tags").json()["models"] or ()))


def _fault(settings: Settings, shown: dict[str, Any] | None, host: str, installed: tuple[str, ...]) -> str:
    model = settings.ollama_model
    remote = shown and (shown.get("remote_host") or shown.get("remote_model"))
    cloud = remote or model.endswith((":cloud", "-cloud"))
    if cloud and not settings.ollama_allow_cloud:
        return (
            f"{model} is a cloud model, which sends the passages off this machine: "
            f"choose a local OLLAMA_MODEL, or set OLLAMA_ALLOW_CLOUD=true."
        )
    if shown is None:
        there = f" Installed: {', '.join(installed)}." if installed else ""
        return failures.not_pulled(host, model) + there
    capabilities = shown.get("capabilities")
    if capabilities and "completion" not in capabilities:
        return f"{model} only makes embeddings and cannot write: choose another OLLAMA_MODEL."
    return ""


def _trained_window(shown: dict[str, Any] | None) -> int:
    """The longest window the model was trained for: the server silently takes it when asked for more."""
    info = (shown or {}).get("model_info") or {}
    return next((int(value) for key, value in info.items() if key.endswith(".context_length") and value), 0)


def _tagged(model: str) -> str:
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


def _is_ipv6(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).version == 6
    except ValueError:
        return False


def _no_address(host: str) -> str:
    return f"OLLAMA_HOST is {host}, which is no address: write one such as http://127.0.0.1:11434."
