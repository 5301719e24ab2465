"""The endpoints as tools of the Model Context Protocol, for assistants and editors: `/mcp`, only with `--mcp`.

The protocol's streamable HTTP with a plain JSON reply to each request: no session, no stream, nothing that a server may
leave out. Written here because Gradio's own needs a package that would take pydantic back by two releases.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from importlib.metadata import version
from typing import Any

from rag.errors import FootnoteError
from ui.endpoints import MOST_PASSAGES, Endpoint
from ui.guard import App, Message, Receive, Send

PATH = "/mcp"
VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")  # newest first
LARGEST = 1_000_000  # bytes of a request
PARSE_ERROR, INVALID_REQUEST, UNKNOWN_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
ONLY = {"since": TEXT, "until": TEXT, "outlets": TEXTS}
SCHEMAS: dict[str, dict[str, Any]] = {
    "ask": {"properties": {"question": TEXT, "history": TEXTS, **ONLY}, "required": ["question"]},
    "retrieve": {
        "properties": {"question": TEXT, "top_k": {"type": "integer", "minimum": 1, "maximum": MOST_PASSAGES}, **ONLY},
        "required": ["question"],
    },
    "articles": {"properties": {}},
    "article": {"properties": {"article_id": TEXT}, "required": ["article_id"]},
}
INSTRUCTIONS = (
    "Answers from one folder of articles. Every statement of an answer was verified against the quotation that it carries; "
    "answered: false means that the articles do not have the answer."
)


class Refused(Exception):
    """A JSON-RPC error: its code and message."""


class Mcp:
    """ASGI middleware that answers under `/mcp` and passes on everything else."""

    def __init__(self, app: App, endpoints: tuple[Endpoint, ...], login: tuple[str, str] | None) -> None:
        self._app = app
        self._tools = {tool.__name__: tool for tool in endpoints}
        self._key = base64.b64encode(":".join(login).encode()) if login else None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].rstrip("/") != PATH:
            await self._app(scope, receive, send)
        elif not self._may(dict(scope["headers"])):
            await _reply(send, 401, None, (b"www-authenticate", b'Basic realm="Footnote"'))
        elif scope["method"] != "POST":
            await _reply(send, 405, None, (b"allow", b"POST"))
        else:
            answer = await self._answered(await _body(receive))
            await _reply(send, 202 if answer is None else 200, answer)

    def _may(self, headers: dict[bytes, bytes]) -> bool:
        given = headers.get(b"authorization", b"").removeprefix(b"Basic ")
        return self._key is None or hmac.compare_digest(given, self._key)

    async def _answered(self, body: bytes) -> dict[str, Any] | None:
        """The reply to one message; None where it asks for none."""
        number: Any = None
        try:
            message = _message(body)
            number = message.get("id")
            result = await self._result(message.get("method"), message.get("params") or {})
        except Refused as refusal:
            code, text = refusal.args
            return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": text}}
        return None if "id" not in message else {"jsonrpc": "2.0", "id": number, "result": result}

    async def _result(self, method: Any, params: Any) -> dict[str, Any]:
        if not isinstance(method, str) or not isinstance(params, dict):
            raise Refused(INVALID_REQUEST, "A message has a method, and its params are an object.")
        if method.startswith("notifications/") or method == "ping":
            return {}
        match method:
            case "initialize":
                wanted = params.get("protocolVersion")
                return {
                    "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
                    "capabilities": {"tools": {}},
                    "serverInfo": {"name": "footnote", "version": version("footnote")},
                    "instructions": INSTRUCTIONS,
                }
            case "tools/list":
                return {"tools": [_described(tool) for tool in self._tools.values()]}
            case "tools/call":
                return await self._called(params.get("name"), params.get("arguments") or {})
        raise Refused(UNKNOWN_METHOD, f"There is no method {method[:100]!r}.")

    async def _called(self, name: Any, arguments: Any) -> dict[str, Any]:
        tool = self._tools.get(name) if isinstance(name, str) else None
        if tool is None or not isinstance(arguments, dict):
            raise Refused(INVALID_PARAMS, f"The tools are {', '.join(self._tools)}; arguments are an object.")
        schema = SCHEMAS[tool.__name__]
        if not set(schema.get("required", ())) <= set(arguments) <= set(schema["properties"]):
            raise Refused(INVALID_PARAMS, f"{tool.__name__} takes {', '.join(schema['properties']) or 'no arguments'}.")
        try:
            found = await asyncio.to_thread(tool, **arguments)
        except FootnoteError as error:
            return {"content": [{"type": "text", "text": str(error)}], "isError": True}
        whole = found if isinstance(found, dict) else {tool.__name__: found}
        text = json.dumps(found, ensure_ascii=False)
        return {"content": [{"type": "text", "text": text}], "structuredContent": whole, "isError": False}


def _described(tool: Endpoint) -> dict[str, Any]:
    description = " ".join((tool.__doc__ or "").split())
    reads = {"readOnlyHint": True, "openWorldHint": False}
    schema = {"type": "object", **SCHEMAS[tool.__name__], "additionalProperties": False}
    return {"name": tool.__name__, "description": description, "inputSchema": schema, "annotations": reads}


def _message(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(PARSE_ERROR, "That is not JSON.") from error
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise Refused(INVALID_REQUEST, "That is no JSON-RPC 2.0 message; send them one by one.")
    return message


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more and len(body) <= LARGEST:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body if len(body) <= LARGEST else b""


async def _reply(send: Send, status: int, answer: dict[str, Any] | None, *headers: tuple[bytes, bytes]) -> None:
    body = b"" if answer is None else json.dumps(answer, ensure_ascii=False).encode()
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, (b"content-type", b"application/json"), *headers]})
    await send({"type": "http.response.body", "body": body})
