"""What is too large, too deep or hostile is listed with its limit, and harms nothing; whose id is whose does not depend on the others."""

from __future__ import annotations

import os
import random
import socket
import stat
import zipfile
from pathlib import Path

import pytest

from rag.errors import CorpusError, SettingError
from rag.index import Index
from rag.ingest import Limits, Stat, Unreadable, read, read_bytes, scan
from rag.ingest.walk import TWICE
from rag.plan import Problem
from rag.settings import Settings, read_settings
from tests.conftest import own_settings, write_articles
from tests.made_files import zipped


def told(data: bytes, limits: Limits | None = None) -> dict[str, str | None]:
    """What becomes of the members of an archive."""
    return {e.path.removeprefix("a.zip/"): e.article.text if e.article else e.problem for e in read("a.zip", data, limits or Limits())}


def refusal(path: str, data: bytes, limits: Limits) -> str:
    with pytest.raises(Unreadable) as raised:
        read(path, data, limits)
    return str(raised.value)


# Files


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(3_000_000_000)  # takes no room
    with pytest.raises(Unreadable) as raised:
        read_bytes(tmp_path, "a.txt", Limits(max_file_mb=50))
    assert str(raised.value) == "has 3,000 MB, more than MAX_FILE_MB=50"


def test_one_monstrous_line_is_refused_at_once() -> None:
    text = b"word " * 8_000_000
    assert refusal("a.txt", text, Limits()) == "has a line of 39,999,999 characters, more than MAX_LINE_CHARS=200000; is it an article?"


def test_more_files_than_may_be_are_refused_before_all_are_looked_at(tmp_path: Path) -> None:
    write_articles(tmp_path, {f"{n}.txt": "x" for n in range(12)})
    with pytest.raises(CorpusError) as raised:
        scan(tmp_path, Limits(max_files=10))
    assert str(raised.value) == f"The corpus folder {str(tmp_path)!r} has more than 10 files. Name a smaller one, or set MAX_FILES."


def test_links_that_go_round_end_and_are_listed(tmp_path: Path) -> None:
    corpus = write_articles(tmp_path / "corpus", {"a/one.txt": "1", "b/two.txt": "2"})
    outside = write_articles(tmp_path / "outside", {"three.txt": "3"})
    (corpus / "a" / "up").symlink_to(corpus)
    (corpus / "b" / "again").symlink_to(corpus / "a")
    (corpus / "there").symlink_to(outside)
    (outside / "back").symlink_to(tmp_path)
    (corpus / "self.txt").symlink_to(corpus / "self.txt")
    found = scan(corpus)
    assert {path: stat.problem for path, stat in found.items()} == {
        "a/one.txt": None,
        "a/up": TWICE,
        "b/again": TWICE,
        "b/two.txt": None,
        "self.txt": None,
        "there/back/corpus": TWICE,
        "there/back/outside": TWICE,
        "there/three.txt": None,
    }
    with pytest.raises(Unreadable, match="^cannot be read: Too many levels of symbolic links$"):
        read_bytes(corpus, "self.txt")


def test_a_pipe_or_a_socket_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.txt"))
        found = scan(tmp_path)
    why = "is not a file but a device, a pipe or a socket"
    assert found == {"pipe.txt": Stat(-1, -1, why), "s.txt": Stat(-1, -1, why)}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_listed(tmp_path: Path) -> None:
    write_articles(tmp_path, {"shut/a.txt": "1", "b.txt": "2"})
    (tmp_path / "shut").chmod(0)
    found = scan(tmp_path)
    (tmp_path / "shut").chmod(0o700)
    assert found["shut"] == Stat(-1, -1, "is a folder that cannot be read: Permission denied")


def test_the_parts_of_a_saved_page_are_listed_once_and_not_read(tmp_path: Path) -> None:
    write_articles(tmp_path, {"p.html": "x", "p_files/a.css": "x", "p_files/frame.html": "x", "other_files/b.txt": "x"})
    assert {path: stat.problem for path, stat in scan(tmp_path).items()} == {
        "other_files/b.txt": None,
        "p.html": None,
        "p_files": "holds the parts of the saved page p.html",
    }


