"""The manifest is the truth: whatever happens to the folder, the disk and the processes, the index becomes what a fresh build is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from eval import kills
from eval.kills import cheap_embedder, compare, contents
from rag import Assistant
from rag.embed import Embedder
from rag.errors import IndexUnavailable
from rag.index import Index
from rag.settings import Settings
from rag.watch import changes
from tests.conftest import Run, child_environment, own_settings, write_articles


@pytest.fixture
def index(corpus: Path, settings: Settings) -> Iterator[Index]:
    made = Index(corpus, settings)
    made.embedder = cheap_embedder()
    made.update()
    yield made
    made.close()


def fresh(corpus: Path, folder: Path) -> dict[str, object]:
    made = Index(corpus, own_settings(folder, folder))
    made.embedder = cheap_embedder()
    made.update()
    found = contents(made)
    made.close()
    return found


def added(corpus: Path) -> None:
    write_articles(corpus, {"mill.md": "The mill burned down."})


def edited(corpus: Path) -> None:
    write_articles(corpus, {"school.txt": "The school in Tann was sold."})


def about_edited(corpus: Path) -> None:
    text = (corpus / "bridge.md").read_text()
    (corpus / "bridge.md").write_text(text.replace("The Courier", "Daily Post").replace("2019-03-04", "2020-01-31"))


def renamed(corpus: Path) -> None:
    (corpus / "harbour.md").rename(corpus / "port.md")


def deleted(corpus: Path) -> None:
    (corpus / "harbour.md").unlink()


def swapped(corpus: Path) -> None:
    (corpus / "harbour.md").rename(corpus / "x")
    (corpus / "bridge.md").rename(corpus / "harbour.md")
    (corpus / "x").rename(corpus / "bridge.md")


def copied(corpus: Path) -> None:
    shutil.copy(corpus / "bridge.md", corpus / "a-bridge.md")


def with_an_old_time(corpus: Path) -> None:
    """Other words of the same length with the time of before, as a restored file has it."""
    path, before = corpus / "school.txt", (corpus / "school.txt").stat()
    path.write_text(path.read_text().replace("320", "999"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def everything(corpus: Path) -> None:
    for change in (added, edited, about_edited, renamed, copied):
        change(corpus)


CHANGES = [added, edited, about_edited, renamed, deleted, swapped, copied, with_an_old_time, everything]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_after_a_change_the_index_is_a_fresh_build_s(index: Index, change: Callable[[Path], None], tmp_path: Path) -> None:
    change(index.corpus)
    index.update()
    assert compare(contents(index), fresh(index.corpus, tmp_path / "fresh")) == []


def test_what_is_deleted_and_restored_is_as_it_was(index: Index) -> None:
    before, text = contents(index), (index.corpus / "harbour.md").read_text()
    deleted(index.corpus)
    index.update()
    assert compare(contents(index), before) != []
    (index.corpus / "harbour.md").write_text(text)
    index.update()
    assert compare(contents(index), before) == []


def test_random_changes_and_kills_end_in_the_index_of_a_fresh_build() -> None:
    program = "from eval.kills import run; found = run(4, seed=7); print(found['sequences with differences'], found['killed'] > 0)"
    done = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True, timeout=200)
    assert (done.stdout, done.returncode) == ("0 True\n", 0), done.stderr


def test_with_the_real_weights_the_same_and_vectors_that_differ_by_their_batch_only(
    tmp_path: Path, settings: Settings, embedder: Embedder, session_data_dir: Path
) -> None:
    import random

    folder = kills.Folder(tmp_path / "corpus", random.Random(3))
    found = []
    for where, changes_ in ((settings, 12), (own_settings(session_data_dir, tmp_path / "fresh"), 0)):
        index = Index(folder.path, where)
        index.embedder = embedder
        for _ in range(changes_):
            folder.change()
            index.update()
        index.update()
        found.append(contents(index))
        index.close()
    one, other = found
    vectors = one.pop("vectors"), other.pop("vectors")
    assert all((np.array(vectors[0][i]) * np.array(vectors[1][i])).sum(axis=1).min() > 0.97 for i in vectors[1])
    for both in found:
        both.pop("Chroma's vectors")
    assert compare(one, other) == []


# Two processes at once


def test_a_second_process_says_that_it_waits(index: Index, run: Run) -> None:
    from filelock import FileLock

    lock = FileLock(index.folder / "lock", thread_local=False)
    lock.acquire()
    threading.Timer(6, lock.release).start()
    done = run("rag", "index", str(index.corpus))
    assert done.returncode == 0
    assert "Another process is indexing this corpus; waiting for it …\n" in done.stderr


def test_an_open_assistant_answers_from_what_another_process_has_indexed(corpus: Path, settings: Settings, run: Run) -> None:
    opened = Assistant.open(corpus, settings)
    assert not opened.ask("Who burned down the mill of Orle?").answered
    write_articles(corpus, {"mill.md": "The mill of Orle was burned down by two boys on Monday."})
    (corpus / "school.txt").unlink()
    assert run("rag", "index", str(corpus)).returncode == 0
    assert [c.article_id for s in opened.ask("Who burned down the mill of Orle?").statements for c in s.citations][:1] == ["mill"]
    assert {a.id for a in opened.articles()} == {"bridge", "harbour", "mill"}
    assert "school" not in {e.passage.article_id for e in opened.retrieve("How many pupils has the school in Tann?")}
    write_articles(corpus, {"market.md": "The market of Sella will open on Friday."})
    assert opened.refresh().added == 1  # over what the other has written
    assert {i.partition("#")[0] for i in opened.index.caches.vectors.abouts()} == {"bridge", "harbour", "mill", "market"}
    opened.close()


def test_questions_are_answered_from_one_state_while_the_index_follows_the_folder(corpus: Path, settings: Settings) -> None:
    opened = Assistant.open(corpus, settings)
    stop, problems = threading.Event(), list[str]()

    def ask() -> None:
        while not stop.is_set():
            for statement in opened.ask("Why was the harbour of Brill closed?").statements:
                for c in statement.citations:
                    if c.quotation != statement.text:
                        problems.append(f"{c} is not {statement.text}")

    asking = threading.Thread(target=ask)
    asking.start()
    for n in range(8):
        (corpus / "harbour.md").write_text(
            f"{'Week after week. ' * n}The harbour of Brill was closed in week {n} after a ferry ran aground."
        )
        opened.refresh()
    stop.set()
    asking.join()
    assert problems == []
    opened.close()


# What cannot be read or written

FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from pathlib import Path
from eval.kills import cheap_embedder
from rag.errors import FootnoteError
from rag.index import Index
from rag.settings import load_settings
index = Index(Path(sys.argv[1]), load_settings())
index.embedder = cheap_embedder()
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    index.update()
except FootnoteError as error:
    print(error)
    sys.exit(error.exit_code)
"""


