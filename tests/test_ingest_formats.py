"""Every kind of file: what of it becomes an article's text and metadata, and why another becomes none."""

from __future__ import annotations

import datetime
import json

import pytest

from rag.ingest import Entry, Limits, Unreadable, read
from rag.ingest.declared import whole
from rag.types import Article, Removed
from tests.made_files import LINES, docx, eml, epub, mhtml, pdf, zipped

BRIDGE = (
    "The bridge over the Orle will not open before winter because its eastern pillar has sunk, the council said on Monday. "
    "Engineers found that it has gone down by eleven centimetres since the spring, which is more than was thought possible."
)
TOWN = (
    "The town has now asked a second office to look at the plans, which were drawn in 1998 and changed twice since then. "
    "Until there is an answer, the ferry will run every twenty minutes, and children will be taken to school by bus."
)
PAGE = f"""<!DOCTYPE html><html lang="en-GB"><head><title>The bridge | The Courier</title>
<meta property="og:site_name" content="The Courier"><meta property="og:title" content="The bridge">
<meta property="article:published_time" content="2019-03-04T10:00:00Z"><meta name="author" content="Ana Núñez"></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav><article><h1>The bridge</h1>
<figure><img src="b.jpg"><figcaption>The bridge in the rain. Photo: AFP</figcaption></figure><p>{BRIDGE}</p><p>{TOWN}</p></article>
<footer><p>© 2019 The Courier. All rights reserved.</p></footer></body></html>"""


def article(path: str, data: bytes, limits: Limits | None = None) -> Article:
    (entry,) = read(path, data, limits or Limits())
    assert entry.article is not None, entry.problem
    return entry.article


def refusal(path: str, data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(Unreadable) as raised:
        read(path, data, limits or Limits())
    return str(raised.value)


def told(entries: list[Entry]) -> list[tuple[str, str | None]]:
    """Each place in a file, with its text or the reason why it has none."""
    return [(e.path, e.article.text if e.article else e.problem) for e in entries]


# Web pages


@pytest.mark.parametrize(
    ("path", "data"), [("a.html", PAGE.encode()), ("a.htm", PAGE.encode()), ("a.mhtml", mhtml(PAGE)), ("a.html", mhtml(PAGE))]
)
def test_of_a_saved_page_the_article_is_kept_with_what_the_page_declares(path: str, data: bytes) -> None:
    found = article(path, data)
    assert (found.title, found.outlet, found.author, found.published, found.language) == (
        "The bridge",
        "The Courier",
        "Ana Núñez",
        "2019-03-04",
        "en",
    )
    assert found.text == f"{BRIDGE}\n\n{TOWN}"
    assert Removed("The bridge in the rain. Photo: AFP", "a photo caption") in found.removed
    assert Removed("- Home", "on the page around the article") in found.removed


def test_a_menu_s_heading_is_not_the_title() -> None:
    page = (
        "<html><head><title>The bridge - Courier</title></head><body><div><h1>Shortcuts</h1></div><main><h1>The bridge</h1>"
        f"<p>{BRIDGE}</p><p>{TOWN}</p></main></body></html>"
    )
    found = article("a.html", page.encode())
    assert (found.title, found.text) == ("The bridge", f"{BRIDGE}\n\n{TOWN}")


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "utf-16"])
def test_a_page_is_read_in_the_encoding_it_declares_or_has(encoding: str) -> None:
    data = PAGE.replace("<head>", f'<head><meta charset="{encoding}">').encode(encoding)
    assert article("a.html", data).author == "Ana Núñez"


def test_a_date_that_a_page_only_mentions_is_not_its_own() -> None:
    page = f"<html><body><article><p>{BRIDGE}</p><p>It was built on 3 May 1998. {TOWN}</p></article></body></html>"
    assert article("a.html", page.encode()).published is None


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        ("a.html", b"", "is empty"),
        (
            "a.html",
            b"<html><body></body></html>",
            "is a web page without an article; save the page when it has loaded, or its text as .txt",
        ),
        ("a.mhtml", b"MIME-Version: 1.0\nContent-Type: text/plain\n\nx", "holds no web page"),
    ],
)
def test_a_page_without_an_article_says_so(path: str, data: bytes, reason: str) -> None:
    assert refusal(path, data) == reason


