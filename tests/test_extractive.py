"""How many sentences the writer without a model shows, and which bring the one before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rag.answerable import Choice
from rag.choose import Choices
from rag.features import view_sentences
from rag.passages import sentence_spans
from rag.types import Passage
from rag.writers import DraftSentence
from rag.writers.extractive import ExtractiveWriter

STREETS = "Helicopters fired on the bridge. Snow fell in the valley. Nurses asked for blood. Goats were sold in Lund. A choir sang."


def written(text: str, **probabilities: float) -> list[str]:
    """What is displayed of a text whose sentences, by their first words, answer with these probabilities."""
    spans = tuple(sentence_spans(text))
    passage = Passage("000#0-x", "000", 0, len(text), text, spans)
    views = view_sentences(passage)
    unlike = np.eye(len(views), dtype=np.float32)
    found = {view.text.split()[0]: Choice(passage, n, view, unlike[n], 0.0, 0.0) for n, view in enumerate(views)}
    ranked = sorted((replace(found[word], probability=p) for word, p in probabilities.items()), key=lambda c: -c.probability)
    pieces = list(ExtractiveWriter(Choices(tuple(ranked), 0.9)).write("", ()))
    assert all(isinstance(piece, DraftSentence) for piece in pieces)
    return [piece.text for piece in pieces if isinstance(piece, DraftSentence)]


def test_one_sentence_is_displayed_where_no_other_is_likely_to_answer() -> None:
    assert written(STREETS, Snow=0.95, Nurses=0.03, Goats=0.02) == ["Snow fell in the valley."]


def test_each_sentence_that_may_well_answer_is_displayed_and_never_more_than_four() -> None:
    assert written(STREETS, Snow=0.8, Nurses=0.1, Goats=0.1) == [
        "Snow fell in the valley.",
        "Nurses asked for blood.",
        "Goats were sold in Lund.",
    ]
    assert len(written(STREETS, Snow=0.2, Nurses=0.2, Goats=0.2, Helicopters=0.2, A=0.2)) == 4


def test_the_best_sentence_is_displayed_however_unlikely() -> None:
    assert written(STREETS, A=0.05, Snow=0.04) == ["A choir sang."]


@pytest.mark.parametrize(
    "later",
    [
        "It was built in 1874.",
        "On Monday he said so.",
        "It is expected to hold.",
        "It will take control in two weeks.",
        "The town fell silent.",
    ],
)
def test_a_sentence_that_refers_to_the_one_before_brings_it(later: str) -> None:
    assert written(f"Helicopters fired on the bridge. {later}", **{later.split()[0]: 1.0}) == [f"Helicopters fired on the bridge. {later}"]


@pytest.mark.parametrize(
    "later",
    [
        "It took three months to rebuild the mill.",
        "It could be years before anyone returns to Lund.",
        "It is not clear who fired.",
        "It was the first time that snow fell in May.",
        "It turned out that nobody was hurt.",
    ],
)
def test_a_sentence_whose_it_stands_for_nothing_comes_alone(later: str) -> None:
    assert written(f"Helicopters fired on the bridge. {later}", It=1.0) == [later]
