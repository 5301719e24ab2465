"""`python -m ui`: the web chat. Listens first, then loads what it needs."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import sys
import threading
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from rag.errors import FootnoteError, IndexUnavailable, SettingError, UnusableInput
from rag.ingest import scan
from rag.proxies import bypass
from rag.settings import Settings, load_settings, read_settings

QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
HELP = """Chat with a folder of articles in the browser.

Every sentence of an answer carries a quotation; a click on its citation opens the article at the quoted words.
The page is served at once and says what it is getting ready. Nothing leaves this machine, except that passages
go to the Ollama server you name when that writes the answers. Ctrl-C ends it.

Settings come from the environment or a .env file: UI_HOST, UI_PORT, UI_USER, UI_PASSWORD, WRITER and the others in .env.example."""

log = logging.getLogger(__name__)
cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@cli.command(help=HELP)
def chat(
    corpus: Annotated[Path, typer.Option(help="The folder of articles.")] = Path("seeds"),
    mcp: Annotated[bool, typer.Option("--mcp", help="Also offer the articles to assistants and editors, as MCP tools at /mcp.")] = False,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port to listen on. [default: UI_PORT, 7860]")] = None,
) -> None:
    try:
        serve(corpus, read_settings(ui_port=port) if port else load_settings(), mcp)
    except FootnoteError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(error.exit_code) from error
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)


def serve(corpus: Path, settings: Settings, mcp: bool = False) -> None:
    """Listen, open the Assistant in the background, stay until interrupted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    login = login_of(settings)
    check_port(settings.ui_host, settings.ui_port)
    scan(corpus)  # a folder that cannot be used is said at once
    stay_private(settings)
    from ui.stubs import unwritten

    with unwritten():
        from ui import app
    from ui.endpoints import endpoints
    from ui.opening import Opening

    opening = Opening(lambda progress: _open(corpus, settings, progress))
    page = app.build(opening, corpus_key(corpus), settings, corpus)
    app.launch(page, in_address(settings.ui_host), settings.ui_port, login, endpoints(opening) if mcp else ())
    try:
        print(f"Footnote is at http://{in_address(settings.ui_host)}:{settings.ui_port} (Ctrl-C ends it)", flush=True)
        opening.start()
        opening.assistant()  # what cannot be opened ends the program with its line
        follow(opening, corpus.resolve())
    finally:
        page.close(verbose=False)
        opening.close()


def follow(opening: Any, corpus: Path) -> None:
    """Keep the index agreeing with the folder, until interrupted. Nothing that goes wrong with it ends the page."""
    from rag.watch import changes

    try:
        for _ in changes(corpus):
            try:
                opening.assistant().refresh()
            except FootnoteError as error:  # an empty folder now may be none in a minute
                print(error, file=sys.stderr)
            except Exception as error:
                log.error("Looking at the folder failed (%s: %s). It is looked at again when it changes.", type(error).__name__, error)
    except IndexUnavailable as error:
        print(f"{error} Look for changes in the library.", file=sys.stderr)
        threading.Event().wait()


def login_of(settings: Settings) -> tuple[str, str] | None:
    """The name and password that the page asks for, if any."""
    user, password = settings.ui_user, settings.ui_password.get_secret_value()
    if bool(user) != bool(password):
        raise SettingError("UI_USER and UI_PASSWORD belong together: set both, or neither.")
    if not user and not _loopback(settings.ui_host):
        print(
            f"Whoever reaches {settings.ui_host} can read, add and remove articles: UI_USER and UI_PASSWORD ask for a login.",
            file=sys.stderr,
        )
    return (user, password) if user else None


def _loopback(host: str) -> bool:
    return host == "localhost" or host.startswith("127.") or bare(host) == "::1"


def bare(host: str) -> str:
    """As sockets take it: IPv6 without the brackets that it may have in the settings."""
    return host.removeprefix("[").removesuffix("]")


def in_address(host: str) -> str:
    """As it stands before a port: IPv6 in brackets."""
    return f"[{bare(host)}]" if ":" in host else host


def corpus_key(corpus: Path) -> str:
    """Short and the same next time: what is kept of chats with one folder is not shown with another."""
    return sha256(str(corpus.resolve()).encode()).hexdigest()[:12]


def _open(corpus: Path, settings: Settings, progress: Any) -> Any:
    from rag import Assistant

    assistant = Assistant.open(corpus, settings, progress)
    assistant.warm()
    return assistant


def check_port(host: str, port: int) -> None:
    """Before anything slow: can we listen there at all?

    Raises:
        UnusableInput: the host is not this machine's, or the port is taken there, or where Gradio looks whether it is.
    """
    if "%" in host:
        raise _not_here(host, port, "An address of one network card does not work in browsers")
    _try_port(bare(host), port)
    if ":" in host:
        _try_port("127.0.0.1", port)  # Gradio looks there first


def _try_port(host: str, port: int) -> None:
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that just ended is not in the way
            probe.bind((host, port))
    except (TypeError, UnicodeError) as error:
        raise _not_here(host, port, "No such name") from error
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise _not_here(host, port, error.strerror) from error
        raise UnusableInput(
            f"Cannot listen on {in_address(host)}:{port}: {error.strerror}. "
            f"Choose another port: python -m ui --port {port % 65535 + 1}, or UI_PORT={port % 65535 + 1}."
        ) from error


def _not_here(host: str, port: int, why: str | None) -> UnusableInput:
    fix = "UI_HOST is an address of this machine: 127.0.0.1, or 0.0.0.0 for all of them."
    return UnusableInput(f"Cannot listen on {in_address(host)}:{port}: {why}. {fix}")


def stay_private(settings: Settings) -> None:
    """No telemetry, and no hub unless the user named a model of it; requests to this machine bypass any proxy.

    Gradio, which is imported after this, looks whether the port is free where the page will be (but never at IPv6).
    """
    os.environ.update(QUIET)
    host = bare(settings.ui_host)
    os.environ["GRADIO_SERVER_NAME"] = "127.0.0.1" if ":" in host else host
    if not settings.hub_models:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    bypass("127.0.0.1", "localhost", host)


def main() -> None:
    cli(prog_name="python -m ui")


if __name__ == "__main__":
    main()
