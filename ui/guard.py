"""Who may speak to the page, and what the page may ask for.

A web page elsewhere can make a reader's browser send requests here: under a name of its own that it points at this
machine (DNS rebinding), or from its own address. Neither is answered. What is answered forbids the browser to load
anything from, or send anything to, another machine. Knows nothing of Gradio.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

# Gradio compiles its components in the browser and styles them in place, hence the two 'unsafe-…'.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Guard:
    """ASGI middleware around the whole page."""

    def __init__(self, app: App, host: str) -> None:
        self._app = app
        machine = socket.gethostname().lower()
        self._names = {"localhost", machine, f"{machine}.local", host.lower()}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        reason = self._refusal(scope.get("method", "GET"), headers)
        if reason:
            await _refuse(scope, send, reason)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        await self._app(scope, receive, guarded)

    def _refusal(self, method: str, headers: dict[str, str]) -> str:
        host = headers.get("host", "")
        if not self._known(host):
            return f"Footnote is not known as {host[:100]!r}. Use the address it printed, or set UI_HOST."
        origin = headers.get("origin")
        if origin is not None and method not in SAFE_METHODS and urlsplit(origin).netloc.lower() != host.lower():
            return "Footnote takes no requests from other pages."
        return ""

    def _known(self, host: str) -> bool:
        """An address in numbers cannot be pointed elsewhere; of names, only this machine's own."""
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        return name in self._names or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False


async def _refuse(scope: Message, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    body = f"{reason}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
