"""Train the network of `rag.pointer`, in PyTorch; what comes out are the arrays that it runs on.

The loss is the negative log likelihood of the answer's words (all words of the right sentence where they are not found in it), or of
“no answer”; half as much again for the right sentence among the sentences, so that the ranking is learned from every question.
One seed, two threads: the same data give the same arrays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from rag.lexical import TOKEN
from rag.pointer import AROUND, QUESTION_SIGNS, QUESTION_WORDS, SENTENCE_WORDS, WORD_SIGNS, Seen, project

LAYERS = 2  # of the embedding model: the last and an inner one
OF_LAYER, HIDDEN, HEADS, NONE_HIDDEN = 128, 96, 4, 32  # what else was tried is in docs/log.md
COMPONENTS = LAYERS * OF_LAYER
PASSES, BATCH, RATE, DECAY, DROPOUT = 8, 48, 1e-3, 0.02, 0.2
SENTENCE_LOSS = 0.5
THREADS = 2  # 33 s for 1,500 examples where one takes 45, and the same sums come out
SAMPLE = 2500  # questions whose words the components are computed from
NOTHING = -1e4
Arrays = dict[str, NDArray[np.float32]]


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
    torch.manual_seed(0)
    fixed = _fixed(examples)
    batches = _Batches(examples, fixed)
    network = Network(len(examples[0].answer), examples[0].rows.shape[1])
    total = PASSES * math.ceil(len(examples) / BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, (step + 1) / 50) * max(0.0, 1 - step / total))
    order = np.random.default_rng(0)
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
    return fixed | network.arrays()


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


@dataclass(frozen=True)
class _Batch:
    question: Tensor
    asked: Tensor  # which places of `question` are words
    words: Tensor
    there: Tensor  # which places of `words` are words
    met: Tensor
    rows: Tensor
    answer: Tensor
    right_words: Tensor
    right_none: Tensor
    weight: Tensor


class _Batches:
    """All examples, padded."""

    def __init__(self, examples: Sequence[Example], fixed: Arrays) -> None:
        n, most = len(examples), max(len(e.rows) for e in examples)
        self._question = np.zeros((n, QUESTION_WORDS, COMPONENTS + QUESTION_SIGNS), np.float16)
        self._asked = np.zeros((n, QUESTION_WORDS), bool)
        self._words = np.zeros((n, most, SENTENCE_WORDS, COMPONENTS + WORD_SIGNS), np.float16)
        self._there = np.zeros((n, most, SENTENCE_WORDS), bool)
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
        self._question[i, :asked] = np.hstack([project(fixed, e.seen.question), e.seen.question_signs])
        self._asked[i, :asked] = True
        self._rows[i, : len(e.rows)] = (e.rows - fixed["row_mean"]) / fixed["row_scale"]
        self._met[i, : len(e.rows), :, :asked] = e.seen.met
        for c, (vectors, signs, right) in enumerate(zip(e.seen.sentences, e.seen.sentence_signs, e.answer_words, strict=True)):
            self._words[i, c, : len(vectors)] = np.hstack([project(fixed, vectors), signs])
            self._there[i, c, : len(vectors)] = True
            self._right[i, c, : len(vectors)] = right[: len(vectors)]

    def of(self, chosen: Tensor) -> _Batch:
        def some(array: NDArray[Any]) -> Tensor:
            found = torch.from_numpy(array[chosen.numpy()])
            return found.float() if found.is_floating_point() else found

        names = ("_question", "_asked", "_words", "_there", "_met", "_rows", "_answer", "_right", "_none", "_weight")
        return _Batch(*(some(getattr(self, name)) for name in names))


def _loss(network: Network, batch: _Batch) -> Tensor | None:
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


class Network(nn.Module):
    """What `rag.pointer.point` computes, for many questions at once."""

    def __init__(self, answers: int, rows: int) -> None:
        super().__init__()
        self.attention = nn.Linear(COMPONENTS + QUESTION_SIGNS, HEADS)
        self.question = nn.Linear(COMPONENTS + QUESTION_SIGNS, HIDDEN)
        self.weight = nn.Linear(COMPONENTS + QUESTION_SIGNS, 1)
        self.word = nn.Linear(COMPONENTS + WORD_SIGNS, HIDDEN)
        self.near = nn.Conv1d(HIDDEN, HIDDEN, 3, padding=1, groups=HIDDEN)
        self.match = nn.ModuleList(nn.Linear(HIDDEN, HIDDEN, bias=False) for _ in range(HEADS))
        self.deep = nn.Linear(3 * HIDDEN + HEADS + 2 + rows + 1, HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)
        self.row = nn.Linear(rows, 1)
        self.none = nn.Linear(answers, NONE_HIDDEN)
        self.none_out = nn.Linear(NONE_HIDDEN, 1)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, batch: _Batch) -> tuple[Tensor, Tensor]:
        """Logits of the words, shape (questions, sentences, words), and of “no answer”, shape (questions,)."""
        unasked = ~batch.asked[..., None]
        shares = self.attention(batch.question).masked_fill(unasked, NOTHING).softmax(1)
        aspects = torch.einsum("bqh,bqd->bhd", shares, functional.relu(self.question(batch.question)))
        weight = self.weight(batch.question).masked_fill(unasked, NOTHING).softmax(1).squeeze(-1)
        there = batch.there[..., None]
        words = functional.relu(self.word(batch.words)) * there
        flat = words.flatten(0, 1).transpose(1, 2)
        words = functional.relu(words + self.near(flat).transpose(1, 2).reshape(words.shape)) * there
        logits = self.out(self.dropout(functional.relu(self.deep(self.dropout(self._inside(batch, words, aspects, weight))))))
        logits = logits.squeeze(-1) + self.row(batch.rows)
        none = self.none_out(self.dropout(functional.relu(self.none(batch.answer)))).squeeze(-1)
        return logits.masked_fill(~batch.there, NOTHING), none

    def _inside(self, batch: _Batch, words: Tensor, aspects: Tensor, weight: Tensor) -> Tensor:
        n = words.shape[2]
        matches = torch.stack(
            [torch.einsum("bcwd,bd->bcw", match(words), aspects[:, k]) / HIDDEN**0.5 for k, match in enumerate(self.match)], -1
        )
        around = functional.avg_pool1d(matches[..., 0].flatten(0, 1)[:, None], AROUND, 1, AROUND // 2)[:, 0].reshape(*matches.shape[:3], 1)
        reached = (batch.met * weight[:, None, None]).sum(-1)
        mean = words.sum(2) / batch.there.sum(2).clamp(min=1)[..., None]
        of_sentence = [mean, reached[..., 1:], batch.rows, reached[..., :1]]
        pooled, before, rows, here = (x[:, :, None].expand(-1, -1, n, -1) for x in of_sentence)
        return torch.cat([words, words * aspects[:, 0][:, None, None], pooled, matches, before, around, rows, here], -1)

    def arrays(self) -> Arrays:
        """By the names and in the shapes that `rag.pointer.point` uses; half precision is enough to keep them in."""
        found: dict[str, Tensor] = {"match": torch.stack([m.weight for m in self.match])}  # type: ignore[misc]
        for name in ("attention", "question", "weight", "word", "deep", "out", "row", "none", "none_out"):
            layer = getattr(self, name)
            found |= {name: layer.weight.T, f"{name}_bias": layer.bias}
        found |= {"near": self.near.weight[:, 0], "near_bias": self.near.bias}  # type: ignore[dict-item]
        return {name: np.ascontiguousarray(tensor.detach().numpy()) for name, tensor in found.items()}
