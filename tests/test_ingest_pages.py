"""Saved pages in the structures of news sites become the articles in them; and the measure of that is right."""

from __future__ import annotations

from statistics import mean

import pytest

from eval.ingest import f1, measure, structures


@pytest.mark.parametrize(
    ("text", "wanted", "score"),
    [
        ("a b c d e", "a b c d e", 1.0),
        ("a b c d e", "A, b. C d – e!", 1.0),
        ("a b c d e f", "a b c d e", 0.8),  # 2 of 3 and 2 of 2 4-grams
        ("x a b c d", "a b c d", 2 / 3),
        ("a b c d a b c d", "a b c d", 1 / 3),
        ("", "a b c d", 0.0),
        ("a b", "c d", 1.0),  # neither has a 4-gram
    ],
)
def test_f1_is_of_the_four_grams_of_words(text: str, wanted: str, score: float) -> None:
    assert f1(text, wanted) == pytest.approx(score)


def test_pages_of_every_structure_become_their_articles() -> None:
    scores = measure()
    assert len(structures()) == len(scores) >= 40
    assert {name: round(score, 3) for name, score in scores.items() if score < 0.9} == {}
    assert mean(scores.values()) >= 0.99
