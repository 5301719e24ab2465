"""What runs an embedding model: ONNX Runtime where it was exported (`rag.export`), sentence-transformers where it was not."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.lexical import TOKEN

Vectors = NDArray[np.float32]
Tokens = tuple[Vectors, Vectors, list[tuple[int, int]]]

BATCH_TOKENS = 2048  # padded; larger batches spill out of the cache of a 2-core machine: `python -m eval bench embed`

# What a Transformer module shows of itself, and what is made of it: the names of the exported model's outputs.
SHOWN = {"output_hidden_states": True}
OUTPUTS = ("sentence_embedding", "token_embeddings", "inner_embeddings")


def inner_layer(made: dict[str, Any]) -> Any:
    """The tokens two thirds of the way up, shape (texts, tokens, dimension): the last layer is about the whole text, this one still about
    what each word is. The last layer once more where the model has no layers to show."""
    layers = made.get("all_layer_embeddings") or [made["token_embeddings"]]
    return layers[len(layers) * 2 // 3 if len(layers) > 1 else 0]


class Encoder(Protocol):
    def encode(self, texts: list[str]) -> Vectors: ...

    def encode_tokens(self, texts: list[str]) -> list[Tokens]:
        """For each text its tokens' vectors, those of the inner layer, and their character offsets; (0, 0) for the model's own tokens."""
        ...

    def knows(self, word: str) -> bool: ...


class OnnxEncoder:
    """An exported model. Texts are batched by length, so that little of a batch is padding."""

    def __init__(self, model: Path, tokenizer: Path, max_tokens: int) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.no_padding()

    def encode(self, texts: list[str]) -> Vectors:
        encoded = [e.ids for e in self._tokenizer.encode_batch(texts)]
        order = sorted(range(len(texts)), key=lambda i: len(encoded[i]))
        parts: list[Vectors] = []
        for batch in _batches(order, encoded):
            parts.append(unit(self._run([encoded[i] for i in batch], "sentence_embedding")[0]))
        vectors = np.empty((len(texts), parts[0].shape[1]), dtype=np.float32)
        vectors[order] = np.concatenate(parts)
        return vectors

    def encode_tokens(self, texts: list[str]) -> list[Tokens]:
        encoded = self._tokenizer.encode_batch(texts)
        order = sorted(range(len(texts)), key=lambda i: len(encoded[i].ids))
        made: dict[int, tuple[Vectors, Vectors]] = {}
        for batch in _batches(order, [e.ids for e in encoded]):
            last, inner = self._run([encoded[i].ids for i in batch], "token_embeddings", "inner_embeddings")
            made |= zip(batch, zip(last, inner, strict=True), strict=True)
        return [(made[i][0][: len(e.ids)], made[i][1][: len(e.ids)], e.offsets) for i, e in enumerate(encoded)]

    def knows(self, word: str) -> bool:
        return len(self._tokenizer.encode(word, add_special_tokens=False).ids) == 1

    def _run(self, batch: list[list[int]], *outputs: str) -> list[Vectors]:
        longest = max(map(len, batch))
        ids = np.zeros((len(batch), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        found: list[Vectors] = self._session.run(outputs, {"input_ids": ids, "attention_mask": mask})
        return found


def _batches(order: list[int], encoded: list[list[int]]) -> list[list[int]]:
    batches: list[list[int]] = []
    current: list[int] = []
    for i in order:  # ascending length: the newest is the longest of its batch
        if current and (len(current) + 1) * len(encoded[i]) > BATCH_TOKENS:
            batches.append(current)
            current = []
        current.append(i)
    return [*batches, current]


class TorchEncoder:
    """A model that does not export, in sentence-transformers itself."""

    def __init__(self, model: str) -> None:
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(model, device="cpu", config_kwargs=SHOWN)

    def encode(self, texts: list[str]) -> Vectors:
        return unit(self._model.encode(texts, show_progress_bar=False))

    def encode_tokens(self, texts: list[str]) -> list[Tokens]:
        return [found for start in range(0, len(texts), 32) for found in self._tokens(texts[start : start + 32])]

    def _tokens(self, texts: list[str]) -> list[Tokens]:
        import torch

        tokenizer = self._model.tokenizer
        if not callable(tokenizer):  # a model of static embeddings: a word means the same everywhere
            return [self._word_by_word(text) for text in texts]
        longest = self._model.max_seq_length
        ids = tokenizer(texts, truncation=True, max_length=longest, padding=True, return_offsets_mapping=True, return_tensors="pt")
        offsets = ids.pop("offset_mapping").numpy()
        with torch.inference_mode():
            made = self._model.forward(dict(ids))
        last, inner, there = made["token_embeddings"].numpy(), inner_layer(made).numpy(), ids["attention_mask"].bool().numpy()
        return [
            (last[i][there[i]], inner[i][there[i]], [(a, b) for (a, b), t in zip(at, there[i], strict=True) if t])
            for i, at in enumerate(offsets)
        ]

    def knows(self, word: str) -> bool:
        return len(self._model.tokenizer.tokenize(word)) == 1

    def _word_by_word(self, text: str) -> Tokens:
        found = list(TOKEN.finditer(text))
        vectors = self.encode([m.group() for m in found] or [text])
        return vectors, vectors, [m.span() for m in found] or [(0, len(text))]


def unit(vectors: Any) -> Vectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)
