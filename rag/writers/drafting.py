"""What is done with a model's words while they come: give out sentences, notice repetition, know when it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rag.prompts import NO_ANSWER
from rag.types import Draft, Progress
from rag.writers import DraftPiece, DraftSentence
from rag.writers.sentences import SentenceReader, declines

LOOP_CHARS = 160  # no prose says the same 160 characters over in one breath
LONGEST_PERIOD = 80
TIMES = 3  # a sentence that comes a third time will come a fourth
AFTERWORDS = 16  # deltas read after NO ANSWER: enough for the last line with the counts, not for an essay

_REPEATS = "The model repeats itself and was stopped: choose a larger OLLAMA_MODEL if this happens often."


class Drafting:
    """The state of one draft. `over` asks the caller to hang up."""

    def __init__(self, known: Iterable[str], limit: int) -> None:
        self.over = False
        self.kept = 0
        self.declined = False
        self.thought = False
        self._reader = SentenceReader(known)
        self._limit = limit
        self._deltas = 0
        self._after = 0
        self._seen: Counter[str] = Counter()
        self._tail = ""
        self._shown = ""

    @property
    def doing(self) -> str:
        """What a silent model is probably busy with."""
        return "writing" if self.kept or self._shown else "thinking" if self.thought else "reading the passages"

    def think(self, thought: str) -> Iterator[Progress]:
        """Thoughts are not shown; that there are some is, once."""
        if (thought or self._reader.thought) and not self.thought:
            self.thought = True
            yield Progress("the model is thinking …")

    def take(self, words: str) -> Iterator[DraftPiece]:
        """The pieces that these words complete."""
        self._deltas += 1
        if self.declined:
            self._after += 1
            self.over = self._after > AFTERWORDS
            return
        yield from self._keep(self._reader.feed(words))
        yield from self._stop_if_endless(words)
        yield from self._draft()

    def finish(self, cut_short: bool) -> Iterator[DraftPiece]:
        """The last sentence; one that the token limit cut in two is left out, for half a number is a wrong number."""
        last = self._reader.pending
        rest = self._reader.finish()
        if cut_short and rest and not rest[-1].cited and not last.endswith(("!", "?", ".", '"', "”")):
            rest.pop()
            yield Progress(f"The draft reached {self._limit} tokens and was cut: raise OLLAMA_NUM_PREDICT.", lasts=True)
        yield from self._keep(rest)

    def _keep(self, sentences: Iterable[DraftSentence]) -> Iterator[DraftPiece]:
        for sentence in sentences:
            if self.over or self.declined:
                return
            if declines(sentence):
                self.declined = True
                return
            self._seen[sentence.text.casefold()] += 1
            times = self._seen[sentence.text.casefold()]
            if times == 1:
                self.kept += 1
                yield sentence
            elif times == TIMES:
                yield self._stop(_REPEATS)

    def _stop_if_endless(self, words: str) -> Iterator[Progress]:
        self._tail = (self._tail + words)[-LOOP_CHARS - LONGEST_PERIOD :]
        if not self.over and _loops(self._tail):
            yield self._stop(_REPEATS)
        if not self.over and self._deltas > self._limit:
            yield self._stop(f"The model did not stop at {self._limit} tokens and was stopped.")

    def _draft(self) -> Iterator[Draft]:
        pending = "" if self.over or self.declined else self._reader.pending
        if pending and pending != self._shown and not NO_ANSWER.startswith(pending[: len(NO_ANSWER)].upper()):
            self._shown = pending
            yield Draft(pending)

    def _stop(self, notice: str) -> Progress:
        self.over = True
        return Progress(notice, lasts=True)


def _loops(tail: str) -> bool:
    """Whether the text ends in at least LOOP_CHARS of one unit over and over."""
    if len(tail) < LOOP_CHARS:
        return False
    periods = range(1, len(tail) - LOOP_CHARS + 1)
    # A text repeats with a period exactly when it equals itself moved by that period.
    return any(tail[-LOOP_CHARS:] == tail[-LOOP_CHARS - period : -period] for period in periods)
