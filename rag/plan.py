"""Which files become articles: compares the folder with the manifest. Pure; reads no file and opens no store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from rag.ingest import Stat, is_plain, safe_id
from rag.records import FileRecord


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
    aliases: Mapping[str, str] = field(default_factory=dict)  # article id → id of the one that stands for it


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


def placed(found: Iterable[str], read: Mapping[str, Sequence[FileRecord]], known: Mapping[str, FileRecord]) -> dict[str, FileRecord]:
    """The records of every file that is there, with those of the places in it: as read now, else as known."""
    within: dict[str, list[FileRecord]] = {}
    for record in known.values():
        within.setdefault(record.container or record.path, []).append(record)
    return {record.path: record for path in found for record in (read.get(path) or within[path])}


def resolve(records: Iterable[FileRecord]) -> Resolved:
    """Give every readable file its id, by what is in the folder alone. The first in order keeps an id that several claim.

    Plain text comes first: a page that is saved beside the notes on it does not change their id.
    """
    articles: dict[str, FileRecord] = {}
    contents: dict[str, str] = {}
    duplicates: list[Problem] = []
    failed: list[Problem] = []
    ordered = sorted(records, key=lambda r: (r.container is not None, not is_plain(r.path), r.path))
    own = _own_ids(ordered)
    for record in ordered:
        if record.problem:
            failed.append(Problem(record.path, record.problem))
        elif record.content is None:
            continue  # its articles are records of their own
        elif record.content in contents:
            duplicates.append(Problem(record.path, f"has the same text as {contents[record.content]}"))
        elif record.claimed and record.claimed in articles:
            taken = articles[record.claimed].path
            reason = f"has the id {record.claimed!r}, which {taken} already has; give it another `id`"
            failed.append(Problem(record.path, reason))
        else:
            articles[record.claimed or _free_id(record, own, articles)] = record
            contents[record.content] = record.path
    return Resolved(articles, _by_path(duplicates), _by_path(failed))


def with_aliases(resolved: Resolved, aliases: Mapping[str, str]) -> Resolved:
    """The same, with near-duplicates listed as such. They keep their ids: an alias may have to stand for itself again."""
    near = [Problem(resolved.articles[i].path, f"is a near-duplicate of {resolved.articles[of].path}") for i, of in aliases.items()]
    return replace(resolved, aliases=aliases, duplicates=_by_path([*resolved.duplicates, *near]))


def _own_ids(records: Iterable[FileRecord]) -> set[str]:
    """The ids by which records name themselves, where no other record of other words nor any file has the same."""
    claims: dict[str, set[str | None]] = {}
    for record in records:
        if record.content:
            claims.setdefault(record.claimed or record.named or record.article_id, set()).add(record.content)
            claims.setdefault(record.article_id, set()).add(record.content)
    return {i for i, contents in claims.items() if len(contents) == 1}


def _free_id(record: FileRecord, own: Set[str], taken: Mapping[str, FileRecord]) -> str:
    if record.named and record.named in own and record.named not in taken:
        return record.named
    digest = hashlib.sha256(record.path.encode()).hexdigest()[:8]
    wanted = (record.article_id, safe_id(record.path), f"{record.article_id}-{digest}")
    return next(i for i in wanted if i not in taken)


def _by_path(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda p: p.file))