@pytest.mark.parametrize("room", [0, 4_096, 40_000, 100_000])
def test_a_disk_without_room_is_one_clear_line_and_loses_nothing(index: Index, tmp_path: Path, room: int) -> None:
    before = contents(index)
    index.close()
    write_articles(index.corpus, {f"{n:03}.md": f"The mill number {n} burned down. " * 60 for n in range(60)})
    command = [sys.executable, "-c", FULL, str(index.corpus), str(room)]
    done = subprocess.run(command, text=True, capture_output=True, env=child_environment(index.settings))
    assert (done.returncode, len(done.stdout.splitlines())) == (1, 1), done.stderr
    assert "Is the disk full or read-only?" in done.stdout and "Traceback" not in done.stderr
    opened = Index(index.corpus, index.settings)
    opened.embedder = cheap_embedder()
    assert before["articles"] == [repr(a) for a in opened.manifest.articles()]
    opened.update()
    assert compare(contents(opened), fresh(index.corpus, tmp_path / "fresh")) == []
    opened.close()


def test_a_full_file_system_is_one_clear_line_and_with_room_again_the_index_goes_on(tmp_path: Path, session_data_dir: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(small)], capture_output=True).returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        corpus = write_articles(tmp_path / "corpus", {f"{n:03}.md": kills.Folder.__name__ + f" {n}. " * 600 for n in range(200)})
        index = Index(corpus, own_settings(session_data_dir, small / "data"))
        index.embedder = cheap_embedder()
        with pytest.raises(IndexUnavailable, match="Is the disk full or read-only"):
            index.update()
        for path in list(corpus.iterdir())[5:]:
            path.unlink()
        index.close()
        shutil.rmtree(index.folder)  # as the message says
        index = Index(corpus, index.settings)
        index.embedder = cheap_embedder()
        assert index.update().articles == 5
        index.close()
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_a_file_that_vanishes_while_it_is_read_takes_nothing_else_along(index: Index) -> None:
    write_articles(index.corpus, {"mill.md": "The mill burned down.", "market.md": "The market of Sella will open on Friday."})

    def vanish(doing: str, done: int, total: int) -> None:
        (index.corpus / "mill.md").unlink(missing_ok=True)

    report = index.update(vanish)
    assert [(p.file, p.reason) for p in report.failed] == [("mill.md", "cannot be read: No such file or directory")]
    assert {a.id for a in index.manifest.articles()} == {"bridge", "harbour", "market", "school"}
    assert index.update().failed == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named_and_is_back_when_it_may(index: Index) -> None:
    (index.corpus / "school.txt").write_text("The school in Tann was sold.")
    (index.corpus / "school.txt").chmod(0)
    assert [(p.file, p.reason) for p in index.update().failed] == [("school.txt", "cannot be read: Permission denied")]
    (index.corpus / "school.txt").chmod(0o644)
    assert index.update().failed == ()
    assert index.article("school").text == "The school in Tann was sold."


# Following by itself


def test_a_burst_of_changes_is_one(tmp_path: Path) -> None:
    stop = threading.Event()
    following = changes(tmp_path, stop)
    next(following)
    write_articles(tmp_path, {f"{n}.md": "x" for n in range(30)})
    next(following)
    threading.Timer(3, stop.set).start()
    assert list(following) == []


def test_index_watch_follows_the_folder_until_ctrl_c(corpus: Path, settings: Settings) -> None:
    command = [sys.executable, "-m", "rag", "index", str(corpus), "--watch"]
    environment = child_environment(settings)
    process = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout and process.stderr
    assert process.stdout.readline().startswith("3 added, 0 changed, 0 removed")
    while process.stderr.readline() != "Watching for changes; Ctrl-C ends it.\n":
        pass
    write_articles(corpus, {"mill.md": "The mill burned down."})
    assert process.stdout.readline().startswith("1 added, 0 changed, 0 removed, 3 unchanged")
    for path in corpus.iterdir():
        path.unlink()
    assert process.stderr.readline().startswith("Error: The corpus folder ")
    write_articles(corpus, {"mill.md": "The mill burned down."})
    assert process.stdout.readline().startswith("0 added, 0 changed, 3 removed, 1 unchanged")
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out, errors) == (0, "", "")
