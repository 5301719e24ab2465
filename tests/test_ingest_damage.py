"""Whatever is done to a file's bytes, it is read or refused with a reason; nothing else comes out of a reader."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from eval.pages.busy import sidebars
from eval.pages.parts import Page
from eval.pages.stories import STORIES
from rag.ingest import Unreadable, read
from tests.made_files import LINES, docx, eml, epub, mhtml, pdf, zipped

PAGE = sidebars(Page(STORIES[0]))
WHOLE = {
    "a.html": PAGE.encode(),
    "a.mhtml": mhtml(PAGE),
    "a.pdf": pdf([LINES] * 2, Title="The bridge"),
    "a.docx": docx([("Title", "The bridge"), ("Normal", "It has sunk."), ("Table", "Year|Cost")]),
    "a.epub": epub({"one": "<html><body><p>It has sunk.</p></body></html>"}),
    "a.eml": eml("It has sunk.\n\n> When?", html="<p>It has sunk.</p>", attached={"x.txt": b"One.", "y.zip": zipped({"z.md": "Two."})}),
    "a.json": b'[{"id": "a", "text": "One.", "authors": [{"name": "B"}], "date": 123}, {"text": ["x", {"text": "y"}]}]',
    "a.jsonl": b'{"id": "a", "text": "One."}\n{"url": 1, "content": "<p>x</p>"}',
    "a.csv": b'id,title,text\n1,"a b","c, d"\n2,x,y\n',
    "a.zip": zipped({"a.md": "---\nid: 1\n---\nOne.", "b.zip": zipped({"c.json": '{"text": "x"}'})}),
    "a.md": b"---\nid: 1\ndate: 2020-01-01\nauthor: [a, {b: c}]\n---\nOne.",
}
SCRAPS = (
    b"<",
    b'"',
    b"\0",
    b"\xff\xfe",
    b"{}",
    b"[[[[",
    b"null",
    b"---\n",
    b"&#0;",
    b"=?utf-8?b?x?=",
    b"\r\n\r\n",
    b"1e999",
    b"NaN",
    b"*a ",
)


def damaged(data: bytes, chance: random.Random) -> Iterator[bytes]:
    for _ in range(60):
        made = bytearray(data)
        for _ in range(chance.choice((1, 2, 20))):
            at = chance.randrange(len(made) + 1)
            match chance.randrange(4):
                case 0:
                    made[at : at + 1] = bytes([chance.randrange(256)])
                case 1:
                    del made[at : at + chance.randrange(50)]
                case 2:
                    made[at:at] = chance.choice(SCRAPS)
                case 3 if chance.random() < 0.2:
                    del made[at:]
        yield bytes(made)


@pytest.mark.parametrize("name", WHOLE)
def test_a_damaged_file_is_read_or_refused(name: str) -> None:
    assert all(entry.article for entry in read(name, WHOLE[name]))
    for data in damaged(WHOLE[name], random.Random(name)):
        try:
            assert all(entry.article or entry.problem for entry in read(name, data))
        except Unreadable as refused:
            assert "\n" not in str(refused)
