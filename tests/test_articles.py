"""Files → articles: what is read, what is refused with a reason, and what a file may claim about itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import CorpusError
from rag.index import Index
from rag.ingest import Limits, Stat, Unreadable, content_digest, id_from_path, parse, read_bytes, read_files, scan
from rag.ingest.reader import READERS
from rag.plan import Problem
from rag.settings import Settings
from rag.types import Article
from tests.conftest import write_articles

FULL = """---
id: "007"
title: The  bridge
outlet: The Courier
published: 2019-03-04
dateline: Brill, 3 March
source: courier.txt
---

The bridge will not open.

It has sunk.
"""


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(Unreadable) as raised:
        parse(name, data)
    return str(raised.value)


def text_of(data: bytes) -> str:
    return parse("a.md", data)[1].text


def test_front_matter_names_the_article_and_is_no_part_of_its_text() -> None:
    assert parse("x/bridge.md", FULL.encode()) == (
        "007",
        Article(
            id="007",
            title="The bridge",
            text="The bridge will not open.\n\nIt has sunk.",
            path="x/bridge.md",
            outlet="The Courier",
            published="2019-03-04",
            dateline="Brill, 3 March",
            source="courier.txt",
        ),
    )


def test_without_front_matter_the_path_is_the_id_and_the_first_line_the_title() -> None:
    article = Article(id="x/bridge", title="The bridge", text="# The bridge\n\nIt has sunk.", path="x/bridge.md")
    assert parse("x/bridge.md", b"# The bridge\n\nIt has sunk.\n") == (None, article)


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("One line alone.", "bridge"),
        ("A sentence is no title.\nMore.", "bridge"),
        ("T" * 161 + "\nMore.", "bridge"),
        ("Title\nMore.", "Title"),
        ("---\nTitle\n---\nMore.", "Title"),
    ],
)
def test_a_title_is_taken_only_from_a_line_that_looks_like_one(body: str, title: str) -> None:
    assert parse("bridge.txt", body.encode())[1].title == title


@pytest.mark.parametrize(
    ("claimed", "article_id"),
    [
        ('"000"', "000"),
        ("12", "12"),
        ('"a [b], (c)"', "a-b-c"),
        ('"  "', "bridge"),
        ('"[]"', "article"),
        ('"Ölpreis"', "Ölpreis"),
    ],
)
def test_an_id_has_no_brackets_and_no_white_space(claimed: str, article_id: str) -> None:
    assert parse("bridge.md", f"---\nid: {claimed}\n---\nText.".encode())[1].id == article_id


@pytest.mark.parametrize(("path", "article_id"), [("a.md", "a"), ("b/c d.txt", "b/c-d"), ("v1.2.md", "v1.2"), ("x [1].md", "x-1")])
def test_the_id_of_a_path_is_the_path_without_its_ending(path: str, article_id: str) -> None:
    assert id_from_path(path) == article_id


@pytest.mark.parametrize(
    ("published", "date"),
    [("2019-03-04", "2019-03-04"), ('"2019-03-04T10:00:00Z"', "2019-03-04"), ("last week", None), ("", None)],
)
def test_a_date_is_an_iso_date_or_none(published: str, date: str | None) -> None:
    assert parse("a.md", f"---\npublished: {published}\n---\nText.".encode())[1].published == date


@pytest.mark.parametrize(
    "data",
    [
        "Čedok – 5 €.".encode(),
        b"\xef\xbb\xbf" + "Čedok – 5 €.".encode(),
        "Čedok – 5 €.".encode("utf-16"),
        b"\xfe\xff" + "Čedok – 5 €.".encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8 with a mark", "utf-16 little end first", "utf-16 big end first"],
)
def test_unicode_is_read_whatever_its_encoding(data: bytes) -> None:
    assert text_of(data) == "Čedok – 5 €."


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("latin-1", "Le café de la gare a été fermé après les élections. Les élèves étaient déçus."),
        ("cp1252", "The café was “closed” on Tuesday, said Ana Núñez, who paid £5 – a lot."),
        ("cp1250", "Zażółć gęślą jaźń. Port został zamknięty we wtorek po tym, jak prom osiadł na mieliźnie."),
        ("cp1251", "Порт был закрыт во вторник после того, как паром сел на мель. Пассажиры были доставлены на берег."),
    ],
)
def test_text_that_is_not_unicode_is_decoded(encoding: str, words: str) -> None:
    assert text_of(words.encode(encoding)) == words


def test_a_byte_order_mark_does_not_hide_the_front_matter() -> None:
    assert parse("a.md", b"\xef\xbb\xbf" + FULL.encode())[0] == "007"


def test_every_kind_of_line_end_is_one_line_feed() -> None:
    assert text_of("One.\r\nTwo.\rThree.\u2028Four.\fFive.".encode()) == "One.\nTwo.\nThree.\nFour.\nFive."


def test_control_characters_are_taken_out_and_tabs_kept() -> None:
    assert text_of(b"One\x07 of\ta\x1b[31m long enough line of text, so that two of them are few.") == (
        "One of\ta[31m long enough line of text, so that two of them are few."
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \n\t\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"---\nid: 1\n---\n\n", "has front matter but no text"),
        (b"---\ntitle: [a\n---\nText.", "its front matter (between the --- lines) is not YAML"),
        (b"\x7fELF\x02\x01\x01" + bytes(64), "is not text"),
        (bytes(range(1, 32)) * 20, "is not text"),
    ],
)
def test_what_cannot_be_an_article_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    assert refusal("a.md", data) == reason


@pytest.mark.parametrize(
    "data",
    [
        b"---\nThe bridge was closed on Tuesday.\n---\nEngineers said why.",
        b"---\n- The bridge was closed.\n- The ferry runs.\n---\nEngineers said why.",
        b"---\n# The bridge\n---\nEngineers said why.",
        b"---\nThe bridge was closed on Tuesday: it has sunk.",
        b"{\nThe bridge was closed.\n}\nEngineers said why.",
        b"The bridge was closed.\n\n---\n\nEngineers said why.\n\n---\n\nMore.",
    ],
)
def test_what_stands_between_rules_and_names_nothing_is_text(data: bytes) -> None:
    claimed, article = parse("a.md", data)
    assert (claimed, article.id, article.text) == (None, "a", data.decode())


def test_front_matter_that_is_empty_is_no_part_of_the_text() -> None:
    assert text_of(b"---\n\n---\nEngineers said why.") == "Engineers said why."


def test_files_that_hold_no_text_are_refused_by_their_name(tmp_path: Path) -> None:
    write_articles(tmp_path, {"a.jpg": b"\xff\xd8"})
    with pytest.raises(Unreadable) as raised:
        read_bytes(tmp_path, "a.jpg")
    assert str(raised.value) == ".jpg files cannot be read; save it as .txt or .md"


def test_a_reader_that_fails_in_an_unforeseen_way_costs_its_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(READERS, ".eml", "ids.safe_id")  # it takes no bytes
    write_articles(tmp_path, {"a.eml": "", "b.md": "The mill burned down."})
    outcomes = dict(read_files(tmp_path, scan(tmp_path), Limits(max_read_s=0)))
    assert (outcomes["a.eml"].problem, outcomes["b.md"].problem) == ("cannot be read (TypeError)", None)


def test_what_the_system_does_not_give_is_refused_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere")
    with pytest.raises(Unreadable) as raised:
        read_bytes(tmp_path, "gone.md")
    assert str(raised.value) == "cannot be read: No such file or directory"
    assert scan(tmp_path) == {"gone.md": Stat(-1, -1)}


def test_a_scan_lists_files_in_order_and_leaves_hidden_ones_out(tmp_path: Path) -> None:
    files = {"b.md": "1", "a/c.txt": "22", ".hidden.md": "x", ".git/config.md": "x", "a/.DS_Store": "x"}
    found = scan(write_articles(tmp_path, files))
    assert [(path, stat.size) for path, stat in found.items()] == [("a/c.txt", 2), ("b.md", 1)]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: None, "The corpus folder {p!r} does not exist. Name a folder of articles, such as: seeds"),
        (
            lambda p: p.write_text("x"),
            "The corpus folder {p!r} is a file, not a folder. Name a folder of articles, such as: seeds",
        ),
        (lambda p: p.mkdir(), "The corpus folder {p!r} is empty. Put .txt or .md articles into it."),
    ],
)
def test_a_corpus_that_is_no_folder_of_articles_is_named(tmp_path: Path, make, message: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "corpus"
    make(path)
    with pytest.raises(CorpusError) as raised:
        scan(path)
    assert str(raised.value) == message.format(p=str(path))


def test_the_digest_of_contents_does_not_see_white_space() -> None:
    one, other, third = (parse("a.md", data)[1] for data in (b"One  two.\n\nThree.", b"One two. Three.", b"One two, three."))
    assert content_digest(one) == content_digest(other) != content_digest(third)


def test_bad_files_are_listed_and_the_others_indexed(tmp_path: Path, settings: Settings) -> None:
    corpus = write_articles(
        tmp_path / "corpus",
        {
            "a.md": '---\nid: "1"\n---\nThe harbour was closed.',
            "b.md": '---\nid: "1"\n---\nThe bridge was closed.',
            "c.md": "The  harbour was\nclosed.",
            "d.md": b"",
            "e.md": b"\0\1\2",
            "f.jpg": b"\xff\xd8\xff",
            "g.txt": "The road was closed.",
            "g.md": "The school was closed.",
        },
    )
    (corpus / "h.md").symlink_to(corpus / "nowhere")
    index = Index(corpus, settings)
    report = index.update()
    assert report.failed == (
        Problem("b.md", "has the id '1', which a.md already has; give it another `id`"),
        Problem("d.md", "is empty"),
        Problem("e.md", "is not text"),
        Problem("f.jpg", ".jpg files cannot be read; save it as .txt or .md"),
        Problem("h.md", "cannot be read: No such file or directory"),
    )
    assert report.duplicate_files == (Problem("c.md", "has the same text as a.md"),)
    assert {a.id: a.path for a in index.manifest.articles()} == {"1": "a.md", "g": "g.md", "g.txt": "g.txt"}
    assert (report.added, report.articles, report.duplicates) == (9, 3, 1)
    again = index.update()
    assert (again.failed, again.duplicate_files, again.unchanged) == (report.failed, report.duplicate_files, 9)
    index.close()