@pytest.mark.parametrize(("declared", "kept"), [(f"{BRIDGE} {TOWN} {TOWN}", "declared"), (f"{TOWN} {TOWN} {TOWN}", "shown"), ("", "shown")])
def test_what_a_page_declares_is_taken_where_it_is_more_of_the_same_article(declared: str, kept: str) -> None:
    assert whole(BRIDGE, declared) == {"declared": declared, "shown": BRIDGE}[kept]


def test_tags_that_are_nested_ten_thousand_deep_are_refused_and_do_no_harm() -> None:
    page = "<html><body>" + "<div>" * 10_000 + f"<p>{BRIDGE}</p>" + "</div>" * 10_000 + "</body></html>"
    assert refusal("a.html", page.encode()).startswith("is a web page without an article")


# PDF


def test_lines_of_a_pdf_are_joined_to_paragraphs_and_divided_words_to_one() -> None:
    found = article("a.pdf", pdf([LINES], Title="The bridge", Author="Ana Nunez", CreationDate="D:20190304100000+01'00'"))
    assert found.text == (
        "The bridge over the Orle will not open before winter, the council said on Monday, because its eastern pillar has sunk by eleven "
        "centimetres since the spring, which is more than was thought possible. Nobody was hurt."
    )
    assert (found.title, found.author, found.published) == ("The bridge", "Ana Nunez", "2019-03-04")


def test_what_stands_at_the_edge_of_every_page_is_no_part_of_the_text() -> None:
    pages = [
        ["The Courier, 4 March 2019", *(f"{word} {line}" for line in LINES), f"Page {n} of 4"] for n, word in enumerate("abcd", start=1)
    ]
    found = article("a.pdf", pdf(pages))
    assert "Courier" not in found.text and "Page" not in found.text
    assert [r.text for r in found.removed][:2] == ["The Courier, 4 March 2019", "Page 1 of 4"]


@pytest.mark.parametrize("title", ["Microsoft Word - draft3.docx", "untitled", "scan0001.pdf", ""])
def test_what_programs_write_as_a_pdf_s_title_is_none(title: str) -> None:
    assert article("bridge.pdf", pdf([LINES], Title=title)).title != title


@pytest.mark.parametrize(
    ("data", "limits", "reason"),
    [
        (
            pdf([[], []]),
            Limits(),
            "is a scan: its pages are pictures without text; run text recognition on it first, such as: ocrmypdf IN.pdf OUT.pdf",
        ),
        (b"%PDF-1.4\nnothing", Limits(), "is damaged: it is not a PDF that can be read"),
        (pdf([LINES] * 4), Limits(max_pdf_pages=3), "has 4 pages, more than MAX_PDF_PAGES=3"),
    ],
    ids=["scan", "damaged", "long"],
)
def test_a_pdf_that_gives_no_text_says_why(data: bytes, limits: Limits, reason: str) -> None:
    assert refusal("a.pdf", data, limits) == reason


# Word, e-books, e-mail


def test_a_word_document_gives_its_paragraphs_lists_and_tables_in_order() -> None:
    data = docx(
        [("Title", "The bridge"), ("Normal", BRIDGE), ("List Bullet", "The ferry runs."), ("Table", "Year|Cost"), ("Normal", TOWN)],
        author="Ana Núñez",
        created=datetime.datetime(2019, 3, 4, tzinfo=datetime.UTC),
        language="en-GB",
    )
    found = article("a.docx", data)
    assert found.text == f"{BRIDGE}\n\n- The ferry runs.\n\nYear | Cost\n\n{TOWN}"
    assert (found.title, found.author, found.published, found.language) == ("The bridge", "Ana Núñez", "2019-03-04", "en")


def test_the_day_of_a_template_is_not_a_document_s_own() -> None:
    assert article("a.docx", docx([("Normal", BRIDGE)])).published is None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04 and no more", "is damaged: it is not a zip archive that can be read"),
        (zipped({"a.txt": "no document"}), "is not a Word document that can be read"),
        (docx([]), "is a Word document without text"),
        (b"\xd0\xcf\x11\xe0" + bytes(99), "is protected by a password, or an old .doc file; save it as .docx without one"),
    ],
)
def test_a_word_document_that_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    assert refusal("a.docx", data) == reason


