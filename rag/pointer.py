"""A small network that reads: it points at the word of a sentence that answers the question, or says that none does.

It sees every word as the embedding model does, on its last layer (`rag.late` has that already) and on an inner one, which knows
better what kind of thing a word is; so it learns what a question word asks for, where a regular expression would have to list it.
Question words are pooled into a few aspects by learned attention; each word of a sentence is matched with every aspect, beside what
the linear ranking knows of the sentence. All words of all sentences and “no
answer” share one softmax, as in the pointer networks of reading comprehension (Wang & Jiang, 2017, arXiv:1608.07905); whether to
answer is judged from ANSWER_FEATURES alone, never from how the question is worded. 120,000 parameters.

Weights: `rag/pointer.npz`, made by `python -m eval calibrate` for the bundled embedding model; with another one it is not used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from rag.embed import Words
from rag.late import met
from rag.lexical import is_content, stem

Arrays = Mapping[str, NDArray[np.float32]]
Matrix = NDArray[np.float32]

QUESTION_WORDS, SENTENCE_WORDS = 24, 40  # longer texts are cut
AROUND = 7  # words; how near a word is to what was asked
_ASKING = {"who": 0, "whom": 0, "whose": 0, "when": 1, "where": 2, "why": 3, "how": 4, "what": 5, "which": 6}
QUESTION_SIGNS, WORD_SIGNS = 10, 6


@dataclass(frozen=True)
class Seen:
    """What the network looks at: vectors on both layers and signs of a question's and of sentences' words; how well the former are met.

    `met` has shape (sentences, 2, question words): in the sentence, and in it or the one before.
    """

    question: Matrix
    question_signs: Matrix
    sentences: tuple[Matrix, ...]
    sentence_signs: tuple[Matrix, ...]
    met: Matrix


def see(question: Words, sentences: Sequence[Words], before: Sequence[Words | None]) -> Seen:
    """`before` has for each sentence the one that goes before it in its passage."""
    asked = Words(question.written[:QUESTION_WORDS], question.vectors[:QUESTION_WORDS])
    stems = {stem(word.lower()) for word in asked.written}
    here = [met(asked, words) for words in sentences]
    both = [np.maximum(found, met(asked, b)) if b else found for found, b in zip(here, before, strict=True)]
    return Seen(
        _layers(question)[:QUESTION_WORDS],
        _question_signs(asked.written),
        tuple(_layers(words)[:SENTENCE_WORDS] for words in sentences),
        tuple(_word_signs(words.written[:SENTENCE_WORDS], stems) for words in sentences),
        np.stack([here, both], axis=1).astype(np.float32),
    )


def _layers(words: Words) -> Matrix:
    assert words.layers is not None
    return words.layers


def _question_signs(written: Sequence[str]) -> Matrix:
    signs = np.zeros((len(written), QUESTION_SIGNS), dtype=np.float32)
    for i, word in enumerate(written):
        if word.lower() in _ASKING:
            signs[i, _ASKING[word.lower()]] = 1
        signs[i, 7:] = (is_content(word), i > 0 and word[0].isupper(), any(c.isdigit() for c in word))
    return signs


def _word_signs(written: Sequence[str], stems: set[str]) -> Matrix:
    rows = [
        (
            stem(word.lower()) in stems,
            i > 0 and word[0].isupper(),
            any(c.isdigit() for c in word),
            is_content(word),
            i == 0,
            i == 0 and word[0].isupper(),
        )
        for i, word in enumerate(written)
    ]
    return np.array(rows, dtype=np.float32).reshape(len(rows), WORD_SIGNS)


def point(weights: Arrays, seen: Seen, rows: NDArray[np.float64], answer: Sequence[float]) -> tuple[NDArray[np.float64], float]:
    """Logits of the sentences, shape (sentences,), and of “no answer”, in one softmax.

    `rows` are the sentences' CHOICE_FEATURES, `answer` the question's ANSWER_FEATURES.
    """
    with _blas().limit(limits=1, user_api="blas"):
        return _point(weights, seen, rows, answer)


@cache
def _blas() -> ThreadpoolController:
    """For products as small as these, more threads than one take longer, and slow down ONNX Runtime, which comes after: they go on
    waiting for work, on the same cores (docs/log.md)."""
    return ThreadpoolController()


def _point(w: Arrays, seen: Seen, rows: NDArray[np.float64], answer: Sequence[float]) -> tuple[NDArray[np.float64], float]:
    question = np.hstack([project(w, seen.question), seen.question_signs])
    shares = _softmax(question @ w["attention"] + w["attention_bias"])
    aspects = shares.T @ _relu(question @ w["question"] + w["question_bias"])
    weight = _softmax(question @ w["weight"] + w["weight_bias"])[:, 0]
    scaled = ((rows - w["row_mean"]) / w["row_scale"]).astype(np.float32)
    # All words at once, and each aspect through its matrix before it meets them: 6 ms instead of 9.
    inputs = np.hstack([project(w, np.concatenate(seen.sentences)), np.concatenate(seen.sentence_signs)])
    words = np.split(_relu(inputs @ w["word"] + w["word_bias"]), np.cumsum([len(s) for s in seen.sentences])[:-1])
    wanted = np.stack([m.T @ aspect for m, aspect in zip(w["match"], aspects, strict=True)], axis=1) / np.sqrt(aspects.shape[1])
    logits = [_sentence(w, found, aspects[0], wanted, scaled[i], seen.met[i] @ weight) for i, found in enumerate(words)]
    facts = (np.asarray(answer) - w["answer_mean"]) / w["answer_scale"]
    none = _relu(facts @ w["none"] + w["none_bias"]) @ w["none_out"] + w["none_out_bias"]
    return np.array(logits), float(none[0])


def project(weights: Arrays, vectors: Matrix) -> Matrix:
    """The vectors of both layers on the principal components of each, at about unit variance."""
    components = weights["components"]
    layers = np.hsplit(vectors - weights["mean"], len(components))
    projected: Matrix = np.hstack([layer @ of_layer for layer, of_layer in zip(layers, components, strict=True)]).astype(np.float32)
    return projected


def _sentence(w: Arrays, words: Matrix, aspect: Matrix, wanted: Matrix, row: Any, reached: Any) -> float:
    """`wanted`: what matches each aspect of the question; `reached`: how well its words are met here, and here or before."""
    n = len(words)
    if not n:
        return -1e4
    padded = np.pad(words, ((1, 1), (0, 0)))
    words = _relu(words + padded[:-2] * w["near"][:, 0] + words * w["near"][:, 1] + padded[2:] * w["near"][:, 2] + w["near_bias"])
    matches = words @ wanted
    around = np.convolve(matches[:, 0], np.full(AROUND, 1 / AROUND, np.float32))[AROUND // 2 : AROUND // 2 + n]
    same = np.ones((n, 1), np.float32)
    inside = np.hstack([
        words, words * aspect, same * words.mean(axis=0), matches, same * reached[1], around[:, None], same * row, same * reached[0],
    ])  # fmt: skip
    logits = _relu(inside @ w["deep"] + w["deep_bias"]) @ w["out"] + w["out_bias"] + row @ w["row"] + w["row_bias"]
    return float(np.logaddexp.reduce(logits[:, 0]))


def _relu(x: Any) -> Any:
    return np.maximum(x, 0)


def _softmax(x: Any) -> Any:
    """Over the first axis."""
    powers = np.exp(x - x.max(axis=0))
    return powers / powers.sum(axis=0)
