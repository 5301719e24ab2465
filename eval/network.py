"""The network of `rag.pointer` in PyTorch, for many questions at once, to be trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from rag.pointer import AROUND, QUESTION_SIGNS, WORD_SIGNS

LAYERS = 2  # of the embedding model: the last and an inner one
OF_LAYER, HIDDEN, HEADS, COMPARED, NONE_HIDDEN = 128, 96, 4, 48, 32  # what else was tried is in docs/log.md
COMPONENTS = LAYERS * OF_LAYER
DROPOUT = 0.2
NOTHING = -1e4
Arrays = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Batch:
    """Some examples, padded to the longest question and sentence of them. `asked`, `there` and `earlier`: which places are words."""

    question: Tensor
    asked: Tensor
    words: Tensor
    there: Tensor
    before: Tensor
    earlier: Tensor
    met: Tensor
    rows: Tensor
    answer: Tensor
    right_words: Tensor
    right_none: Tensor
    weight: Tensor


class Network(nn.Module):
    """What `rag.pointer.point` computes, for many questions at once."""

    def __init__(self, answers: int, rows: int) -> None:
        super().__init__()
        self.attention = nn.Linear(COMPONENTS + QUESTION_SIGNS, HEADS)
        self.question = nn.Linear(COMPONENTS + QUESTION_SIGNS, HIDDEN)
        self.weight = nn.Linear(COMPONENTS + QUESTION_SIGNS, 1)
        self.word = nn.Linear(COMPONENTS + WORD_SIGNS, HIDDEN)
        self.near = nn.Conv1d(HIDDEN, HIDDEN, 3, padding=1, groups=HIDDEN)
        self.match = nn.Parameter(torch.empty(HEADS, HIDDEN, HIDDEN).uniform_(-(HIDDEN**-0.5), HIDDEN**-0.5))
        self.seek = nn.Linear(HIDDEN, HIDDEN, bias=False)
        self.before = nn.Parameter(torch.tensor(-1.0))
        self.compare = nn.Linear(3 * HIDDEN + 2 + QUESTION_SIGNS, COMPARED)
        self.deep = nn.Linear(2 * HIDDEN + HEADS + 1, HIDDEN, bias=False)
        self.whole = nn.Linear(HIDDEN + 2 + rows + 2 * COMPARED, HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)
        self.row = nn.Linear(rows, 1)
        self.none = nn.Linear(answers, NONE_HIDDEN)
        self.none_out = nn.Linear(NONE_HIDDEN, 1)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Logits of the words, shape (questions, sentences, words), and of “no answer”, shape (questions,)."""
        unasked = ~batch.asked[..., None]
        asked = functional.relu(self.question(batch.question))
        aspects = torch.einsum("bqh,bqd->bhd", self.attention(batch.question).masked_fill(unasked, NOTHING).softmax(1), asked)
        weight = self.weight(batch.question).masked_fill(unasked, NOTHING).softmax(1).squeeze(-1)
        words = self._read(batch.words, batch.there)
        compared = self._compared(batch, asked, weight, words)
        reached = (batch.met * weight[:, None, None]).sum(-1)
        mean = words.sum(2) / batch.there.sum(2).clamp(min=1)[..., None]
        of_sentence = torch.cat([mean, reached, batch.rows, compared], -1)
        hidden = self.deep(self._dropped(self._of_words(words, aspects))) + self.whole(self.dropout(of_sentence))[:, :, None]
        logits = self.out(self._dropped(functional.relu(hidden))).squeeze(-1) + self.row(batch.rows)
        none = self.none_out(self.dropout(functional.relu(self.none(batch.answer)))).squeeze(-1)
        return logits.masked_fill(~batch.there, NOTHING), none

    def _dropped(self, of_words: Tensor) -> Tensor:
        """The same features of all words of a sentence (Gal & Ghahramani, 2016, arXiv:1512.05287): as good, and a fifth faster."""
        kept: Tensor = self.dropout(torch.ones(*of_words.shape[:2], 1, of_words.shape[-1]))
        return of_words * kept

    def _read(self, words: Tensor, there: Tensor) -> Tensor:
        found = functional.relu(self.word(words)) * there[..., None]
        near = self.near(found.flatten(0, 1).transpose(1, 2)).transpose(1, 2).reshape(found.shape)
        return functional.relu(found + near) * there[..., None]

    def _compared(self, batch: Batch, asked: Tensor, weight: Tensor, words: Tensor) -> Tensor:
        there = torch.cat([words, self._read(batch.before, batch.earlier)], 2)
        places = torch.cat([batch.there, batch.earlier], 2)
        penalty = torch.cat([torch.zeros(words.shape[2]), self.before.expand(batch.earlier.shape[2])])
        alike = torch.einsum("bqd,bcwd->bcqw", self.seek(asked), there) / HIDDEN**0.5 + penalty
        found = alike.masked_fill(~places[:, :, None], NOTHING).softmax(-1) @ there
        wanted, signs = (x[:, None].expand(-1, words.shape[1], -1, -1) for x in (asked, batch.question[..., COMPONENTS:]))
        inside = torch.cat([wanted, found, wanted * found, batch.met.transpose(2, 3), signs], -1)
        each = functional.relu(self.compare(self._dropped(inside))) * batch.asked[:, None, :, None]
        return torch.cat([(each * weight[:, None, :, None]).sum(2), each.max(2).values], -1)

    def _of_words(self, words: Tensor, aspects: Tensor) -> Tensor:
        wanted = torch.einsum("bke,ked->bkd", aspects, self.match)
        matches = torch.einsum("bcwd,bkd->bcwk", words, wanted) / HIDDEN**0.5
        first = matches[..., 0].flatten(0, 1)[:, None]
        around = functional.avg_pool1d(first, AROUND, 1, AROUND // 2)[:, 0].reshape(*matches.shape[:3], 1)
        return torch.cat([words, words * aspects[:, 0][:, None, None], matches, around], -1)

    def arrays(self) -> Arrays:
        """By the names and in the shapes that `rag.pointer.point` uses; half precision is enough to keep them in."""
        found: dict[str, Tensor] = {"match": self.match, "before": self.before}
        for name in ("attention", "question", "weight", "word", "seek", "compare", "deep", "whole", "out", "row", "none", "none_out"):
            layer = getattr(self, name)
            found |= {name: layer.weight.T} | ({f"{name}_bias": layer.bias} if layer.bias is not None else {})
        found |= {"near": self.near.weight[:, 0]} | ({"near_bias": self.near.bias} if self.near.bias is not None else {})
        return {name: np.ascontiguousarray(tensor.detach().numpy()) for name, tensor in found.items()}