def test_an_e_book_is_one_article_in_the_order_of_its_chapters() -> None:
    chapters = {
        "two": "<html><body><h1>One</h1><p>It has sunk&nbsp;&amp; is shut.</p><script>x</script></body></html>",
        "one": '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>Two.</p></body></html>',
    }
    found = article("a.epub", epub(chapters))
    assert found.text == "One\n\nIt has sunk & is shut.\n\nTwo."
    assert (found.title, found.outlet, found.author, found.published, found.language) == (
        "The bridge",
        "The Courier",
        "Ana Núñez",
        "2019-03-04",
        "en",
    )


def test_entities_that_multiply_are_refused() -> None:
    package = '<!DOCTYPE p [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><package xmlns="http://www.idpf.org/2007/opf">&b;</package>'
    assert refusal("a.epub", epub({"one": "<p>x</p>"}, package)) == "is not an e-book that can be read"


def test_an_entity_of_a_word_document_reads_no_file() -> None:
    import io
    import zipfile

    original = zipfile.ZipFile(io.BytesIO(docx([("Normal", "marked")])))
    members = {name: original.read(name) for name in original.namelist()}
    body = members["word/document.xml"].decode()
    start = body.index("<w:document")
    evil = body[:start] + '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + body[start:].replace("marked", "marked &e;")
    assert article("a.docx", zipped({**members, "word/document.xml": evil})).text.strip() == "marked"


def test_an_e_mail_is_an_article_without_its_signature_and_quotations() -> None:
    found = article(
        "a.eml", eml(f"{BRIDGE}\n\n> Is it shut?\n> Since when?\n\n{TOWN}\n\n-- \nAna Núñez\nThe Courier\n", subject="Fwd: RE: The bridge")
    )
    assert found.text == f"{BRIDGE}\n\n\n{TOWN}"
    assert found.removed == (
        Removed("> Is it shut?\n> Since when?", "quoted from an earlier e-mail"),
        Removed("Ana Núñez\nThe Courier", "an e-mail's signature"),
    )
    assert (found.title, found.author, found.published) == ("The bridge", "Ana Núñez", "2019-03-04")


def test_what_is_attached_to_an_e_mail_is_read_or_listed() -> None:
    data = eml("See below.", attached={"town.txt": TOWN.encode(), "bridge.jpg": b"\xff\xd8"})
    assert told(read("a.eml", data)) == [
        ("a.eml", "See below."),
        ("a.eml/town.txt", TOWN),
        ("a.eml/bridge.jpg", ".jpg files cannot be read; save it as .txt or .md"),
    ]


def test_an_e_mail_that_is_html_alone_gives_its_text() -> None:
    data = f"Subject: The bridge\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<p>{BRIDGE}</p><p>{TOWN}</p>".encode()
    assert article("a.eml", data).text == f"{BRIDGE}\n\n{TOWN}"


# Records

RECORD = {"id": "a1", "headline": "The bridge", "body": BRIDGE, "source": {"name": "The Courier"}, "publishedAt": "2019-03-04T01:00:00Z"}


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("r.json", json.dumps([RECORD])),
        ("r.json", json.dumps({"status": "ok", "articles": [RECORD]})),
        ("r.json", json.dumps({"hits": {"hits": [{"_index": "x", "_source": RECORD}]}})),
        ("r.jsonl", json.dumps(RECORD) + "\n\n"),
        ("r.ndjson", "\ufeff" + json.dumps(RECORD)),
        ("r.csv", f'ID,Headline,Body,Source,Pub Date\na1,The bridge,"{BRIDGE}",The Courier,4 March 2019\n'),
        ("r.csv", f'id;title;text;outlet;date\r\na1;The bridge;"{BRIDGE}";The Courier;2019-03-04\r\n'),
        ("r.tsv", f"guid\ttitle\tcontent\tpublisher\tdate\na1\tThe bridge\t<p>{BRIDGE}</p>\tThe Courier\t1551661200\n"),
    ],
)
def test_a_record_is_an_article_whatever_its_fields_are_called(path: str, data: str) -> None:
    (entry,) = read(path, data.encode())
    assert (entry.path, entry.path_id, entry.named) == (f"{path}/a1", "r/a1", "a1")
    found = entry.article
    assert found and (found.title, found.text, found.outlet, found.published) == ("The bridge", BRIDGE, "The Courier", "2019-03-04")


