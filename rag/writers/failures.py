"""Every foreign exception becomes one clear sentence with its fix; this is the only place that knows their classes.

What can come out of the `ollama` client: builtin ConnectionError (no server, plain calls), httpx.ConnectError (no
server, streams), every other httpx error raw, ollama.ResponseError (a status, or -1 for an error line inside a stream),
and, when something that is not Ollama answers, json, pydantic and attribute errors from reading it.
"""

from __future__ import annotations

import re
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rag.errors import FootnoteError, ModelUnavailable

if TYPE_CHECKING:
    import ollama

# What llama.cpp, CUDA and the kernel say when the model and its window are larger than the memory.
_MEMORY = re.compile(r"memory|alloc|cuda|terminated|unexpectedly stopped|no longer running|killed|exit status|signal", re.I)


@contextmanager
def translated(host: str, model: str) -> Iterator[None]:
    """Only calls into foreign libraries belong inside: whatever they raise becomes ModelUnavailable."""
    try:
        yield
    except FootnoteError:
        raise
    except Exception as error:
        raise ModelUnavailable(explain(error, host, model)) from error


def explain(error: BaseException, host: str, model: str) -> str:
    """One sentence: what happened at which address, and what to do."""
    import httpx

    match error:
        case _ if said := _refusal(error, host, model):
            return said
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return f"OLLAMA_HOST is {host}, which is no address: write one such as http://127.0.0.1:11434."
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.ProxyError() | ConnectionRefusedError():
            return unreachable(error, host)
        case httpx.TimeoutException():
            return (
                f"Ollama at {host} was silent for too long: restart `ollama serve`, "
                f"choose a smaller OLLAMA_MODEL than {model}, or raise OLLAMA_TIMEOUT_S."
            )
        case httpx.NetworkError() | httpx.ProtocolError() | httpx.StreamError() | ConnectionResetError():
            return broke_off(host)
        case ConnectionError():
            return unreachable(error, host)
        case httpx.TooManyRedirects() | httpx.HTTPStatusError():
            return f"{host} sends requests elsewhere: set OLLAMA_HOST to the address of the Ollama server itself."
        case httpx.HTTPError() | httpx.CookieConflict() | ValueError() | TypeError() | AttributeError() | KeyError():
            return f"The reply from {host} cannot be read: correct OLLAMA_HOST, or take away the proxy in between."
        case _:
            return f"Asking Ollama at {host} failed ({type(error).__name__}: {_brief(error)}): restart `ollama serve`."


def unreachable(error: BaseException, host: str) -> str:
    """Nothing listens there, or the name is unknown, or TLS fails: three different fixes."""
    causes = tuple(_chain(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return f"The name in OLLAMA_HOST ({host}) cannot be resolved: correct it; on this machine it is 127.0.0.1."
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return f"{host} has no certificate to be trusted: correct OLLAMA_HOST, usually to http:// with port 11434."
    return f"Ollama does not answer at {host}: start it with `ollama serve`, or correct OLLAMA_HOST."


def broke_off(host: str) -> str:
    return f"Ollama at {host} broke off in the middle of its answer: see that `ollama serve` runs, and ask again."


def not_ollama(host: str) -> str:
    """Another program has the port: LM Studio, a proxy, a router's login page."""
    return f"What answers at {host} is not Ollama: correct OLLAMA_HOST (Ollama's own port is 11434)."


def not_pulled(host: str, model: str) -> str:
    return f"Ollama at {host} does not have the model {model}: get it with `ollama pull {model}`."


def _refusal(error: BaseException, host: str, model: str) -> str:
    """What `ollama`'s own exceptions say; empty for others, among them all where it was not imported, which takes 0.07 s."""
    if "ollama" not in sys.modules:
        return ""
    import ollama

    match error:
        case ollama.ResponseError():
            return _response(error, host, model)
        case ollama.RequestError():
            return f"Ollama refused the request ({_brief(error)}): check OLLAMA_MODEL, which is {model}."
        case _:
            return ""


def _response(error: ollama.ResponseError, host: str, model: str) -> str:
    said = _brief(error.error)
    status = error.status_code
    if status == 404:
        return not_pulled(host, model)
    if status == 503:
        return f"Ollama at {host} is busy with other requests: wait a moment and ask again."
    if status in (401, 403, 407):
        return f"Ollama at {host} refuses access ({status}): set OLLAMA_API_KEY, or correct OLLAMA_HOST."
    if 300 <= status < 400:
        return f"{host} sends requests elsewhere: set OLLAMA_HOST to the address of the Ollama server itself."
    if status in (-1, 500) and _MEMORY.search(said):
        return f"The model {model} stopped on the server ({said}): lower OLLAMA_NUM_CTX, or choose a smaller OLLAMA_MODEL."
    return f"Ollama at {host} cannot answer with {model} ({said}): see its log, or choose another OLLAMA_MODEL."


def _brief(error: object) -> str:
    """What the other side said, on one line and short enough to read."""
    said = " ".join(str(error).split()).rstrip(".")
    return said if len(said) <= 160 else f"{said[:160]}…"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