def test_a_name_that_is_no_text_is_listed(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/caf\xe9.txt", "wb") as file:
        file.write(b"One.")
    assert scan(tmp_path) == {"caf\ufffd.txt": Stat(-1, -1, "has a name that is not UTF-8; give it another")}


# Archives


def test_an_archive_s_members_are_articles_of_their_own() -> None:
    inner = zipped({"c.txt": "Three.", "__MACOSX/c.txt": "x", ".hidden": "x"})
    data = zipped(
        {"a.md": "---\nid: A\n---\nOne.", "b/b.txt": "Two.", "b/in.zip": inner, "r.jsonl": '{"id": "k", "text": "Four."}', "p.png": "x"}
    )
    assert told(data) == {
        "a.md": "One.",
        "b/b.txt": "Two.",
        "b/in.zip/c.txt": "Three.",
        "p.png": ".png files cannot be read; save it as .txt or .md",
        "r.jsonl/k": "Four.",
    }


@pytest.mark.parametrize("name", ["../out.txt", "/etc/out.txt", "a/../../out.txt", "..\\out.txt", "C:\\out.txt"])
def test_a_path_that_leads_out_of_its_archive_is_not_followed(name: str, tmp_path: Path) -> None:
    assert told(zipped({name: "x", "a.txt": "In."})) == {name: "has a path that leads out of its archive", "a.txt": "In."}


def test_a_link_in_an_archive_is_not_followed() -> None:
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    import io

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert told(made.getvalue()) == {"link.txt": "is a link"}


def test_a_member_that_unpacks_to_a_thousand_times_its_size_is_not_unpacked() -> None:
    data = zipped({"bomb.txt": b"0" * 5_000_000, "a.txt": "In."})
    assert told(data) == {"a.txt": "In.", "bomb.txt": "unpacks to 1,025 times its size, more than MAX_ARCHIVE_RATIO=200"}


def test_a_document_that_is_a_bomb_is_not_unpacked() -> None:
    data = zipped({"word/document.xml": b"0" * 5_000_000})
    assert refusal("a.docx", data, Limits()) == "unpacks to 1,025 times its size, more than MAX_ARCHIVE_RATIO=200"


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(max_archive_files=9), "holds 10 files, more than MAX_ARCHIVE_FILES=9"),
        (Limits(max_archive_mb=1), "unpacks to 4 MB, more than MAX_ARCHIVE_MB=1"),
    ],
)
def test_an_archive_of_too_much_is_refused_unopened(limits: Limits, reason: str) -> None:
    data = zipped({f"{n}.txt": random.Random(n).randbytes(400_000) for n in range(10)})
    assert refusal("a.zip", data, limits) == reason


def test_archives_in_archives_share_one_limit_and_end_at_a_depth() -> None:
    inner = zipped({f"{n}.txt": random.Random(n).randbytes(300_000) for n in range(2)})
    nest = zipped({f"{n}.zip": inner for n in range(3)})
    assert refusal("a.zip", nest, Limits(max_archive_mb=2)) == "unpacks to more than MAX_ARCHIVE_MB=2 in all"
    deep = zipped({"a.txt": "x"})
    for _ in range(4):
        deep = zipped({"n.zip": deep})
    assert told(deep) == {"n.zip/n.zip/n.zip/n.zip": "is 4 files deep in others, more than MAX_ARCHIVE_DEPTH=3"}


def test_damage_and_passwords_in_an_archive_are_listed_by_member() -> None:
    data = bytearray(zipped({"a.txt": "One. " * 50, "b.txt": "Two."}, zipfile.ZIP_STORED))
    data[40] ^= 1
    assert told(bytes(data)) == {"a.txt": "cannot be unpacked (Bad CRC-32 for file 'a.txt')", "b.txt": "Two."}
    locked = bytearray(zipped({"a.txt": "One."}, zipfile.ZIP_STORED))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert told(bytes(locked)) == {"a.txt": "is protected by a password"}


def test_members_of_one_name_are_told_apart() -> None:
    import io
    import warnings

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("a.txt", "One.")
        archive.writestr("a.txt", "Two.")
    assert told(made.getvalue()) == {"a.txt": "One.", "a~2.txt": "Two."}


# Ids


def ids(corpus: Path, settings: Settings) -> dict[str, str]:
    """Path → id, of an index made anew."""
    index = Index(corpus, settings)
    index.update()
    found = {article.path: article.id for article in index.manifest.articles()}
    index.close()
    return found


