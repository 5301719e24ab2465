"""An update that is stopped while it reads does not read the same files again, and still ends in the index of a fresh build."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eval.kills import cheap_embedder, compare, contents
from rag.index import Index
from rag.settings import Settings
from tests.conftest import child_environment, own_settings, write_articles
from tests.made_files import endless_pdf

FILES = 120
UPDATE = """
import sys
from pathlib import Path
from eval.kills import cheap_embedder
from rag.index import Index
from rag.settings import load_settings

def parsed(frame, event, argument):
    if event == "call" and frame.f_code.co_name == "read" and frame.f_code.co_filename.endswith("rag/ingest/reader.py"):
        print(frame.f_locals["path"])

index = Index(Path(sys.argv[1]), load_settings())
index.embedder = cheap_embedder()
sys.setprofile(parsed)
index.update()
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Articles, and after them a file that is never read to its end."""
    made = write_articles(tmp_path / "corpus", {f"{n:03}.md": f"The mill number {n} burned down in {1900 + n}." for n in range(FILES)})
    (made / "z.pdf").write_bytes(endless_pdf())
    return made


def stopped(corpus: Path, settings: Settings, by: signal.Signals) -> Path:
    """Index in a process that is stopped when two batches are kept; the file that they are kept in."""
    environment = child_environment(settings) | {"MAX_READ_S": "600"}
    process = subprocess.Popen([sys.executable, "-c", UPDATE, str(corpus)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while process.poll() is None and len(kept(settings)) < 100:
        time.sleep(0.05)
    process.send_signal(by)
    process.communicate(timeout=60)
    return next(settings.data_dir.glob("corpora/*/unwritten.sqlite"))


def kept(settings: Settings) -> list[str]:
    for file in settings.data_dir.glob("corpora/*/unwritten.sqlite"):
        db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            return [path for (path,) in db.execute("select path from outcomes order by path")]
        except sqlite3.OperationalError:  # it is just being made
            return []
        finally:
            db.close()
    return []


def parsed(corpus: Path, settings: Settings, **more: str) -> list[str]:
    """What an update parses."""
    environment = child_environment(settings) | {"MAX_READ_S": "600", **more}
    done = subprocess.run([sys.executable, "-c", UPDATE, str(corpus)], env=environment, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def assert_as_a_fresh_build(corpus: Path, settings: Settings, fresh: Path) -> None:
    found = []
    for where in (settings, own_settings(fresh, fresh)):
        index = Index(corpus, where)
        index.embedder = cheap_embedder()
        index.update()
        found.append(contents(index))
        index.close()
    assert compare(*found) == []
    assert found[0]["left over"] == []


def test_what_a_killed_process_has_read_is_not_parsed_again(corpus: Path, settings: Settings, tmp_path: Path) -> None:
    stopped(corpus, settings, signal.SIGKILL)
    before = kept(settings)
    assert before[:100] == [f"{n:03}.md" for n in range(100)]
    (corpus / "z.pdf").unlink()
    assert parsed(corpus, settings) == [f"{n:03}.md" for n in range(FILES) if f"{n:03}.md" not in before]
    assert parsed(corpus, settings) == []
    assert_as_a_fresh_build(corpus, settings, tmp_path / "fresh")


def test_what_was_read_before_ctrl_c_is_parsed_again_only_where_the_file_has_changed(
    corpus: Path, settings: Settings, tmp_path: Path
) -> None:
    stopped(corpus, settings, signal.SIGINT)
    before, everything = kept(settings), [f"{n:03}.md" for n in range(FILES)]
    assert len(before) > 100 and before == everything[: len(before)]  # not by whole batches alone
    (corpus / "z.pdf").unlink()
    (corpus / "007.md").write_text("The mill number 7 was sold.")
    (corpus / "008.md").rename(corpus / "new.md")
    (corpus / "009.md").unlink()
    assert parsed(corpus, settings) == ["007.md", *everything[len(before) :], "new.md"]
    assert_as_a_fresh_build(corpus, settings, tmp_path / "fresh")


def test_under_other_limits_everything_is_parsed_again(corpus: Path, settings: Settings) -> None:
    stopped(corpus, settings, signal.SIGINT)
    (corpus / "z.pdf").unlink()
    assert parsed(corpus, settings, MAX_LINE_CHARS="1000") == [f"{n:03}.md" for n in range(FILES)]


def test_where_the_kept_file_is_torn_everything_is_parsed_again(corpus: Path, settings: Settings) -> None:
    file = stopped(corpus, settings, signal.SIGINT)
    file.write_bytes(b"torn" * 5_000)
    (corpus / "z.pdf").unlink()
    assert parsed(corpus, settings) == [f"{n:03}.md" for n in range(FILES)]
    assert not file.exists()
