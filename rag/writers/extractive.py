"""The writer that needs no model: the verbatim sentences that answer best.

As many as it takes to hold the answer with a probability of `ENOUGH`, at most four; a sentence that says again what is
already said is left out, and one that opens with a pronoun brings the sentence that it refers to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.choose import Choice, Choices
from rag.facts import LEANS
from rag.features import view_sentences
from rag.lexical import content_stems
from rag.types import Evidence, WriterName
from rag.writers import DraftSentence

MOST = 4
ENOUGH = 0.75  # on SQuAD 2.0: 1.7 sentences on average (`python -m eval public`)
SAME_WORDS = 0.7  # of the shorter sentence's content words
SAME_MEANING = 0.9  # cosine


class ExtractiveWriter:
    """Writes from the sentences that were chosen for one question."""

    name: WriterName = "extractive"
    model = None

    def __init__(self, choices: Choices) -> None:
        self._choices = choices

    def write(self, query: str, evidence: Sequence[Evidence]) -> Iterator[DraftSentence]:
        for choice in select(self._choices):
            start, end = _with_antecedent(choice)
            text = choice.passage.text[start - choice.passage.start : end - choice.passage.start]
            article_id = choice.passage.article_id
            yield DraftSentence(text, (article_id,), (article_id, start, end))


def select(choices: Choices) -> list[Choice]:
    """The sentences to show, best first."""
    shown: list[Choice] = []
    held = 0.0
    for choice in choices.ranked:
        if len(shown) == MOST or held >= ENOUGH:
            break
        held += choice.probability
        if not any(_repeats(choice, other) for other in shown):
            shown.append(choice)
    return shown


def _repeats(choice: Choice, other: Choice) -> bool:
    if choice.passage.article_id == other.passage.article_id and _overlap(choice, other):
        return True
    mine, theirs = set(content_stems(choice.view.text)), set(content_stems(other.view.text))
    shared = len(mine & theirs) / max(min(len(mine), len(theirs)), 1)
    return shared >= SAME_WORDS or float(choice.vector @ other.vector) >= SAME_MEANING


def _overlap(choice: Choice, other: Choice) -> bool:
    (a, b), (c, d) = _with_antecedent(choice), _with_antecedent(other)
    return a < d and c < b


def _with_antecedent(choice: Choice) -> tuple[int, int]:
    """Article offsets of the sentence, from the one before where it opens with a word that refers to that."""
    views = view_sentences(choice.passage)
    first = choice.position
    if first and LEANS.match(views[first].text):
        first -= 1
    return views[first].start, choice.view.end