FILES = {
    "a/story.txt": "The first story is about a bridge.",
    "b/story.txt": "The second story is about a ferry.",
    "b/story.html": "<html><body><article><p>The page tells of a school, in words enough to be found there.</p></article></body></html>",
    "news.jsonl": '{"id": "n1", "text": "One of a mill."}\n{"url": "http://x.example/2", "text": "One of a mine."}\n{"text": "A third."}',
    "old.zip": zipped({"story.txt": "The third story is about a train.", "r.json": '[{"id": "n2", "text": "In an archive."}]'}),
}


def test_every_article_has_an_id_that_others_do_not_change(tmp_path: Path, session_data_dir: Path) -> None:
    corpus = write_articles(tmp_path / "corpus", FILES)
    before = ids(corpus, own_settings(session_data_dir, tmp_path / "one"))
    assert {path: i for path, i in before.items() if "jsonl" not in path} == {
        "a/story.txt": "a/story",
        "b/story.txt": "b/story",
        "b/story.html": "b/story.html",
        "old.zip/story.txt": "old.zip/story",
        "old.zip/r.json/n2": "n2",
    }
    assert [i for path, i in before.items() if "jsonl" in path and "n1" in path] == ["n1"]
    lines = FILES["news.jsonl"].split("\n")
    write_articles(
        corpus, {"0.txt": "An unrelated file.", "c/story.txt": "Another one.", "news.jsonl": "\n".join(['{"text": "New."}', *lines[::-1]])}
    )
    after = ids(corpus, own_settings(session_data_dir, tmp_path / "two"))
    assert {path: i for path, i in after.items() if path in before} == before and len(after) == len(before) + 3


def test_records_of_two_files_with_one_id_are_told_apart_by_their_file(tmp_path: Path, settings: Settings) -> None:
    corpus = write_articles(tmp_path / "corpus", {"may.jsonl": '{"id": 1, "text": "One."}', "june.jsonl": '{"id": 1, "text": "Two."}'})
    assert ids(corpus, settings) == {"may.jsonl/1": "may/1", "june.jsonl/1": "june/1"}


def test_a_changed_record_changes_only_itself_and_a_bad_one_is_listed(tmp_path: Path, settings: Settings) -> None:
    corpus = write_articles(tmp_path / "corpus", {"r.jsonl": '{"id": "a", "text": "One."}\n{"id": "b", "text": "Two."}'})
    index = Index(corpus, settings)
    assert (index.update().articles, index.update().unchanged) == (2, 1)
    before = set(index.manifest.passage_ids())
    write_articles(corpus, {"r.jsonl": '{"id": "a", "text": "One."}\n{"id": "b", "text": "Three."}\nnot json'})
    report = index.update()
    assert (report.changed, report.added, report.removed, report.articles) == (1, 0, 0, 2)
    assert report.failed == (Problem("r.jsonl/line 3", "is not JSON (Expecting value)"),)
    assert {i.partition("#")[0] for i in before & set(index.manifest.passage_ids())} == {"a"}
    (corpus / "r.jsonl").unlink()
    write_articles(corpus, {"c.txt": "Four."})
    assert (index.update().removed, [a.id for a in index.manifest.articles()]) == (1, ["c"])
    index.close()


def test_a_changed_setting_of_reading_has_every_file_read_again(tmp_path: Path, session_data_dir: Path) -> None:
    corpus = write_articles(tmp_path / "corpus", {"r.json": '[{"id": 1, "text": "One.", "story": "Two."}]'})
    for fields, text in (("", "One."), ("text=story", "Two."), ("text=story", "Two.")):
        index = Index(corpus, own_settings(session_data_dir, tmp_path / "data", record_fields=fields))
        index.update()
        assert [a.text for a in index.manifest.articles()] == [text]
        index.close()


def test_a_setting_that_names_no_field_of_ours_is_refused() -> None:
    with pytest.raises(SettingError, match="^RECORD_FIELDS='story=text' cannot be used"):
        read_settings(record_fields="story=text")


def test_an_unchanged_folder_is_not_read_at_all(tmp_path: Path, settings: Settings) -> None:
    corpus = write_articles(tmp_path / "corpus", {**FILES, "x.jpg": b"\xff", "bad.pdf": b"%PDF"})
    index = Index(corpus, settings)
    first = index.update()
    told: list[tuple[str, int, int]] = []
    second = index.update(lambda *now: told.append(now))
    assert told == []
    assert (second.failed, second.articles, second.unchanged) == (first.failed, first.articles, 7)
    index.close()
