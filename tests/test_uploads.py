"""Files that are added to the folder: where they land, and what is refused."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from rag.errors import UnusableInput
from ui.uploads import Uploads


def pieces(folder: Path, name: str, *data: bytes, most_mb: int = 1) -> str:
    uploads = Uploads(folder, most_mb)
    for piece in data:
        uploads.take("one", name, base64.b64encode(piece).decode())
    return uploads.put("one")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../evil.md", "evil.md"),
        ("C:\\x\\evil.md", "evil.md"),
        ("/etc/.hidden.md", "hidden.md"),
        ("a b\n$(c);.txt", "a-b-(c)-.txt"),
        ("x" * 300 + ".md", "x" * 100 + ".md"),
    ],
)
def test_whatever_a_file_is_called_it_lands_in_the_folder(corpus: Path, name: str, kept: str):
    before = {p.name for p in corpus.iterdir()}
    beside = set(corpus.parent.iterdir())
    assert pieces(corpus, name, b"one ", b"two") == kept
    assert (corpus / kept).read_bytes() == b"one two"
    assert {p.name for p in corpus.iterdir()} == before | {kept}
    assert set(corpus.parent.iterdir()) == beside


def test_a_file_that_is_there_is_never_overwritten(corpus: Path):
    before = (corpus / "harbour.md").read_bytes()
    assert [pieces(corpus, "harbour.md", b"new") for _ in range(2)] == ["harbour-2.md", "harbour-3.md"]
    assert (corpus / "harbour.md").read_bytes() == before


KILLED = """
import base64, os, signal, sys
from pathlib import Path
from ui.uploads import Uploads

folder, calls = Path(sys.argv[1]), 0

def put(last):
    def count(frame, event, argument):
        global calls
        calls += event.endswith("call")
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)

    uploads = Uploads(folder, 1)
    uploads.take("u", "report.md", base64.b64encode(b"It was sold.").decode())
    sys.setprofile(count)
    uploads.put("u")
    sys.setprofile(None)
    os._exit(0)

last, ended, found = 0, int(signal.SIGKILL), set()
while ended == signal.SIGKILL:
    last += 1
    if not os.fork():
        put(last)
    ended = os.wait()[1]
    for path in folder.iterdir():
        found |= {path.read_text()} if path.name == "report.md" else set()
        path.unlink()
print(last > 20, ended, found)
"""


def test_whoever_is_killed_while_a_file_is_added_leaves_no_empty_one(tmp_path: Path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], text=True, capture_output=True, timeout=100)
    assert done.stdout == "True 0 {'It was sold.'}\n", done.stderr


@pytest.mark.parametrize("name", ["", "..", ".md", "x.exe", "x", "../"])
def test_a_file_of_a_kind_that_is_not_read_is_refused(corpus: Path, name: str):
    with pytest.raises(UnusableInput, match="files of this kind are not read"):
        pieces(corpus, name, b"x")


def test_a_file_over_the_limit_leaves_nothing_behind(corpus: Path):
    before = set(corpus.iterdir())
    with pytest.raises(UnusableInput, match="big.md: larger than 1 MB"):
        pieces(corpus, "big.md", b"x" * 600_000, b"x" * 600_000)
    assert set(corpus.iterdir()) == before
