"""Writers turn evidence into a draft; what they write is shown only after the verifier has judged it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.types import Draft, Evidence, Progress, WriterName


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A finished sentence of a draft, markers taken off.

    `cited` are article ids that the writer named and that are in the evidence. `at` is the place of a sentence that
    was copied verbatim: article id, start, end.
    """

    text: str
    cited: tuple[str, ...] = ()
    at: tuple[str, int, int] | None = None


DraftPiece = DraftSentence | Draft | Progress


class Writer(Protocol):
    """One method. `Draft` shows the unfinished sentence, `Progress` what is waited for."""

    @property
    def name(self) -> WriterName: ...

    @property
    def model(self) -> str | None: ...

    def write(self, query: str, evidence: Sequence[Evidence]) -> Iterator[DraftPiece]:
        """Write a draft. Closing the iterator stops the work at once.

        Raises:
            ModelUnavailable: the model server cannot go on; one clear sentence with the fix.
        """
        ...
