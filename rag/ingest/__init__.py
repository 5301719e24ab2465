"""Any folder of real files → clean articles: what is there, what each file holds, and why a file holds nothing."""

from rag.ingest.entry import Entry, Unreadable
from rag.ingest.files import Outcome, read_bytes, read_file
from rag.ingest.ids import content_digest, id_from_path, safe_id
from rag.ingest.limits import Limits
from rag.ingest.reader import is_plain, is_readable, parse, read
from rag.ingest.together import read_files
from rag.ingest.walk import Stat, scan

__all__ = [
    "Entry",
    "Limits",
    "Outcome",
    "Stat",
    "Unreadable",
    "content_digest",
    "id_from_path",
    "is_plain",
    "is_readable",
    "parse",
    "read",
    "read_bytes",
    "read_file",
    "read_files",
    "safe_id",
    "scan",
]
