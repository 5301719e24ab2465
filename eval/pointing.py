"""Train the network of `rag.pointer`, in PyTorch; what comes out are the arrays that it runs on.

The loss is the negative log likelihood of the answer's words (all words of the right sentence where they are not found in it), or of
“no answer”; half as much again for the right sentence among the sentences, so that the ranking is learned from every question.
Seeds of their own, one thread: the same data give the same arrays.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from eval.network import COMPONENTS, LAYERS, NOTHING, OF_LAYER, Arrays, Batch, Network
from rag.lexical import TOKEN
from rag.pointer import QUESTION_SIGNS, QUESTION_WORDS, SENTENCE_WORDS, WORD_SIGNS, Seen, project

PASSES, BATCH, RATE, DECAY = 6, 48, 1e-3, 0.02
NETWORKS = 2  # that begin, and meet the examples, differently
SENTENCE_LOSS = 0.5
THREADS = 1  # other folds are fitted beside it
SAMPLE = 2500  # questions whose words the components are computed from


@dataclass(frozen=True)
class Example:
    """A question as the network sees it. `answer_words` says for each sentence which of its words are the answer."""

    seen: Seen
    rows: NDArray[np.float64]
    answer: tuple[float, ...]
    answer_words: tuple[NDArray[np.bool_], ...]
    answerable: bool
    weight: float


def answer_words(sentence: str, right: bool, answers: Sequence[str], count: int) -> NDArray[np.bool_]:
    """Which of the first `count` words of a sentence are of an answer; all of them where it is right and has none of the answers."""
    marked = np.zeros(count, dtype=bool)
    if not right:
        return marked
    low = sentence.lower()
    places = [(at, at + len(a)) for a in answers if a and (at := low.find(a.lower())) >= 0]
    for i, match in zip(range(count), TOKEN.finditer(sentence), strict=False):
        marked[i] = any(start < match.end() and match.start() < end for start, end in places)
    return marked if marked.any() else np.ones(count, dtype=bool)


def train(examples: Sequence[Example]) -> Arrays:
    """The arrays of `rag.pointer.point`."""
    torch.set_num_threads(THREADS)
    fixed = _fixed(examples)
    batches = _Batches(examples, fixed)
    return fixed | together([_trained(seed, examples, batches) for seed in range(NETWORKS)])


def together(networks: Sequence[Network]) -> Arrays:
    """The arrays of each, the networks first."""
    made = [network.arrays() for network in networks]
    return {name: np.stack([arrays[name] for arrays in made]) for name in made[0]}


def _trained(seed: int, examples: Sequence[Example], batches: _Batches) -> Network:
    torch.manual_seed(seed)
    network = Network(len(examples[0].answer), examples[0].rows.shape[1])
    total = PASSES * math.ceil(len(examples) / BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, (step + 1) / 50) * max(0.0, 1 - step / total))
    order = np.random.default_rng(seed)
    network.train()
    for _ in range(PASSES):
        for chosen in np.array_split(order.permutation(len(examples)), math.ceil(len(examples) / BATCH)):
            loss = _loss(network, batches.of(torch.tensor(chosen)))
            if loss is not None:
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
            schedule.step()
    return network


def _fixed(examples: Sequence[Example]) -> Arrays:
    """Principal components of the words, and the scales of the features."""
    step = max(len(examples) // SAMPLE, 1)
    words = np.concatenate([m for e in examples[::step] for m in (e.seen.question, *e.seen.sentences)])
    rows = np.concatenate([e.rows for e in examples])
    answers = np.array([e.answer for e in examples])
    found = {
        "mean": words.mean(axis=0),
        "components": _components(words),
        "row_mean": rows.mean(axis=0),
        "row_scale": rows.std(axis=0) + 1e-6,
        "answer_mean": answers.mean(axis=0),
        "answer_scale": answers.std(axis=0) + 1e-6,
    }
    return {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in found.items()}


def _components(words: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each layer's own, scaled so that their mean variance is 1; shape (LAYERS, dimension, OF_LAYER)."""
    found = []
    for layer in np.hsplit(words, LAYERS):
        variances, directions = np.linalg.eigh(np.cov(layer.T))
        found.append(directions[:, ::-1][:, :OF_LAYER] / np.sqrt(variances[::-1][:OF_LAYER].mean()))
    return np.stack(found)


