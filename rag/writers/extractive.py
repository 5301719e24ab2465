"""The writer that needs no model: the verbatim sentences that answer best.

The best one, and after it those that hold the answer with a probability of at least `WORTH_READING`, four in all: no rule that was
tried shows more answers in as many sentences (docs/log.md). A sentence that says again what is already said is left out, and one
that opens with a pronoun brings the sentence that it refers to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.answerable import Choice
from rag.choose import Choices
from rag.facts import LEANS
from rag.features import view_sentences
from rag.lexical import content_stems
from rag.types import Evidence, Statement, WriterName
from rag.writers import DraftSentence

MOST = 4
WORTH_READING = 0.06  # on SQuAD 2.0: 1.8 sentences on average (`python -m eval public`)
SAME_WORDS = 0.7  # of the shorter sentence's content words
SAME_MEANING = 0.9  # cosine


class ExtractiveWriter:
    """Writes from the sentences that were chosen for one question."""

    name: WriterName = "extractive"
    model = None

    def __init__(self, choices: Choices) -> None:
        self._choices = choices

    def write(self, query: str, evidence: Sequence[Evidence]) -> Iterator[DraftSentence]:
        shown: list[tuple[str, int, int]] = []
        for choice in select(self._choices):
            article_id, (start, end) = choice.passage.article_id, _with_antecedent(choice)
            if any(a == article_id and s < end and start < e for a, s, e in shown):
                start = choice.view.start  # what it refers to is on display already
            shown.append((article_id, start, end))
            text = choice.passage.text[start - choice.passage.start : end - choice.passage.start]
            yield DraftSentence(text, (article_id,), (article_id, start, end))


def select(choices: Choices) -> list[Choice]:
    """The sentences to show, best first."""
    shown: list[Choice] = []
    for choice in choices.ranked:
        if len(shown) == MOST or (shown and choice.probability < WORTH_READING):
            break
        if not any(_repeats(choice, other) for other in shown):
            shown.append(choice)
    return shown


def rests_on_an_answer(choices: Choices, statements: Sequence[Statement]) -> bool:
    """Whether any of the statements cites a sentence that would be shown."""
    return any(
        c.article_id == choice.passage.article_id and c.start < choice.view.end and choice.view.start < c.end
        for choice in select(choices)
        for statement in statements
        for c in statement.citations
    )


def _repeats(choice: Choice, other: Choice) -> bool:
    if choice.passage.id == other.passage.id and choice.position == other.position - 1 and LEANS.match(other.view.text):
        return True  # the other one brings it
    mine, theirs = set(content_stems(choice.view.text)), set(content_stems(other.view.text))
    shared = len(mine & theirs) / max(min(len(mine), len(theirs)), 1)
    return shared >= SAME_WORDS or float(choice.vector @ other.vector) >= SAME_MEANING


def _with_antecedent(choice: Choice) -> tuple[int, int]:
    """Article offsets of the sentence, from the one before where it opens with a word that refers to that."""
    views = view_sentences(choice.passage)
    first = choice.position
    if first and LEANS.match(views[first].text):
        first -= 1
    return views[first].start, choice.view.end
