"""Whether the index is what a fresh build gives, whatever happened to the folder and to the processes that indexed it.

Random changes of a folder (add, edit, rename, delete, restore, copy, touch), each followed by a process that brings the index in line
and is killed with SIGKILL at a random point, or not. In the end everything that is stored is compared with a build from nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from rag.embed import Embedder
from rag.encoders import Vectors
from rag.index import Index, unwritten
from rag.lexical import stems
from rag.settings import Settings, read_settings

DIMENSION = 24
ROUNDS = 5
WORDS = (
    "harbour bridge school mill market station library council mayor ferry engineer winter spring pillar roof crown vote budget road river "
    "storm tide flood repair closure opening protest strike union court judge police fire hospital nurse doctor farmer price bread fuel "
    "Brill Tann Orle Sella Marn north south east west Monday Tuesday Friday said found closed opened burned sold built lost moved asked"
).split()
OUTLETS = ("The Courier", "Daily Post", "")


class HashingEmbedder(Embedder):
    """A vector of a text's words that is the same in whatever batch it is made."""

    def _embed(self, texts: Sequence[str], prefix: str) -> Vectors:
        rows = [self._row(text) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), DIMENSION)

    def _row(self, text: str) -> Vectors:
        row = np.full(DIMENSION, 0.01, dtype=np.float32)
        for word in re.findall(r"\w+", text.lower()):
            digest = hashlib.sha256(word.encode()).digest()
            row[digest[0] % DIMENSION] += digest[1] / 128 - 1
        unit: Vectors = row / np.linalg.norm(row)
        return unit


def cheap_embedder() -> Embedder:
    return HashingEmbedder("hashing", "cheap", DIMENSION, "hashing:cheap:1", None, Path(), {"passage_prefix": "", "query_prefix": ""})


class Folder:
    """A corpus that changes at random."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.path = path
        self._chance = chance
        self._made = 0
        self._deleted: list[tuple[str, bytes]] = []
        path.mkdir()
        for _ in range(6):
            self.add()

    def change(self) -> str:
        doing = self._chance.choice(
            [self.add, self.edit, self.edit, self.about, self.rename, self.delete, self.restore, self.copy, self.touch]
        )
        doing()
        return doing.__name__

    def add(self) -> None:
        name = f"{self._chance.choice(['', 'sub/', 'sub/deep/'])}{self._made:03}"
        self._made += 1
        match self._chance.randrange(5):
            case 0:
                self._write(f"{name}.jsonl", "\n".join(json.dumps({"id": f"{name}-{i}", "text": self._text()}) for i in range(3)))
            case 1:
                self._write(f"{name}.txt", self._text())
            case _:
                self._write(f"{name}.md", f"{self._front()}{self._text()}")

    def edit(self) -> None:
        for path in self._some():
            lines = path.read_text().split("\n")
            lines[-1] = lines[-1] + " " + self._sentence() if path.suffix != ".jsonl" else json.dumps({"text": self._text()})
            path.write_text("\n".join(lines))

    def about(self) -> None:
        """The same words under another outlet and date."""
        for path in self._some(".md"):
            path.write_text(self._front() + path.read_text().split("---\n")[-1])

    def rename(self) -> None:
        for path in self._some():
            self._made += 1
            path.rename(path.with_stem(f"{self._made:03}r"))

    def delete(self) -> None:
        for path in self._some():
            if len(self._files()) > 2:
                self._deleted.append((path.relative_to(self.path).as_posix(), path.read_bytes()))
                path.unlink()

    def restore(self) -> None:
        if self._deleted:
            name, data = self._deleted.pop(self._chance.randrange(len(self._deleted)))
            self._write(name, data.decode())

    def copy(self) -> None:
        """Exactly, or as another outlet would print it with a paragraph more."""
        for path in self._some(".md"):
            self._made += 1
            text = path.read_text()
            if self._chance.random() < 0.6:
                text = self._front() + text.split("---\n")[-1] + "\n\n" + self._sentence()
            path.with_stem(f"{self._made:03}c").write_text(text)

    def touch(self) -> None:
        for path in self._some():
            os.utime(path)

    def _some(self, suffix: str = "") -> list[Path]:
        files = [path for path in self._files() if path.suffix.endswith(suffix)]
        return [self._chance.choice(files)] if files else []

    def _files(self) -> list[Path]:
        return sorted(path for path in self.path.rglob("*") if path.is_file())

    def _write(self, name: str, text: str) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_text(text)

    def _front(self) -> str:
        outlet, day = self._chance.choice(OUTLETS), self._chance.randrange(1, 28)
        return f"---\noutlet: {outlet}\npublished: 2019-03-{day:02}\n---\n" if outlet else "---\nlicence: none\n---\n"

    def _text(self) -> str:
        return "\n\n".join(
            " ".join(self._sentence() for _ in range(self._chance.randrange(2, 6))) for _ in range(self._chance.randrange(1, 5))
        )

    def _sentence(self) -> str:
        words = self._chance.choices(WORDS, k=self._chance.randrange(6, 14))
        return f"{words[0].capitalize()} {' '.join(words[1:])} {self._chance.randrange(1000)}."


def run(sequences: int, seed: int = 0, embedder: Embedder | None = None, say: Callable[[str], None] = print) -> dict[str, int]:
    """How many sequences ended with an index that is not a fresh build's, and how many processes were killed."""
    _warm()
    unwritten.KEPT_AT_ONCE = 1  # these folders are read before a batch is full
    differing = killed = updates = 0
    for number in range(sequences):
        with tempfile.TemporaryDirectory() as scratch:
            found, kills, rounds = _sequence(Path(scratch), random.Random(seed * 1_000_003 + number), embedder or cheap_embedder())
        killed, updates, differing = killed + kills, updates + rounds, differing + bool(found)
        for line in found:
            say(f"sequence {number}: {line}")
    return {"sequences": sequences, "updates": updates, "killed": killed, "sequences with differences": differing}


