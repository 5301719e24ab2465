"""A small network that reads: it points at the word of a sentence that answers the question, or says that none does.

It sees every word as the embedding model does, on its last layer (`rag.late` has that already) and on an inner one, which knows
better what kind of thing a word is; so it learns what a question word asks for, where a regular expression would have to list it.
Question words are pooled into a few aspects by learned attention; each word of a sentence is matched with every aspect, beside what
the linear ranking knows of the sentence. In turn each word of the question is compared with what it attends to in the sentence and the
one before, as in decomposable attention (Parikh et al., 2016, arXiv:1606.01933): that shows which part of the question has no
counterpart. All words of all sentences and “no answer” share one softmax, as in the pointer networks of reading comprehension (Wang &
Jiang, 2017, arXiv:1608.07905); how likely “no answer” is in it follows from ANSWER_FEATURES alone, not from how the question is worded.
154,000 parameters. One network alone depends on what it began with: from fit to fit questions near the threshold change sides
(docs/log.md). What comes out is the mean of as many as were fitted.

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
FIXED = ("mean", "components", "row_mean", "row_scale", "answer_mean", "answer_scale")  # the same for all networks


@dataclass(frozen=True)
class Seen:
    """What the network looks at: vectors on both layers and signs of a question's and of sentences' words; how well the former are met.

    `before` is for each sentence the one that goes before it, without words where there is none. `met` has shape (sentences, 2,
    question words): in the sentence, and in it or the one before.
    """

    question: Matrix
    question_signs: Matrix
    sentences: tuple[Matrix, ...]
    sentence_signs: tuple[Matrix, ...]
    before: tuple[Matrix, ...]
    before_signs: tuple[Matrix, ...]
    met: Matrix


def see(question: Words, sentences: Sequence[Words], before: Sequence[Words | None]) -> Seen:
    """`before` has for each sentence the one that goes before it in its passage."""
    asked = Words(question.written[:QUESTION_WORDS], question.vectors[:QUESTION_WORDS])
    stems = {stem(word.lower()) for word in asked.written}
    here = [met(asked, words) for words in sentences]
    both = [np.maximum(found, met(asked, b)) if b else found for found, b in zip(here, before, strict=True)]
    earlier = [words or _nothing(question) for words in before]
    return Seen(
        _layers(question)[:QUESTION_WORDS],
        _question_signs(asked.written),
        *_vectors_and_signs(sentences, stems),
        *_vectors_and_signs(earlier, stems),
        np.stack([here, both], axis=1).astype(np.float32),
    )


def _nothing(like: Words) -> Words:
    return Words((), like.vectors[:0], _layers(like)[:0])


def _vectors_and_signs(sentences: Sequence[Words], stems: set[str]) -> tuple[tuple[Matrix, ...], tuple[Matrix, ...]]:
    return (
        tuple(_layers(words)[:SENTENCE_WORDS] for words in sentences),
        tuple(_word_signs(words.written[:SENTENCE_WORDS], stems) for words in sentences),
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


def point(weights: Arrays, seen: Seen, rows: NDArray[np.float64], answer: Sequence[float]) -> tuple[list[Matrix], float]:
    """Logits of the words of each sentence, shape (words,), and of “no answer”, in one softmax.

    `rows` are the sentences' CHOICE_FEATURES, `answer` the question's ANSWER_FEATURES. But for FIXED all arrays have the networks first.
    """
    with _blas().limit(limits=1, user_api="blas"):
        read = _read(weights, seen, rows, answer)
        made = [
            _point({name: array[i] for name, array in weights.items() if name not in FIXED}, seen, read) for i in range(networks(weights))
        ]
    words = zip(*(logits for logits, _ in made), strict=True)
    return [np.mean(of_sentence, axis=0) for of_sentence in words], float(np.mean([none for _, none in made]))


def networks(weights: Arrays) -> int:
    return len(weights["out_bias"])


def of_sentences(words: Sequence[Matrix]) -> NDArray[np.float64]:
    """Logits of the sentences from those of their words, shape (sentences,)."""
    return np.array([float(np.logaddexp.reduce(logits)) if len(logits) else -1e4 for logits in words])


@cache
def _blas() -> ThreadpoolController:
    """For products as small as these, more threads than one take longer, and slow down ONNX Runtime, which comes after: they go on
    waiting for work, on the same cores (docs/log.md)."""
    return ThreadpoolController()


@dataclass(frozen=True)
class _Read:
    """What all networks see: projected words with their signs, and features on one scale."""

    question: Matrix
    sentences: Matrix
    lengths: tuple[int, ...]
    rows: Matrix
    answer: NDArray[np.float64]


def _read(w: Arrays, seen: Seen, rows: NDArray[np.float64], answer: Sequence[float]) -> _Read:
    texts = [*seen.sentences, *seen.before]
    signs = np.concatenate([*seen.sentence_signs, *seen.before_signs])
    return _Read(
        np.hstack([project(w, seen.question), seen.question_signs]),
        np.hstack([project(w, np.concatenate(texts)), signs]),
        tuple(map(len, texts)),
        ((rows - w["row_mean"]) / w["row_scale"]).astype(np.float32),
        (np.asarray(answer, dtype=np.float64) - w["answer_mean"]) / w["answer_scale"],
    )


def _point(w: Arrays, seen: Seen, read: _Read) -> tuple[list[Matrix], float]:
    question, scaled = read.question, read.rows
    asked = _relu(question @ w["question"] + w["question_bias"])
    aspects = _softmax(question @ w["attention"] + w["attention_bias"]).T @ asked
    weight = _softmax(question @ w["weight"] + w["weight_bias"])[:, 0]
    # Each aspect goes through its matrix before it meets the words, and all words through theirs at once: 6 ms instead of 9.
    wanted = np.stack([m.T @ aspect for m, aspect in zip(w["match"], aspects, strict=True)], axis=1) / np.sqrt(aspects.shape[1])
    sought = asked @ w["seek"] / np.sqrt(asked.shape[1], dtype=np.float32)
    texts = _with_neighbours(w, _relu(read.sentences @ w["word"] + w["word_bias"]), read.lengths)
    logits = []
    for i, (words, before) in enumerate(zip(texts[: len(scaled)], texts[len(scaled) :], strict=True)):
        compared = _compared(w, asked, sought, seen.question_signs, weight, seen.met[i], words, before)
        logits.append(_sentence(w, words, aspects[0], wanted, scaled[i], seen.met[i] @ weight, compared))
    none = _relu(read.answer @ w["none"] + w["none_bias"]) @ w["none_out"] + w["none_out_bias"]
    return logits, float(none[0])


def project(weights: Arrays, vectors: Matrix) -> Matrix:
    """The vectors of both layers on the principal components of each, at about unit variance."""
    components = weights["components"]
    layers = np.hsplit(vectors - weights["mean"], len(components))
    projected: Matrix = np.hstack([layer @ of_layer for layer, of_layer in zip(layers, components, strict=True)]).astype(np.float32)
    return projected


def _with_neighbours(w: Arrays, words: Matrix, lengths: Sequence[int]) -> list[Matrix]:
    """Each word of each text with its neighbours, shape (words, hidden)."""
    found = []
    for of_text in np.split(words, np.cumsum(lengths)[:-1]):
        padded = np.pad(of_text, ((1, 1), (0, 0)))
        near = padded[:-2] * w["near"][:, 0] + of_text * w["near"][:, 1] + padded[2:] * w["near"][:, 2]
        found.append(_relu(of_text + near + w["near_bias"]))
    return found


def _compared(
    w: Arrays, asked: Matrix, sought: Matrix, signs: Matrix, weight: Matrix, met: Matrix, words: Matrix, before: Matrix
) -> Matrix:
    """What the question's words find in a sentence and the one before: the weighted mean and the most of them, shape (2 × compared,)."""
    there = np.concatenate([words, before])
    if not len(there):
        return np.zeros(2 * w["compare"].shape[1], np.float32)
    alike = there @ sought.T
    alike[len(words) :] += w["before"]
    found = _softmax(alike).T @ there
    each = _relu(np.hstack([asked, found, asked * found, met.T, signs]) @ w["compare"] + w["compare_bias"])
    return np.concatenate([weight @ each, each.max(axis=0)])


def _sentence(w: Arrays, words: Matrix, aspect: Matrix, wanted: Matrix, row: Any, reached: Any, compared: Matrix) -> Matrix:
    """`wanted`: what matches each aspect of the question; `reached`: how well its words are met here, and here or before."""
    n = len(words)
    if not n:
        return np.zeros(0, np.float32)
    matches = words @ wanted
    around = np.convolve(matches[:, 0], np.full(AROUND, 1 / AROUND, np.float32))[AROUND // 2 : AROUND // 2 + n]
    of_words = np.hstack([words, words * aspect, matches, around[:, None]])
    of_sentence = np.concatenate([words.mean(axis=0), reached, row, compared])
    hidden = _relu(of_words @ w["deep"] + of_sentence @ w["whole"] + w["whole_bias"])
    logits = hidden @ w["out"] + w["out_bias"] + row @ w["row"] + w["row_bias"]
    found: Matrix = logits[:, 0]
    return found


def _relu(x: Any) -> Any:
    return np.maximum(x, 0)


def _softmax(x: Any) -> Any:
    """Over the first axis."""
    powers = np.exp(x - x.max(axis=0))
    return powers / powers.sum(axis=0)
