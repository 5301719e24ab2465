"""A misspelt word of a question → the word of the articles that it most likely is.

Only what is no word at all is touched: no article has it, and the embedding model's vocabulary (some twenty thousand English words)
does not either. The corrected query is shown, like every query that differs from the question.
"""

from __future__ import annotations

from collections import Counter

from rag.index import Index
from rag.lexical import TOKEN, is_content, stem, words

SHORTEST = 5  # letters; shorter words have too many neighbours
TWO_ERRORS_FROM = 8  # letters
LOOKED_AT = 20  # passages that have something like the word


def corrected(query: str, index: Index) -> str:
    """The query with its misspelt words replaced; the same string where there are none."""
    return TOKEN.sub(lambda match: _likeliest(match.group(), index) or match.group(), query)


def _likeliest(word: str, index: Index) -> str | None:
    lower = word.lower()
    if len(word) < SHORTEST or not word.isalpha() or not is_content(word) or index.has(stem(lower)) or _is_word(lower, index):
        return None
    from rapidfuzz.distance import OSA

    errors = 2 if len(word) >= TWO_ERRORS_FROM else 1
    passages = index.load([passage_id for passage_id, _ in index.resembling(stem(lower), errors, LOOKED_AT)])
    found = Counter(w for p in passages for w in words(p.passage.text))
    distance = {w: OSA.distance(w.lower(), lower, score_cutoff=errors) for w in found}
    near = [w for w in found if distance[w] <= errors]
    return min(near, key=lambda w: (distance[w], -found[w], w)) if near else None


def _is_word(lower: str, index: Index) -> bool:
    """In the model's vocabulary, alone or under its ending: “clashing” is there as “clash”."""
    return index.embedder.knows(lower) or index.embedder.knows(stem(lower))
