"""How much is read of what may be hostile or broken. Each limit is a setting; what goes beyond one is listed with its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MB = 1_000_000
READING_VERSION = "2"  # a change of what a file's text or metadata becomes makes every file be read again


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings of reading, with the defaults of `rag/settings.py`."""

    max_files: int = 100_000
    max_file_mb: int = 50
    max_line_chars: int = 200_000
    max_pdf_pages: int = 1_000
    max_archive_files: int = 10_000
    max_archive_mb: int = 500
    max_archive_ratio: int = 200
    max_archive_depth: int = 3
    max_read_s: int = 60  # for each article of a file; what is read in the asking process has no limit
    record_fields: Mapping[str, str] = field(default_factory=dict)  # ours → the name in the user's records

    @property
    def file_bytes(self) -> int:
        return self.max_file_mb * MB

    @property
    def fingerprint(self) -> str:
        """Files that were read under another one are read again."""
        return f"{READING_VERSION} {self}"

    @property
    def archive_bytes(self) -> int:
        return self.max_archive_mb * MB


def too_large(size: int, limits: Limits) -> str | None:
    """Why a file of this size is not read."""
    if size <= limits.file_bytes:
        return None
    return f"has {size / MB:,.0f} MB, more than MAX_FILE_MB={limits.max_file_mb}"
