"""The index of one corpus: a manifest (SQLite) and two caches that follow it, Chroma for meaning and BM25 for words.

- `reading.py`: `Index`, what a question asks of it
- `updating.py`: makes it agree with the folder: reads what changed, embeds what is new, caches in line, manifest last
- `caches.py`: Chroma and BM25, kept in line with the manifest, made again from it when damaged
- `sources.py`: which articles stand for near-duplicates of them
- `files.py`: what reading a file gives → the manifest's records
- `unwritten.py`: what an update that was stopped has read
- `place.py`: its folder in the data directory, the lock, a manifest that is damaged
"""

from rag.index.place import Report, Tick
from rag.index.reading import Index

__all__ = ["Index", "Report", "Tick"]
