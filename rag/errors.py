"""What can go wrong, as one tree. Every message is one clear line that names the fix.

FootnoteError                 exit code 1: a failure
├── UnusableInput             exit code 2: the user's input or settings; nothing was changed
│   ├── SettingError          a variable has a value that it does not accept
│   ├── CorpusError           no such folder, or no article in it
│   └── QuestionError         a question or batch line that cannot be asked
├── IndexUnavailable          the store cannot be read or written
│   ├── ManifestError         SQLite cannot read or write the manifest: damaged, it is made again from the folder
│   └── CacheError            Chroma or BM25 cannot: they can be made again from the manifest
├── EmbeddingUnavailable      weights missing, or not the ones they claim to be
├── JudgeUnavailable          the cross-encoder of VERIFIER or RERANKER cannot be loaded or fails
└── ModelUnavailable          the model server cannot answer; the extractive writer still can
"""

from __future__ import annotations

from pathlib import Path
from typing import Self


class FootnoteError(Exception):
    """Base of all errors shown to users."""

    exit_code = 1


class UnusableInput(FootnoteError):
    exit_code = 2


class SettingError(UnusableInput):
    pass


class CorpusError(UnusableInput):
    pass


class QuestionError(UnusableInput):
    pass


class IndexUnavailable(FootnoteError):
    @classmethod
    def at(cls, folder: Path, error: Exception) -> Self:
        return cls(
            f"The index in {folder} cannot be used ({error}). Is the disk full or read-only? If not, delete that folder; it is made again."
        )


class ManifestError(IndexUnavailable):
    pass


class CacheError(IndexUnavailable):
    pass


class EmbeddingUnavailable(FootnoteError):
    pass


class JudgeUnavailable(FootnoteError):
    pass


class ModelUnavailable(FootnoteError):
    pass


class Translated:
    """Within it a library's exceptions, and the panics of its Rust core (no `Exception`), become what `ours` makes of them.

    `doing` is the verb that they stop; `passing` are raised as they are.
    """

    passing: tuple[type[BaseException], ...] = ()

    def __init__(self, doing: str) -> None:
        self.doing = doing

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is not None and not isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit, *self.passing)):
            raise self.ours(error) from error

    def ours(self, error: BaseException) -> FootnoteError:
        raise NotImplementedError
