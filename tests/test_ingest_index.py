"""What was read is kept with the article: shown by the command line, and read again when an older version kept less."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from rag.index import Index
from rag.settings import Settings
from rag.types import Removed
from tests.conftest import Run, write_articles

TEXT = "The harbour of Brill was closed on Tuesday after a ferry ran aground.\n\nForty passengers were taken ashore in small boats."
SAVED = f"Advertisement\n\nHarbour of Brill closed\n\nBy Ana Núñez\n\nPublished: 4 March 2019\n\n{TEXT}\n\nSubscribe to our newsletter."


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return write_articles(tmp_path / "corpus", {"harbour.txt": SAVED, "bridge.md": "The bridge is open."})


def test_show_prints_what_was_removed_and_why(run: Run, saved: Path) -> None:
    command = ("rag", "show", "harbour", "--corpus", str(saved))
    assert run(*command, "--removed").stdout == (
        "an advertisement's label: Advertisement\na byline: By Ana Núñez\na time stamp: Published: 4 March 2019\n"
        "an invitation to subscribe, follow or log in: Subscribe to our newsletter.\n"
    )
    assert run("rag", "show", "bridge", "--corpus", str(saved), "--removed").stdout == "Nothing was removed.\n"
    plain = json.loads(run(*command, "--json").stdout)
    assert plain == {
        "id": "harbour",
        "title": "Harbour of Brill closed",
        "text": f"Harbour of Brill closed\n\n{TEXT}",
        "path": "harbour.txt",
        "outlet": None,
        "published": "2019-03-04",
        "dateline": None,
        "source": None,
        "author": "Ana Núñez",
        "language": None,
        "alias_of": None,
        "aliases": [],
    }
    whole = json.loads(run(*command, "--json", "--removed").stdout)
    assert whole.pop("removed")[0] == {"text": "Advertisement", "reason": "an advertisement's label"} and whole == plain
    assert run(*command).stdout.startswith("[harbour] Harbour of Brill closed\nAna Núñez · 2019-03-04\n\nHarbour of Brill closed\n")


def test_an_index_of_an_older_version_is_built_again(saved: Path, settings: Settings) -> None:
    index = Index(saved, settings)
    index.update()
    before = index.manifest.articles()
    path = index.folder / "manifest.sqlite"
    index.close()
    with sqlite3.connect(path) as old:
        for column in ("author", "language", "removed"):
            old.execute(f"alter table articles drop column {column}")
        for column in ("container", "article_id", "named", "article"):
            old.execute(f"alter table files drop column {column}")
        old.execute("update meta set value = '2' where key = 'schema'")
    old.close()
    messages: list[str] = []
    opened = Index(saved, settings, messages.append)
    assert opened.update().articles == 2
    assert opened.manifest.articles() == before
    assert before[1].removed[0] == Removed("Advertisement", "an advertisement's label")
    assert [m.partition(":")[0] for m in messages] == ["The index was made by another version of the weights or of Footnote"]
    opened.close()


def test_a_file_that_nothing_reads_does_not_have_the_index_written_again(saved: Path, settings: Settings) -> None:
    write_articles(saved, {"picture.jpg": b"\xff\xd8"})
    index = Index(saved, settings)
    index.update()
    written = (index.folder / "manifest.sqlite-wal").stat().st_mtime_ns
    assert index.update().failed[0].file == "picture.jpg"
    assert (index.folder / "manifest.sqlite-wal").stat().st_mtime_ns == written
    index.close()
