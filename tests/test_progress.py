"""What is said while files are read and passages embedded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.kills import cheap_embedder
from rag.index import Index
from rag.progress import Pace, lines, paced
from rag.settings import Settings


def clock(*times: float) -> Iterator[float]:
    yield from times


def test_the_pace_and_the_time_left_are_told() -> None:
    pace = Pace(clock(0, 4, 4, 100, 110, 100_000).__next__)
    assert pace.describe("reading", 0, 1200) == "Reading: 0 of 1,200 files"
    assert pace.describe("reading", 400, 1200) == "Reading: 400 of 1,200 files, 100 a second, 8 s left"
    assert pace.describe("embedding", 0, 2000) == "Embedding: 0 of 2,000 passages"
    assert pace.describe("embedding", 20, 2000) == "Embedding: 20 of 2,000 passages, 0.2 a second, 2 h 38 min left"


def test_without_a_terminal_a_line_is_said_now_and_then_and_nothing_of_what_is_quick() -> None:
    said: list[str] = []
    times = clock(0, 1, 6, 6, 7, 12, 12, 13, 13.5)
    tick = lines(said.append, clock=times.__next__)
    for done in (0, 10, 60, 70, 120):
        tick("reading", done, 200)
    tick("embedding", 0, 50)
    tick("embedding", 50, 50)
    assert said == ["Reading: 60 of 200 files, 10 a second, 14 s left", "Reading: 120 of 200 files, 10 a second, 8 s left"]


def test_an_update_tells_files_read_and_passages_embedded(corpus: Path, settings: Settings) -> None:
    told: list[tuple[str, int, int]] = []
    index = Index(corpus, settings)
    index.embedder = cheap_embedder()
    index.update(lambda *told_now: told.append(told_now))
    assert told == [("reading", 0, 3), ("reading", 1, 3), ("reading", 2, 3), ("reading", 3, 3), ("embedding", 0, 3), ("embedding", 3, 3)]
    told.clear()
    index.update(lambda *told_now: told.append(told_now))
    assert told == []
    index.close()


def test_ctrl_c_while_files_are_read_leaves_the_index_as_it_was(corpus: Path, settings: Settings) -> None:
    index = Index(corpus, settings)
    index.embedder = cheap_embedder()
    index.update()
    before = index.manifest.articles()
    (corpus / "mill.md").write_text("The mill burned down.")

    def interrupt(doing: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    try:
        index.update(interrupt)
    except KeyboardInterrupt:
        pass
    assert (index.manifest.articles(), index.manifest.meta()["state"]) == (before, "ready")
    assert index.update().added == 1
    index.close()


def test_what_a_model_is_busy_with_is_said_at_once_and_then_now_and_then() -> None:
    said: list[str] = []
    seconds = iter([0.0, 1.0, 4.0, 5.0, 6.0, 11.0, 12.0])
    show = paced(said.append, 5.0, lambda: next(seconds))
    for message in ("loading …", "loading … 1 s", "loading … 4 s", "loading … 5 s", "writing …", "writing …", "writing …"):
        show(message)
    assert said == ["loading …", "loading … 5 s", "writing …"]
