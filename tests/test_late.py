"""Late interaction, with the real embedding weights."""

from __future__ import annotations

import numpy as np
import pytest

from rag.embed import Embedder, Words
from rag.late import LATE_FEATURES, late_features, met


def test_a_word_is_met_by_one_that_means_the_same_there(embedder: Embedder) -> None:
    asked, started, closed = embedder.embed_words(["When did it begin?", "The campaign started in May.", "The shop sells green paint."])
    assert asked.written == ("When", "did", "it", "begin")
    begin = asked.written.index("begin")
    assert met(asked, started)[begin] > met(asked, closed)[begin] + 0.1


def test_words_are_unit_vectors_and_a_text_met_again_is_not_embedded_again(embedder: Embedder) -> None:
    (first,) = embedder.embed_words(["Forty boats came back."])
    (again,) = embedder.embed_words(["Forty boats came back."])
    assert first is again
    assert first.written == ("Forty", "boats", "came", "back")
    assert np.allclose(np.linalg.norm(first.vectors, axis=1), 1.0, atol=1e-5)


def test_a_text_that_says_the_same_is_met_in_full() -> None:
    words = Words(("Boats", "sank"), np.eye(2, dtype=np.float32))
    other = Words(("rain",), np.array([[0.0, 1.0]], dtype=np.float32))
    rows = late_features(words, [words, other, Words((), np.zeros((0, 2), np.float32))], {"boat": 3.0, "sank": 1.0})
    assert rows.shape == (3, len(LATE_FEATURES))
    assert rows[0] == pytest.approx([1, 1, 1, 1, 1])
    assert rows[1] == pytest.approx([0.25, 0.5, 0, 0.5, 0])
    assert rows[2] == pytest.approx([0, 0, 0, 0, 0])


def test_a_question_without_content_words_counts_them_all() -> None:
    words = Words(("Who", "was", "it"), np.eye(3, dtype=np.float32))
    rows = late_features(words, [Words(("Who",), np.eye(3, dtype=np.float32)[:1])], {})
    assert rows[0] == pytest.approx([1 / 3, 1 / 3, 0, 1 / 3, 0])
