"""Where the chat listens: any address of this machine that UI_HOST names; of what cannot be, one line with the fix."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import pytest

from rag.errors import UnusableInput
from rag.settings import Settings, read_settings
from tests.conftest import SEEDS, child_environment
from tests.scripted_page import free_port
from ui.__main__ import check_port, login_of

ELSEWHERE = "UI_HOST is an address of this machine: 127.0.0.1, or 0.0.0.0 for all of them."


@pytest.mark.parametrize(("host", "address"), [("127.0.0.2", "127.0.0.2"), ("::1", "[::1]"), ("[::1]", "[::1]")])
def test_any_address_of_this_machine_is_listened_on_whatever_the_proxy(host: str, address: str, settings: Settings):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()  # another program has the port there, which is in the way of IPv6 alone
        port = free_port() if ":" in host else other.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "ui", "--corpus", str(SEEDS), "--port", str(port)],
            cwd=settings.data_dir,
            env=child_environment(settings, UI_HOST=host, HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9"),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, logged = process.communicate(timeout=30)
    assert (first, process.returncode, logged) == (f"Footnote is at http://{address}:{port} (Ctrl-C ends it)\n", 0, "Stopped.\n")


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("198.51.100.1", "Cannot listen on 198.51.100.1:7860: Cannot assign requested address. "),
        ("2001:db8::1", "Cannot listen on [2001:db8::1]:7860: Cannot assign requested address. "),
        ("brücke..here", "Cannot listen on brücke..here:7860: No such name. "),
        ("fe80::1%lo", "Cannot listen on [fe80::1%lo]:7860: An address of one network card does not work in browsers. "),
    ],
)
def test_a_host_that_is_not_this_machine_is_one_line_with_the_fix(host: str, said: str):
    with pytest.raises(UnusableInput) as refused:
        check_port(host, 7860)
    assert str(refused.value) == said + ELSEWHERE


def test_a_port_that_is_taken_where_gradio_looks_is_said_before_it_looks():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UnusableInput, match=f"Cannot listen on 127.0.0.1:{port}: .* Choose another port"):
            check_port("::1", port)


@pytest.mark.parametrize("host", ["127.0.0.2", "::1", "[::1]", "localhost"])
def test_an_address_that_only_this_machine_reaches_needs_no_login(host: str, capsys: pytest.CaptureFixture[str]):
    assert login_of(read_settings(ui_host=host)) is None
    assert capsys.readouterr().err == ""
