"""Export a sentence-transformers model to ONNX, once; run as a process of its own because torch takes 1 GB and 5 s.

The *whole* SentenceTransformer is traced (pooling and normalisation included), so that any model that
sentence-transformers loads keeps its own recipe. The int8 file (dynamic quantisation, per channel) is kept only where it agrees
with `SentenceTransformer.encode` on a sample; a model that does not trace stays with torch.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from rag.encoders import OUTPUTS, SHOWN, OnnxEncoder, inner_layer

# Least cosine with SentenceTransformer.encode on the sample below. int8 of all-MiniLM-L6-v2: 0.981; fp32: 0.9999996.
LEAST_AGREEMENT = {"int8": 0.97, "fp32": 0.9999}

SAMPLE = (
    "Where is it?",
    "The harbour was closed on Tuesday.",
    "Officials counted 1,250 boats, 40 fewer than a year before, and 3.5 per cent of them were damaged.",
    "“Nobody came to help us,” said Ana María Núñez, who has sold fish on the quay since 1998.",
    "According to the ministry, the bridge over the river will not be opened before the end of the winter; engineers "
    "from two countries are still measuring how far its eastern pillar has sunk since the flood of last spring.",
    "Prices rose. " * 60,
)


def weights_digest(folder: Path) -> str:
    """Digest of the weights: the file's own sha256 where there is one weights file, else of all, in order of name."""
    files = sorted(p for p in folder.rglob("*") if p.suffix in {".safetensors", ".bin"} and p.is_file())
    digests = [hashlib.sha256(p.read_bytes()).hexdigest() for p in files]
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def export(model_name: str, target: Path, wanted: str) -> None:
    """Write `meta.json`, and where it exports `tokenizer.json` and `model.onnx`, into the new folder `target`."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(model_name, device="cpu", model_kwargs={"attn_implementation": "eager"}, config_kwargs=SHOWN)
    meta: dict[str, Any] = {
        "model": model_name,
        "dimension": model.get_embedding_dimension(),
        "max_tokens": model.max_seq_length,
        "query_prefix": model.prompts.get("query", ""),
        "passage_prefix": model.prompts.get("document", ""),
        "runtime": "torch",
        "agreement": None,
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        folder = Path(scratch) / "made"
        folder.mkdir()
        if wanted != "torch":
            meta |= _to_onnx(model, folder, wanted)
        (folder / "meta.json").write_text(json.dumps(meta, indent=1))
        os.replace(folder, target)


def _to_onnx(model: Any, folder: Path, wanted: str) -> dict[str, Any]:
    """The runtime that was reached, its agreement and the digest of its file; empty where the model does not trace."""
    fp32, int8, final = folder / "fp32.onnx", folder / "int8.onnx", folder / "model.onnx"
    try:
        _trace(model, fp32)
        model.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
        candidates = {"fp32": fp32}
        if wanted in {"auto", "int8"}:
            _quantize(fp32, int8)
            candidates = {"int8": int8, "fp32": fp32}
        for runtime, path in candidates.items():
            agreement = _agreement(model, path, folder / "tokenizer.json")
            if agreement >= LEAST_AGREEMENT[runtime]:
                path.replace(final)
                sha256 = hashlib.sha256(final.read_bytes()).hexdigest()
                return {"runtime": runtime, "agreement": round(agreement, 6), "sha256": sha256}
            print(f"{runtime} agrees only to {agreement:.4f} with sentence-transformers: not used.", file=sys.stderr)
    except Exception as error:  # tracing fails in as many ways as there are models; torch runs them all
        print(f"The model does not export ({type(error).__name__}): torch will run it.", file=sys.stderr)
    finally:
        fp32.unlink(missing_ok=True)
        int8.unlink(missing_ok=True)
    return {}


def _quantize(fp32: Path, int8: Path) -> None:
    """Weights of seven bits, so that every processor makes the same vectors: with eight, the sum of two products overflows where there
    is AVX2 and no VNNI. The first feed-forward layer stays as it is; there the missing bit costs most (docs/log.md)."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    kept = _first_feed_forward(fp32)
    quantize_dynamic(fp32, int8, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True, nodes_to_exclude=kept)


def _first_feed_forward(path: Path) -> list[str]:
    """The first product that has more outputs than inputs, and the first that has fewer."""
    import onnx

    graph = onnx.load(path).graph
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    products = [(node.name, shapes.get(node.input[1], ())) for node in graph.node if node.op_type == "MatMul"]
    weighed = [(name, *shape) for name, shape in products if len(shape) == 2]
    widening, narrowing = ([name for name, n, m in weighed if m > n], [name for name, n, m in weighed if m < n])
    return widening[:1] + narrowing[:1]


def _trace(model: Any, path: Path) -> None:
    import torch

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            made = self.inner({"input_ids": input_ids, "attention_mask": attention_mask})
            return made["sentence_embedding"], made["token_embeddings"], inner_layer(made)

    batch, tokens = torch.export.Dim("batch", min=1), torch.export.Dim("tokens", min=2, max=model.max_seq_length)
    encoded = model.tokenizer(["two short texts", "of different length, to be sure"], padding=True, return_tensors="pt")
    torch.onnx.export(
        Whole().eval(),
        (encoded["input_ids"], encoded["attention_mask"]),
        path,
        input_names=["input_ids", "attention_mask"],
        output_names=list(OUTPUTS),
        dynamo=True,
        dynamic_shapes={"input_ids": {0: batch, 1: tokens}, "attention_mask": {0: batch, 1: tokens}},
        external_data=False,
        verbose=False,
    )


def _agreement(model: Any, onnx: Path, tokenizer: Path) -> float:
    ours = OnnxEncoder(onnx, tokenizer, model.max_seq_length).encode(list(SAMPLE))
    theirs = model.encode(list(SAMPLE), normalize_embeddings=True)
    return float((ours * theirs).sum(axis=1).min())


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    export(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
