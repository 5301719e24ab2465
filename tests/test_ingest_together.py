"""Files that are read by several processes give what they give one by one; a process that dies or hangs takes one file with it."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eval.ingest import structures
from eval.kills import cheap_embedder
from eval.pages.parts import Page
from eval.pages.stories import STORIES
from rag.index import Index
from rag.ingest import Limits, Outcome, read_file, read_files, scan, together
from rag.ingest.worker import CRASHED, MEMORY_GB, STOPPED, Worker
from rag.plan import Problem
from rag.settings import Settings
from tests.conftest import SEEDS, child_environment, own_settings, write_articles
from tests.made_files import LINES, endless_pdf, pdf


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


def test_a_process_that_reads_may_take_only_so_much_memory(pages: Path) -> None:
    worker = Worker(pages, Limits())
    worker.read("a.txt")
    assert worker._process is not None
    assert resource.prlimit(worker._process.pid, resource.RLIMIT_DATA)[0] == MEMORY_GB * 10**9
    worker.close()


UNDER_A_LIMIT = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_DATA, (3 * 10**9, 3 * 10**9))
from rag.ingest import Limits
from rag.ingest.worker import Worker
worker = Worker(Path(sys.argv[1]), Limits())
print(worker.read("a.txt").problem, resource.prlimit(worker._process.pid, resource.RLIMIT_DATA))
worker.close()
"""


def test_a_process_that_reads_keeps_a_lower_limit_that_it_was_started_under(pages: Path) -> None:
    done = subprocess.run([sys.executable, "-c", UNDER_A_LIMIT, str(pages)], text=True, capture_output=True)
    assert (done.stdout, done.stderr) == ("None (3000000000, 3000000000)\n", "")


# A parser that hangs


@pytest.fixture
def hanging(tmp_path: Path) -> Path:
    """A PDF that no program reads to its end, and another kind of every other way of reading around it."""
    corpus = write_articles(tmp_path / "corpus", {"a.txt": "The bridge of Brill has sunk.", "z.json": '{"text": "The mill burned down."}'})
    (corpus / "endless.pdf").write_bytes(endless_pdf())
    (corpus / "whole.pdf").write_bytes(pdf([LINES]))
    return corpus


def children(process: int) -> set[int]:
    return {int(pid) for task in Path(f"/proc/{process}/task").iterdir() for pid in (task / "children").read_text().split()}


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_file_that_hangs_its_parser_is_given_up_and_all_others_are_indexed(hanging: Path, session_data_dir: Path, tmp_path: Path) -> None:
    before = children(os.getpid())
    index = Index(hanging, own_settings(session_data_dir, tmp_path / "data", max_read_s=3))
    index.embedder = cheap_embedder()
    report = index.update()
    assert report.failed == (Problem("endless.pdf", "takes more than MAX_READ_S=3 seconds to read"),)
    assert {a.path for a in index.manifest.articles()} == {"a.txt", "whole.pdf", "z.json"}
    assert children(os.getpid()) == before
    again = index.update()
    assert (again.failed, again.unchanged) == (report.failed, 4)
    index.close()


def test_several_that_hang_at_once_are_each_given_up(hanging: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (hanging / "endless-2.pdf").write_bytes(endless_pdf())
    monkeypatch.setattr(together, "WORTH_IT", 0)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1}, raising=False)
    problems = {path: outcome.problem for path, outcome in read_files(hanging, scan(hanging), Limits(max_read_s=3))}
    given_up = "takes more than MAX_READ_S=3 seconds to read"
    assert problems == {"a.txt": None, "endless-2.pdf": given_up, "endless.pdf": given_up, "whole.pdf": None, "z.json": None}


def test_the_limit_is_that_of_each_article_in_a_file(tmp_path: Path) -> None:
    clock = list[None]()
    write_articles(tmp_path, {"a.jsonl": '{"text": "One."}\n{"text": "Two."}\n{"text": ""}'})
    assert len(read_file(tmp_path, "a.jsonl", each=lambda: clock.append(None)).entries) == 3
    assert len(clock) == 4


def test_ctrl_c_does_not_wait_for_a_file_that_hangs(hanging: Path, settings: Settings) -> None:
    process, worker = reading(hanging, settings, 600)
    process.send_signal(signal.SIGINT)
    errors = process.communicate(timeout=30)[1]
    assert process.returncode == 130, errors
    assert not is_running(worker)


def test_a_process_that_hangs_ends_by_itself_where_nobody_is_left_to_end_it(hanging: Path, settings: Settings) -> None:
    process, worker = reading(hanging, settings, 4)
    process.kill()
    process.communicate()
    for _ in range(150):
        if not is_running(worker):
            return
        time.sleep(0.1)
    raise AssertionError("it still runs")


def reading(corpus: Path, settings: Settings, most_s: int) -> tuple[subprocess.Popen[str], int]:
    """A process that indexes, and the one that hangs in reading for it."""
    command = [sys.executable, "-m", "rag", "index", str(corpus)]
    environment = child_environment(settings) | {"MAX_READ_S": str(most_s)}
    process = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while process.poll() is None:
        for pid in children(process.pid):
            if "pdfium" in Path(f"/proc/{pid}/maps").read_text():
                return process, pid
        time.sleep(0.05)
    raise AssertionError(process.communicate()[1])


NO_PROCESS = """
import sys
from pathlib import Path
sys.addaudithook(lambda event, values: print(event) if event in {"subprocess.Popen", "os.fork", "os.posix_spawn"} else None)
from rag.ingest import Limits, read_files, scan
for path, outcome in read_files(Path(sys.argv[1]), scan(Path(sys.argv[1])), Limits()):
    print(path, outcome.problem)
"""


def test_a_folder_of_short_texts_is_read_without_another_process(tmp_path: Path) -> None:
    corpus = write_articles(tmp_path, {"note.txt": "One.", "picture.jpg": "no article"})
    for folder in (SEEDS, corpus):
        done = subprocess.run([sys.executable, "-c", NO_PROCESS, str(folder)], text=True, capture_output=True)
        assert [line.split()[0] for line in done.stdout.splitlines()] == sorted(os.listdir(folder)), done.stderr


def test_a_process_that_is_stopped_before_it_is_started_never_is(tmp_path: Path) -> None:
    """Ctrl-C right after the start of an index: the process would go on reading a file that hangs."""
    (tmp_path / "z.pdf").write_bytes(endless_pdf())
    worker = Worker(tmp_path, Limits(max_read_s=600))
    worker.stop()
    assert worker.read("z.pdf") == Outcome("", (), STOPPED)
