"""Files that are read by several processes give what they give one by one; a process that dies takes one file with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.ingest import structures
from eval.pages.parts import Page
from eval.pages.stories import STORIES
from rag.ingest import Limits, read_file, read_files, scan, together
from rag.ingest.worker import CRASHED, Worker
from tests.conftest import write_articles


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Saved pages of every structure, a damaged PDF, a text and a link to nowhere."""
    made = {f"{name}.html": structure(Page(STORIES[0])) for name, structure in structures().items()}
    write_articles(tmp_path, {**made, "bad.pdf": "%PDF", "a.txt": "One."})
    (tmp_path / "gone.html").symlink_to(tmp_path / "nowhere")
    return tmp_path


def test_several_processes_give_what_one_gives_and_in_the_same_order(pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = scan(pages)
    monkeypatch.setattr(together, "WORTH_IT", 0)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1}, raising=False)
    several = list(read_files(pages, found, Limits()))
    monkeypatch.setattr(together, "WORTH_IT", 1e9)
    assert several == list(read_files(pages, found, Limits())) and [path for path, _ in several] == list(found)


def test_a_file_that_a_process_does_not_survive_is_listed_and_the_next_is_read(pages: Path) -> None:
    worker = Worker(pages, Limits())
    assert worker.read("a.txt") == read_file(pages, "a.txt")
    assert worker._process is not None
    worker._process.kill()
    worker._process.wait()
    assert worker.read("semantic.html").problem == CRASHED
    assert worker.read("semantic.html") == read_file(pages, "semantic.html")
    worker.close()