def _sequence(scratch: Path, chance: random.Random, embedder: Embedder) -> tuple[list[str], int, int]:
    folder, settings = Folder(scratch / "corpus", chance), _settings(scratch / "data")
    done: list[str] = []
    kills = 0
    for _ in range(ROUNDS):
        done += [folder.change() for _ in range(chance.randrange(1, 5))]
        kill = _killer(chance) if chance.random() < 0.7 else None
        died = in_a_process(lambda kill=kill: update(folder.path, settings, embedder, kill))  # type: ignore[misc]
        kills += died == -signal.SIGKILL
        if died not in {0, -signal.SIGKILL}:
            return [f"an update ended with {died} after {', '.join(done)}"], kills, ROUNDS
    for name, where in (("followed", settings), ("fresh", _settings(scratch / "data-of-fresh"))):
        if in_a_process(lambda name=name, where=where: _dump(folder.path, where, embedder, scratch / f"{name}.json")):  # type: ignore[misc]
            return [f"the last update ({name}) failed after {', '.join(done)}"], kills, ROUNDS
    differences = compare(json.loads((scratch / "followed.json").read_text()), json.loads((scratch / "fresh.json").read_text()))
    return [f"{line} (after {', '.join(done)})" for line in differences], kills, ROUNDS


def update(corpus: Path, settings: Settings, embedder: Embedder, kill: Callable[[], None] | None = None) -> None:
    index = Index(corpus, settings)
    index.embedder = embedder
    if kill:
        kill()
    index.update()


def _killer(chance: random.Random) -> Callable[[], None]:
    """SIGKILL after so many of our calls, or after so long: then in the middle of whatever a library does."""
    calls, seconds = int(10 ** chance.uniform(0.5, 4.2)), chance.uniform(0.001, 0.5)
    return (lambda: _after_calls(calls)) if chance.random() < 0.6 else (lambda: signal.setitimer(signal.ITIMER_REAL, seconds) and None)


def _after_calls(calls: int) -> None:
    left = calls

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal left
        if "/rag/" in frame.f_code.co_filename and "/ingest/" not in frame.f_code.co_filename:
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)