def test_half_a_character_and_a_zero_byte_in_a_record_do_no_harm() -> None:
    (entry,) = read("r.json", b'[{"id": "a\\ud800", "title": "T\\u0000", "text": "One\\udfff two."}]')
    assert entry.article and (entry.path, entry.article.title, entry.article.text) == ("r.json/a", "T", "One two.")


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x0b", "\x0c"])
@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("r.json", '[{"id": "a", "text": "One.ENDTwo."},\r\n {"id": "b", "text": "Three."}]'),
        ("r.jsonl", '{"id": "a", "text": "One.ENDTwo."}\r\n{"id": "b", "text": "Three."}\n'),
        ("r.csv", "id,text\r\na,One.ENDTwo.\r\nb,Three.\r\n"),
    ],
)
def test_what_ends_a_line_on_a_page_ends_no_record(path: str, data: str, end: str) -> None:
    assert told(read(path, data.replace("END", end).encode())) == [(f"{path}/a", "One.\nTwo."), (f"{path}/b", "Three.")]


def test_lines_of_records_may_end_in_the_old_way() -> None:
    assert told(read("r.jsonl", b'{"id": "a", "text": "One."}\r{"id": "b", "text": "Two.\x01"}')) == [
        ("r.jsonl/a", "One."),
        ("r.jsonl/b", "Two."),
    ]


def test_unusual_names_of_fields_can_be_set() -> None:
    data = json.dumps([{"nr": 7, "meta": {"head": "The bridge"}, "words": BRIDGE}]).encode()
    limits = Limits(record_fields={"id": "nr", "title": "meta.head", "text": "words"})
    (entry,) = read("r.json", data, limits)
    assert entry.article and (entry.named, entry.article.title, entry.article.text) == ("7", "The bridge", BRIDGE)


def test_a_record_that_is_none_is_listed_and_the_others_are_read() -> None:
    data = b'{"text": "One."}\nnot json\n[1]\n{"title": "T", "picture": "x"}\n{"text": "Two."}'
    assert [problem for _, problem in told(read("r.jsonl", data))] == [
        "One.",
        "is not JSON (Expecting value)",
        "is not an object with fields",
        "has no text; name the field that has it with RECORD_FIELDS=text=NAME (there are: title, picture)",
        "Two.",
    ]


def test_one_object_is_one_article_under_its_file_s_name() -> None:
    assert read("notes/one.json", b'{"title": "T", "text": "Alone."}') == [
        Entry("notes/one.json", Article("notes/one", "T", "Alone.", "notes/one.json"), "notes/one")
    ]


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        ("r.json", b"", "is empty"),
        ("r.json", b"[1, ", "is not JSON (line 1: Expecting value)"),
        ("r.json", b"[" * 100_000, "is not JSON (it is nested too deep)"),
        ("r.json", b"[]", "has no record in it"),
        ("r.jsonl", b"\n", "is empty"),
        ("r.csv", b"just a line\n", "is not a table: its first line names no fields"),
        ("r.csv", b"a,b\n", "has no article in it"),
    ],
)
def test_a_file_without_records_says_why(path: str, data: bytes, reason: str) -> None:
    assert refusal(path, data) == reason


@pytest.mark.parametrize(("suffix", "fix"), [(".doc", ".docx"), (".xlsx", ".csv"), (".jpg", ".txt or .md"), (".exe", ".txt or .md")])
def test_a_kind_that_nothing_reads_is_named_with_the_fix(suffix: str, fix: str) -> None:
    assert refusal(f"a{suffix}", b"x") == f"{suffix} files cannot be read; save it as {fix}"
