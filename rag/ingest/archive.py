"""Zip archives, in memory: nothing is ever unpacked to the disk, so no name in an archive can lead anywhere."""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from rag.ingest.entry import Bad, Found, Part, Unreadable
from rag.ingest.limits import MB, Limits, too_large

_BROKEN = (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError, zlib.error)
SMALL = 1 * MB  # a member no larger than this may be packed as well as it can be


def read(path: str, data: bytes, limits: Limits) -> Iterator[Found]:
    """The members of an archive, one at a time.

    Raises:
        Unreadable: damaged, or larger than it may be.
    """
    members = checked(data, limits)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in members:
            if not member.is_dir() and not _hidden(member.filename):
                yield _unpacked(archive, member, limits)


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits) -> Found:
    problem = _problem(member, limits)
    if problem:
        return Bad(member.filename, problem)
    try:
        return Part(member.filename, archive.read(member))
    except _BROKEN as error:
        return Bad(member.filename, f"cannot be unpacked ({error})")


def document(data: bytes, limits: Limits) -> None:
    """Look at a document that is an archive, before a library unpacks it.

    Raises:
        Unreadable: damaged, or larger than it may be.
    """
    for member in checked(data, limits):
        if problem := _problem(member, limits):
            raise Unreadable(problem)


def checked(data: bytes, limits: Limits) -> list[zipfile.ZipInfo]:
    """The members of an archive that is within its limits. zipfile unpacks no more of a member than is declared here.

    Raises:
        Unreadable: damaged, or larger than it may be.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except _BROKEN as error:
        raise Unreadable("is damaged: it is not a zip archive that can be read") from error
    if len(members) > limits.max_archive_files:
        raise Unreadable(f"holds {len(members):,} files, more than MAX_ARCHIVE_FILES={limits.max_archive_files}")
    total = sum(member.file_size for member in members)
    if total > limits.archive_bytes:
        raise Unreadable(f"unpacks to {total / MB:,.0f} MB, more than MAX_ARCHIVE_MB={limits.max_archive_mb}")
    return members


def _problem(member: zipfile.ZipInfo, limits: Limits) -> str | None:
    name = PurePosixPath(member.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or re.match(r"[A-Za-z]:", str(name)):
        return "has a path that leads out of its archive"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link"
    if member.flag_bits & 0x1:
        return "is protected by a password"
    if member.file_size > SMALL and member.file_size > limits.max_archive_ratio * max(member.compress_size, 1):
        times = member.file_size // max(member.compress_size, 1)
        return f"unpacks to {times:,} times its size, more than MAX_ARCHIVE_RATIO={limits.max_archive_ratio}"
    return too_large(member.file_size, limits)


def _hidden(name: str) -> bool:
    parts = name.split("/")
    return parts[0] == "__MACOSX" or any(part.startswith(".") and not part.startswith("..") for part in parts)