def in_a_process(work: Callable[[], None]) -> int:
    """The exit code of a forked process that does it; a negative one is the signal that ended it."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        work()
        os._exit(0)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)


def contents(index: Index) -> dict[str, Any]:
    """Everything that is stored, by name, without what only says when and how it came to be."""
    manifest, caches = index.manifest, index.caches
    chroma = caches.vectors.collection.get(include=["metadatas", "documents", "embeddings"])
    kept = sorted(zip(chroma["ids"], chroma["metadatas"], chroma["documents"], chroma["embeddings"], strict=True), key=lambda row: row[0])
    stored = index.load(manifest.passage_ids())
    vocabulary = sorted({stem for s in stored for stem in stems(s.passage.text)})
    return {
        "files": {path: [r.sha256, r.content, r.problem, r.article_id, r.article] for path, r in manifest.files().items()},
        "articles": [repr(article) for article in manifest.articles()],
        "keys": {i: repr(key) for i, key in manifest.article_keys().items()},
        "passages": {s.passage.id: repr((s.passage, s.about)) for s in stored},
        "signatures": {content: [words, found.hex()] for content, (words, found) in manifest.signatures().items()},
        "state": manifest.meta()["state"],
        "left over": sorted(path.name for path in index.folder.glob("unwritten*")),
        "vectors": {s.passage.id: s.vectors.astype(float).tolist() for s in stored},
        "Chroma": {i: [metadata, document] for i, metadata, document, _ in kept},
        "Chroma's vectors": {i: np.asarray(vector, dtype=float).tolist() for i, _, _, vector in kept},
        "found by their own vectors": [s.passage.id for s in stored if not _finds(index, s.passage.id, s.mean)],
        "BM25": {i: repr(about) for i, about in sorted(caches.bm25.abouts().items())},
        "BM25's scores": {stem: sorted((i, round(score, 4)) for i, score in index.matching([stem], 1000)) for stem in vocabulary},
    }


def _finds(index: Index, passage_id: str, vector: Vectors) -> bool:
    found = index.nearest(vector, 10)
    return passage_id in [i for i, _ in found] or found[-1][1] > 0.9999


def _dump(corpus: Path, settings: Settings, embedder: Embedder, target: Path) -> None:
    index = Index(corpus, settings)
    index.embedder = embedder
    index.update()
    target.write_text(json.dumps(contents(index)))


def compare(one: dict[str, Any], fresh: dict[str, Any]) -> list[str]:
    """What differs, one line each. Vectors may differ by rounding: of float32 in Chroma, and of nothing else."""
    return [f"{name}: {_difference(one[name], fresh[name])}" for name in fresh if not _equal(name, one[name], fresh[name])]


def _equal(name: str, one: Any, fresh: Any) -> bool:
    if "vectors" in name and isinstance(one, dict):
        return one.keys() == fresh.keys() and all(np.allclose(one[i], fresh[i], atol=1e-5) for i in one)
    return bool(one == fresh)


def _difference(one: Any, fresh: Any) -> str:
    if isinstance(one, dict):
        keys = [key for key in sorted({*one, *fresh}) if one.get(key) != fresh.get(key)]
        return f"{len(keys)}, such as {keys[0]}: {str(one.get(keys[0]))[:200]} instead of {str(fresh.get(keys[0]))[:200]}"
    return f"{str(one)[:200]} instead of {str(fresh)[:200]}"


def _settings(data: Path) -> Settings:
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    return read_settings(data_dir=data, writer="extractive", max_read_s=0)  # read by the process that is killed


def _warm() -> None:
    """What every forked process would else import again. No store is opened here: its threads would not survive a fork."""
    import chromadb  # noqa: F401
    import filelock  # noqa: F401
    import rensa  # noqa: F401
    import sentencex  # noqa: F401

    from rag.ingest.meta import language_of

    language_of(None, "The harbour of Brill was closed on Tuesday after a ferry ran aground. " * 5)
