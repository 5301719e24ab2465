"""A generated folder in mixed formats, with copies and broken files: is every copy found, no other, and all that is broken listed?"""

from __future__ import annotations

import csv
import html
import io
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from eval.scratch import scratch_settings
from rag.settings import Settings

COPIES, BROKEN = 0.10, 0.02
VOCABULARY = 4_000
SYLLABLES = "ba bel cor da den fa gar hol in ka lor mar nes or pel ra sen tor ul ven".split()
OUTLETS = ("The Courier", "Daily Post", "Evening Star")
Writer = Callable[[str, str], bytes]

CHILD = """
import json, resource, sys, time
from pathlib import Path
from rag.index import Index
from rag.settings import load_settings
started = time.perf_counter()
index = Index(Path(sys.argv[1]), load_settings())
index.embedder.embed_query("ready")
index.caches.vectors.count()
opened = time.perf_counter() - started
report = index.update()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"opening": opened, "update": report.seconds, "peak_mb": peak, "articles": report.articles, "passages": report.passages,
    "failed": [p.file for p in report.failed], "duplicates": [p.file for p in report.duplicate_files]}))
"""


def run(settings: Settings, articles: int = 2000, seed: int = 0) -> dict[str, Any]:
    """What was found of what was made, and what it cost."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Path(scratch) / "corpus"
        copies, broken = make(corpus, articles, chance)
        environment = {"DATA_DIR": str(scratch_settings(settings, Path(scratch)).data_dir), "WRITER": "extractive"}
        first, unchanged = _index(corpus, environment), _index(corpus, environment)
        edited = next(path for path in sorted(corpus.rglob("*.md")))
        edited.write_text(edited.read_text() + "\n\nThe council of Brill will decide on Friday.\n")
        after = _index(corpus, environment)
    found = {_file(name) for name in first["duplicates"]}
    return {
        "files": articles,
        "articles / passages": f"{first['articles']} / {first['passages']}",
        "copies made / found": f"{len(copies)} / {len(_pairs_found(copies, found))}",
        "found that are none": len(found - {*copies, *copies.values()}) + max(len(first["duplicates"]) - len(copies), 0),
        "broken made / listed": f"{len(broken)} / {len(broken & set(first['failed']))}",
        "listed that are not broken": len(set(first["failed"]) - broken),
        "first run, s": round(first["update"], 1),
        "first run, peak MB": round(first["peak_mb"]),
        "unchanged run, s": round(unchanged["update"], 2),
        "unchanged, share of the first": round(unchanged["update"] / first["update"], 4),
        "one edit, s": round(after["update"], 2),
        "opening, s": round(after["opening"], 2),
    }


def _file(place: str) -> str:
    """A record's path goes on inside of its file."""
    return "/".join(place.split("/")[:2])


def _pairs_found(copies: Mapping[str, str], found: set[str]) -> list[str]:
    """Either of a pair may stand for the other."""
    return [copy for copy, original in copies.items() if copy in found or original in found]


def make(corpus: Path, articles: int, chance: random.Random) -> tuple[dict[str, str], set[str]]:
    """Fill a folder. Which files are copies of which, and which are broken."""
    copies, broken = round(articles * COPIES), round(articles * BROKEN)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randrange(2, 5))) for _ in range(VOCABULARY)]
    made: dict[str, tuple[str, str]] = {}
    for number in range(articles - copies - broken):
        suffix = chance.choice(list(WRITERS))
        made[f"{number % 17:02}/{number:05}{suffix}"] = (_title(words, chance), _text(words, chance))
    of = {}
    for number, original in enumerate(chance.sample(sorted(made), copies)):
        name = f"copies/{number:05}{chance.choice(list(WRITERS))}"
        of[name] = original
        made[name] = (_title(words, chance), _print_of(made[original][1], words, chance))
    for name, (title, text) in made.items():
        path = corpus / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(WRITERS[path.suffix](title, text))
    return of, _make_broken(corpus, broken)


def _make_broken(corpus: Path, number: int) -> set[str]:
    kinds = {".docx": b"PK\x03\x04 cut off", ".pdf": b"%PDF-1.4 cut off", ".json": b'{"text": "cut o', ".txt": b"", ".xls": b"\xd0\xcf"}
    (corpus / "broken").mkdir()
    names = {f"broken/{n:03}{list(kinds)[n % len(kinds)]}" for n in range(number)}
    for name in names:
        (corpus / name).write_bytes(kinds[Path(name).suffix])
    return names


def _title(words: list[str], chance: random.Random) -> str:
    return " ".join(chance.choices(words, k=6)).capitalize()


def _text(words: list[str], chance: random.Random) -> str:
    paragraphs = [[_sentence(words, chance) for _ in range(chance.randrange(2, 5))] for _ in range(chance.randrange(4, 14))]
    return "\n\n".join(" ".join(sentences) for sentences in paragraphs)


def _sentence(words: list[str], chance: random.Random) -> str:
    return " ".join(chance.choices(words, k=chance.randrange(8, 24))).capitalize() + "."


def _print_of(text: str, words: list[str], chance: random.Random) -> str:
    """What another outlet makes of it: some words changed, and paragraphs added or the last ones left out."""
    paragraphs = [" ".join(chance.choice(words) if chance.random() < 0.01 else word for word in p.split(" ")) for p in text.split("\n\n")]
    match chance.randrange(3):
        case 0:
            return "\n\n".join(paragraphs)
        case 1:
            return "\n\n".join(paragraphs[: max(len(paragraphs) * 2 // 3, 3)])
        case _:
            return "\n\n".join([*paragraphs, *(_sentence(words, chance) for _ in range(3))])


def _md(title: str, text: str) -> bytes:
    return f"---\ntitle: {title}\noutlet: {OUTLETS[len(text) % 3]}\npublished: 2019-03-{len(text) % 28 + 1:02}\n---\n{text}\n".encode()


def _html(title: str, text: str) -> bytes:
    body = "".join(f"<p>{html.escape(p)}</p>" for p in text.split("\n\n"))
    head = f'<meta charset="utf-8"><title>{title}</title><meta property="article:published_time" content="2019-03-04">'
    nav = "<nav><a href='/'>Home</a> <a href='/news'>News</a></nav>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{nav}<article><h1>{title}</h1>{body}</article></body></html>".encode()


def _docx(title: str, text: str) -> bytes:
    import docx

    document = docx.Document()
    document.core_properties.title = title
    for paragraph in text.split("\n\n"):
        document.add_paragraph(paragraph)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _eml(title: str, text: str) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["Date"] = title, "news@courier.example", "Mon, 04 Mar 2019 10:00:00 +0100"
    message.set_content(text)
    return message.as_bytes()


def _csv(title: str, text: str) -> bytes:
    made = io.StringIO()
    csv.writer(made).writerows([["title", "text"], [title, text]])
    return made.getvalue().encode()


WRITERS: dict[str, Writer] = {
    ".txt": lambda title, text: f"{title}\n\n{text}\n".encode(),
    ".md": _md,
    ".html": _html,
    ".docx": _docx,
    ".eml": _eml,
    ".json": lambda title, text: json.dumps({"title": title, "text": text, "date": "2019-03-04"}).encode(),
    ".csv": _csv,
}


def _index(corpus: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    import os

    command = [sys.executable, "-c", CHILD, str(corpus)]
    done = subprocess.run(command, env={**os.environ, **environment}, check=True, text=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