class _Texts:
    """Every text's words once, although many questions meet it: projected, in one table, which ends with a row for no word.

    Examples share the arrays of a text, so that where they lie in memory tells texts apart.
    """

    def __init__(self, fixed: Arrays, texts: Iterable[NDArray[np.float32]]) -> None:
        found = {self._key(text): text for text in texts}
        lengths = [len(text) for text in found.values()]
        self._starts = dict(zip(found, np.cumsum([0, *lengths])[:-1].tolist(), strict=True))
        self.none = sum(lengths)
        rows = np.empty((self.none + 1, COMPONENTS), np.float32)
        for key, text in found.items():
            rows[self._starts[key] : self._starts[key] + len(text)] = project(fixed, text)
        rows[-1] = 0
        self.table = torch.from_numpy(rows)

    def rows(self, text: NDArray[np.float32]) -> NDArray[np.int64]:
        start = self._starts[self._key(text)]
        return np.arange(start, start + len(text))

    def _key(self, text: NDArray[np.float32]) -> tuple[int, int]:
        return text.ctypes.data, len(text)


class _Batches:
    """All examples, as places in the table of texts and what differs by question."""

    def __init__(self, examples: Sequence[Example], fixed: Arrays) -> None:
        self._texts = _Texts(fixed, (m for e in examples for m in (e.seen.question, *e.seen.sentences, *e.seen.before)))
        n, most = len(examples), max(len(e.rows) for e in examples)
        self._question = np.full((n, QUESTION_WORDS), self._texts.none)
        self._question_signs = np.zeros((n, QUESTION_WORDS, QUESTION_SIGNS), np.float32)
        self._words, self._before = (np.full((n, most, SENTENCE_WORDS), self._texts.none) for _ in range(2))
        self._signs, self._before_signs = (np.zeros((n, most, SENTENCE_WORDS, WORD_SIGNS), bool) for _ in range(2))
        self._right = np.zeros((n, most, SENTENCE_WORDS), bool)
        self._met = np.zeros((n, most, 2, QUESTION_WORDS), np.float32)
        self._rows = np.zeros((n, most, examples[0].rows.shape[1]), np.float32)
        for i, e in enumerate(examples):
            self._put(i, e, fixed)
        self._answer = np.array([(np.array(e.answer) - fixed["answer_mean"]) / fixed["answer_scale"] for e in examples], np.float32)
        self._none = np.array([not e.answerable for e in examples])
        self._weight = np.array([e.weight for e in examples], np.float32)

    def _put(self, i: int, e: Example, fixed: Arrays) -> None:
        asked = len(e.seen.question)
        self._question[i, :asked] = self._texts.rows(e.seen.question)
        self._question_signs[i, :asked] = e.seen.question_signs
        self._rows[i, : len(e.rows)] = (e.rows - fixed["row_mean"]) / fixed["row_scale"]
        self._met[i, : len(e.rows), :, :asked] = e.seen.met
        for c, right in enumerate(e.answer_words):
            words, before = e.seen.sentences[c], e.seen.before[c]
            self._words[i, c, : len(words)] = self._texts.rows(words)
            self._signs[i, c, : len(words)] = e.seen.sentence_signs[c]
            self._right[i, c, : len(words)] = right[: len(words)]
            self._before[i, c, : len(before)] = self._texts.rows(before)
            self._before_signs[i, c, : len(before)] = e.seen.before_signs[c]

    def of(self, chosen: Tensor) -> Batch:
        i = chosen.numpy()
        question, asked = self._padded(self._question[i], self._question_signs[i])
        words, there = self._padded(self._words[i], self._signs[i])
        before, earlier = self._padded(self._before[i], self._before_signs[i])
        met, right = self._met[i][..., : asked.shape[1]], self._right[i][..., : there.shape[2]]
        same = (met, self._rows[i], self._answer[i], right, self._none[i], self._weight[i])
        return Batch(question, asked, words, there, before, earlier, *(torch.from_numpy(array) for array in same))

    def _padded(self, places: NDArray[np.int64], signs: NDArray[Any]) -> tuple[Tensor, Tensor]:
        """Vectors and signs of the words, and which places have one, as far as the longest goes."""
        there = places != self._texts.none
        most = int(there.sum(axis=-1).max(initial=1))
        vectors = self._texts.table[torch.from_numpy(places[..., :most])]
        return torch.cat([vectors, torch.from_numpy(signs[..., :most, :]).float()], -1), torch.from_numpy(there[..., :most])


def _loss(network: Network, batch: Batch) -> Tensor | None:
    words, none = network(batch)
    right = torch.cat([batch.right_words.flatten(1), batch.right_none[:, None]], 1)
    known = right.any(1)  # not where the answer is in none of the sentences
    if not known.any():
        return None
    likely = torch.cat([words.flatten(1), none[:, None]], 1).log_softmax(1)
    loss = -(_of(likely, right) * batch.weight)[known].mean()
    holds = batch.right_words.any(2)
    found = holds.any(1)
    if found.any():
        sentences = torch.logsumexp(words, 2).log_softmax(1)
        loss = loss - SENTENCE_LOSS * _of(sentences, holds)[found].mean()
    return loss


def _of(likely: Tensor, right: Tensor) -> Tensor:
    return torch.logsumexp(likely.masked_fill(~right, NOTHING), 1)
