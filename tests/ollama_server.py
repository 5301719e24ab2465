"""An Ollama server that follows a script: the real protocol over a real socket, with every way it is known to go wrong.

For tests that need a certain answer, or a certain failure. What a real model does is in test_real_ollama.py.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from typing import Any, Literal

End = Literal["done", "reset", "cut", "no done", "error", "garbage", "for ever"]
Reply = tuple[int, object]


@dataclass(frozen=True)
class Script:
    """What the server has and does. The defaults are a small model that is loaded and says `words`."""

    model: str = "tiny:1b"
    pulled: bool = True
    capabilities: tuple[str, ...] = ("completion",)
    remote_host: str = ""
    trained_window: int = 32768
    loaded_window: int = 8192  # 0: not in memory
    load_s: float = 0.0
    prefill_s: float = 0.0
    words: tuple[str, ...] = ()
    verdict: str = ""  # what it says where no stream is asked for; the words if empty
    thinking: tuple[str, ...] = ()
    end: End = "done"
    done_reason: str = "stop"
    prompt_eval_count: int = 500
    error: str = ""  # the error line of end="error", or the body that goes with status
    status: int = 200  # of POST /api/chat
    pull: tuple[dict[str, Any] | None, ...] = ()  # lines of POST /api/pull; None is said again until `go_on` is set
    version: Reply = (200, {"version": "0.32.15"})


class ScriptedServer(ThreadingHTTPServer):
    """Remembers what it was asked (`requests`) and whether a client hung up on a stream (`hung_up`)."""

    daemon_threads = True

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.loaded_window = script.loaded_window
        self.installed = [script.model] if script.pulled else []
        self.go_on = threading.Event()
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.hung_up = threading.Event()
        self.frozen = threading.Event()  # set: connections are accepted, nothing is answered

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [body for asked, body in self.requests if asked == path]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what some tests are about, not something to print."""


@contextmanager
def scripted_ollama(script: Script) -> Iterator[ScriptedServer]:
    """A server on a free port of this machine."""
    server = ScriptedServer(script)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each reply waits 40 ms for an acknowledgement
    server: ScriptedServer

    def log_message(self, format: str, *args: object) -> None:
        return

    def do_GET(self) -> None:
        script = self.server.script
        self.server.requests.append((self.path, {}))
        if self.server.frozen.is_set():
            time.sleep(1.0)
            self.close_connection = True
            return
        loaded = {**_entry(script.model), "size_vram": 0, "context_length": self.server.loaded_window}
        match self.path:
            case "/api/version":
                self._answer(*script.version)
            case "/api/tags":
                self._answer(200, {"models": [_entry(name) for name in self.server.installed]})
            case "/api/ps":
                self._answer(200, {"models": [loaded] if self.server.loaded_window else []})
            case "/":
                self._answer(200, "Ollama is running")
            case _:
                self._answer(404, "404 page not found")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, body))
        script = self.server.script
        if self.path == "/api/pull":
            self._pull(body["model"])
        elif body.get("model") != script.model or script.model not in self.server.installed:
            self._answer(404, {"error": f"model '{body.get('model')}' not found"})
        elif self.path == "/api/show":
            self._answer(200, _shown(script))
        elif self.path == "/api/chat":
            self._chat(body)
        else:
            self._answer(404, "404 page not found")

    def do_DELETE(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, body))
        if body.get("model") not in self.server.installed:
            self._answer(404, {"error": f"model '{body.get('model')}' not found"})
            return
        self.server.installed.remove(body["model"])
        self._answer(200, "")

    def _pull(self, model: str) -> None:
        self._begin_stream()
        try:
            for before, line in zip((None, *self.server.script.pull), self.server.script.pull, strict=False):
                if line is not None:
                    self._write_line(line)
                while line is None and not self.server.go_on.wait(0.02):
                    self._write_line(before or {})
            self._write(b"")
        except OSError:
            self.server.hung_up.set()
            return
        if {"status": "success"} in self.server.script.pull:
            self.server.installed.append(model)

    def _chat(self, body: dict[str, Any]) -> None:
        script = self.server.script
        unload = body.get("keep_alive") == 0 and not body["messages"]
        wanted = 0 if unload else body["options"]["num_ctx"]
        if wanted and wanted != self.server.loaded_window:
            time.sleep(script.load_s)
        if script.status != 200:
            self._answer(script.status, {"error": script.error})
            return
        self.server.loaded_window = wanted
        if not body["messages"]:
            self._answer(200, {**_line(script, ""), "done": True, "done_reason": "load" if wanted else "unload"})
            return
        time.sleep(script.prefill_s)
        if body.get("stream") is False:
            whole = {"role": "assistant", "content": script.verdict or "".join(script.words)}
            self._answer(200, {**_last_line(script), "message": whole})
            return
        try:
            self._stream(script)
        except OSError:
            self.server.hung_up.set()

    def _begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _stream(self, script: Script) -> None:
        self._begin_stream()
        for thought in script.thinking:
            self._write_line(_line(script, "", thinking=thought))
        for words in cycle(script.words) if script.end == "for ever" else script.words:
            self._write_line(_line(script, words))
        self._end(script)

    def _end(self, script: Script) -> None:
        match script.end:
            case "reset" | "cut":
                self._break_off(reset=script.end == "reset")
                return
            case "error":
                self._write_line({"error": script.error})
            case "garbage":
                self._write(b"<html>504 Gateway Time-out</html>\n")
            case "done":
                self._write_line(_last_line(script))
        self._write(b"")

    def _break_off(self, reset: bool) -> None:
        """Die in the middle of a chunk, as a killed process (reset) or a closed one (cut)."""
        self.wfile.write(b'80\r\n{"model":"tiny:1b","mess')
        self.wfile.flush()
        time.sleep(0.05)  # let the client read what came before
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        self.close_connection = True

    def _write_line(self, line: dict[str, Any]) -> None:
        self._write(json.dumps(line).encode() + b"\n")

    def _write(self, part: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.flush()

    def _answer(self, status: int, reply: object) -> None:
        body = reply.encode() if isinstance(reply, str) else json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if isinstance(reply, str) else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _entry(name: str) -> dict[str, Any]:
    return {"name": name, "model": name, "size": 1_000_000_000, "digest": "0" * 64, "details": {}}


def _shown(script: Script) -> dict[str, Any]:
    shown = {
        "details": {"family": "llama"},
        "model_info": {"general.architecture": "llama", "llama.context_length": script.trained_window},
        "capabilities": list(script.capabilities),
    }
    remote = {"remote_host": script.remote_host, "remote_model": script.model} if script.remote_host else {}
    return shown | remote


def _line(script: Script, words: str, **more: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": words, **more}
    return {"model": script.model, "created_at": "2026-11-20T12:00:00Z", "message": message, "done": False}


def _last_line(script: Script) -> dict[str, Any]:
    counts = {"prompt_eval_count": script.prompt_eval_count, "eval_count": len(script.words)}
    durations = {"total_duration": 10_000_000, "load_duration": 1_000_000}
    return {**_line(script, ""), "done": True, "done_reason": script.done_reason, **durations, **counts}
