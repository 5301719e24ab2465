"""What things cost, side by side with the same thing in LlamaIndex, with the same embedding weights."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from eval.llama import check_installed
from eval.scratch import scratch_settings
from eval.squad import SQUAD, load_squad
from rag.assistant import Assistant
from rag.index import Index
from rag.settings import Settings

# The same question by plain LlamaIndex as a process of its own: an index kept in Chroma, opened, and the best passages printed.
LLAMA_BUILD = """
import chromadb, sys
from pathlib import Path
from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore
corpus, store, weights, question = sys.argv[1:5]
embed = HuggingFaceEmbedding(model_name=weights, device="cpu")
chroma = ChromaVectorStore(chroma_collection=chromadb.PersistentClient(store).get_or_create_collection("articles"))
"""
LLAMA_FIRST = (
    LLAMA_BUILD
    + """
documents = [Document(text=p.read_text(), id_=p.stem) for p in sorted(Path(corpus).glob("*.*"))]
VectorStoreIndex.from_documents(documents, StorageContext.from_defaults(vector_store=chroma), embed_model=embed)
"""
)
LLAMA_ASK = (
    LLAMA_BUILD
    + """
index = VectorStoreIndex.from_vector_store(chroma, embed_model=embed)
print([n.node.text for n in index.as_retriever(similarity_top_k=5).retrieve(question)])
"""
)
QUESTION = "What did Iraqi forces find after they had entered the city?"


def indexing(data: Path, settings: Settings, paragraphs: int = 1000) -> dict[str, float]:
    """Passages a second, from files to an index that can be asked; SQuAD's paragraphs, and again with their words mixed."""
    check_installed()
    texts = list(load_squad(data / SQUAD).paragraphs.values())
    many = {f"p{i:05d}": texts[i] if i < len(texts) else _mixed(texts[i % len(texts)], i) for i in range(paragraphs)}
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Path(scratch) / "corpus"
        corpus.mkdir()
        for name, text in many.items():
            (corpus / f"{name}.txt").write_text(text)
        index = Index(corpus, scratch_settings(settings, Path(scratch)))
        index.embedder.embed_query("loaded before the clock starts, as LlamaIndex's model is")
        ours = _seconds(index.update)
        again = _seconds(index.update)
        theirs = _seconds(_llama_index(many, settings))
    return {
        "paragraphs": paragraphs,
        "Footnote passages/s": round(index.manifest.counts()[1] / ours, 1),
        "Footnote paragraphs/s": round(paragraphs / ours, 1),
        "LlamaIndex paragraphs/s": round(paragraphs / theirs, 1),
        "times": round(theirs / ours, 2),
        "Footnote, nothing changed, s": round(again, 3),
    }


def _mixed(text: str, seed: int) -> str:
    """As long, and no near-duplicate, which would not be embedded."""
    words = text.split()
    random.Random(seed).shuffle(words)
    return " ".join(words)


def _llama_index(texts: dict[str, str], settings: Settings) -> Callable[[], Any]:
    from llama_index.core import VectorStoreIndex

    from eval.llama import documents, embedding

    model = embedding(settings)
    model.get_text_embedding("loaded before the clock starts")
    return lambda: VectorStoreIndex.from_documents(documents(texts), embed_model=model)


def asking(corpus: Path, settings: Settings, times: int = 5) -> dict[str, float]:
    """A warm question, asked for the first time and again, a cold one as a whole process, and the cold one by LlamaIndex."""
    from eval.questions import load
    from rag.embed import locate

    check_installed()
    assistant = Assistant.open(corpus, settings)
    assistant.warm()
    questions = load(Path(__file__).with_name("questions.jsonl"))
    warm, again = ([assistant.ask(q.question, q.history, "extractive").timings_ms.total for q in questions] for _ in range(2))
    ours = [sys.executable, "-m", "rag", "ask", QUESTION, "--corpus", str(corpus)]
    with tempfile.TemporaryDirectory() as store:
        arguments = [str(corpus), store, locate(settings.embedding_model), QUESTION]
        _process([sys.executable, "-c", LLAMA_FIRST, *arguments])
        theirs = [sys.executable, "-c", LLAMA_ASK, *arguments]
        cold, llama = [_process(ours) for _ in range(times)], [_process(theirs) for _ in range(times)]
    return {
        "warm, median ms": round(statistics.median(warm), 1),
        "warm, 95th percentile ms": round(statistics.quantiles(warm, n=20)[-1], 1),
        "the same asked again, median ms": round(statistics.median(again), 1),
        "cold process, median s": round(statistics.median(cold), 2),
        "cold LlamaIndex process, median s": round(statistics.median(llama), 2),
        "share": round(statistics.median(cold) / statistics.median(llama), 3),
    }


def neighbours(data: Path, settings: Settings, queries: int = 200, top_k: int = 50) -> dict[str, float]:
    """Recall@50 of Chroma's HNSW against exact search, with its own settings and with ours, over real sentences."""
    import chromadb

    from eval.support import support_texts
    from rag.embed import open_embedder
    from rag.passages import sentence_spans
    from rag.vectors import HNSW

    texts = [*load_squad(data / SQUAD).paragraphs.values(), *support_texts(data)]
    sentences = list(dict.fromkeys(text[s:e] for text in texts for s, e in sentence_spans(text)))
    vectors = open_embedder(settings).embed_passages(sentences)
    asked = vectors[:: max(len(vectors) // queries, 1)][:queries]
    exact = [set(np.argsort(-(vectors @ q))[:top_k].tolist()) for q in asked]
    found: dict[str, float] = {"vectors": len(vectors)}
    with tempfile.TemporaryDirectory() as store:
        client = chromadb.PersistentClient(store)
        settings_of: tuple[tuple[str, Any], ...] = (("Chroma's settings", {"space": "cosine"}), ("ours", HNSW))
        for name, hnsw in settings_of:
            collection = client.create_collection(f"measured-{len(found)}", embedding_function=None, configuration={"hnsw": hnsw})
            for start in range(0, len(vectors), 1000):
                batch = vectors[start : start + 1000]
                collection.add(ids=[str(start + i) for i in range(len(batch))], embeddings=batch)
            started = time.perf_counter()
            hits = [{int(i) for i in collection.query(query_embeddings=q[None], n_results=top_k)["ids"][0]} for q in asked]
            found[f"{name}: ms a query"] = round((time.perf_counter() - started) / len(asked) * 1000, 2)
            found[f"{name}: recall@{top_k}"] = round(float(np.mean([len(h & e) / top_k for h, e in zip(hits, exact, strict=True)])), 4)
    return found


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _process(command: list[str]) -> float:
    return _seconds(lambda: subprocess.run(command, check=True, capture_output=True))
