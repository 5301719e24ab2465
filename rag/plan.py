"""Which files become articles: compares the folder with the manifest. Pure; reads no file and opens no store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rag.articles import Stat, id_from_path
from rag.manifest import FileRecord


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that is not an article of its own, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """Every file's place: an article under an id, a copy of one, or a failure."""

    articles: dict[str, FileRecord]  # by article id
    duplicates: tuple[Problem, ...]
    failed: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What `rag index` prints. Counts are files, except `passages`: all that are indexed now."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    duplicates: int = 0
    failed: tuple[Problem, ...] = ()
    articles: int = 0
    passages: int = 0
    seconds: float = 0.0
    duplicate_files: tuple[Problem, ...] = field(default=())


def stale(found: Mapping[str, Stat], known: Mapping[str, FileRecord]) -> list[str]:
    """The files to be read: new ones, and those whose size or time differs from the manifest's."""
    return [
        path for path, stat in found.items() if path not in known or (known[path].size, known[path].mtime_ns) != (stat.size, stat.mtime_ns)
    ]


def resolve(records: Iterable[FileRecord]) -> Resolved:
    """Give every readable file its id. The first in order of path keeps an id that several claim."""
    articles: dict[str, FileRecord] = {}
    contents: dict[str, str] = {}
    duplicates: list[Problem] = []
    failed: list[Problem] = []
    for record in sorted(records, key=lambda r: r.path):
        if record.problem or record.content is None:
            failed.append(Problem(record.path, record.problem or "was not read"))
        elif record.content in contents:
            duplicates.append(Problem(record.path, f"has the same text as {contents[record.content]}"))
        elif record.claimed and record.claimed in articles:
            taken = articles[record.claimed].path
            reason = f"has the id {record.claimed!r}, which {taken} already has; give it another `id`"
            failed.append(Problem(record.path, reason))
        else:
            articles[record.claimed or _free_id(record.path, articles)] = record
            contents[record.content] = record.path
    return Resolved(articles, tuple(duplicates), tuple(failed))


def _free_id(path: str, taken: Mapping[str, FileRecord]) -> str:
    wanted = id_from_path(path)
    return wanted if wanted not in taken else path.replace(" ", "-")
