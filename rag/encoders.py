"""What runs an embedding model: ONNX Runtime where it was exported (`rag.export`), sentence-transformers where it was not."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.lexical import TOKEN

Vectors = NDArray[np.float32]
Tokens = tuple[Vectors, Vectors, list[tuple[int, int]]]

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
    """An exported model.

    Every text runs alone, as many at once as there are processors: int8 scales what it computes with by the largest value of all that runs
    together, and in a batch the vectors of a text would depend on the texts beside it. As fast as batches (docs/log.md).
    """

    def __init__(self, model: Path, tokenizer: Path, max_tokens: int) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        # One addition and normalisation in one step takes three times as long as both alone, a sixth of all (docs/log.md).
        slower = ["SkipLayerNormFusion"]
        self._session = onnxruntime.InferenceSession(str(model), options, ["CPUExecutionProvider"], disabled_optimizers=slower)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.no_padding()
        self._threads = ThreadPoolExecutor(os.cpu_count(), "embedding")

    def encode(self, texts: list[str]) -> Vectors:
        encoded = [e.ids for e in self._tokenizer.encode_batch(texts)]
        return unit(np.concatenate([made[0] for made in self._run_each(encoded, "sentence_embedding")]))

    def encode_tokens(self, texts: list[str]) -> list[Tokens]:
        encoded = self._tokenizer.encode_batch(texts)
        made = self._run_each([e.ids for e in encoded], "token_embeddings", "inner_embeddings")
        return [(last[0], inner[0], e.offsets) for e, (last, inner) in zip(encoded, made, strict=True)]

    def knows(self, word: str) -> bool:
        return len(self._tokenizer.encode(word, add_special_tokens=False).ids) == 1

    def _run_each(self, texts: list[list[int]], *outputs: str) -> list[list[Vectors]]:
        def run(tokens: list[int]) -> list[Vectors]:
            ids = np.array([tokens], dtype=np.int64)
            made: list[Vectors] = self._session.run(outputs, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
            return made

        return list(self._threads.map(run, texts)) if len(texts) > 1 else [run(tokens) for tokens in texts]


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
