"""Plain LlamaIndex over the same articles with the same embedding weights, to be measured against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from eval.intervals import auroc, share
from eval.retrieval import success
from rag.embed import locate
from rag.errors import UnusableInput
from rag.settings import Settings

DEFAULT = "LlamaIndex dense (its default)"


NEEDED = ("llama_index.embeddings.huggingface", "llama_index.retrievers.bm25")


def check_installed() -> None:
    """Raises UnusableInput where what only a comparison needs is not installed: before anything is asked."""
    for name in NEEDED:
        try:
            there = find_spec(name)
        except ModuleNotFoundError:
            there = None
        if not there:
            raise UnusableInput(f"To measure beside LlamaIndex, {name} must be installed: make .venv/.installed-dev")


def embedding(settings: Settings) -> Any:
    """LlamaIndex's HuggingFaceEmbedding over the weights that we export."""
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    return HuggingFaceEmbedding(model_name=locate(settings.embedding_model), device="cpu")


def documents(texts: Mapping[str, str]) -> list[Any]:
    from llama_index.core import Document

    return [Document(text=text, id_=article_id) for article_id, text in texts.items()]


def fusion_retrievers(texts: Mapping[str, str], settings: Settings, top_k: int = 10) -> dict[str, Any]:
    """Its dense retriever, its BM25, and QueryFusionRetriever over both in its three modes."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.llms.mock import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
    from llama_index.retrievers.bm25 import BM25Retriever

    index = VectorStoreIndex.from_documents(documents(texts), embed_model=embedding(settings))
    dense = index.as_retriever(similarity_top_k=top_k)
    bm25 = BM25Retriever.from_defaults(docstore=index.docstore, similarity_top_k=top_k)
    modes = (FUSION_MODES.RECIPROCAL_RANK, FUSION_MODES.RELATIVE_SCORE, FUSION_MODES.DIST_BASED_SCORE)
    fused = {
        f"LlamaIndex QueryFusionRetriever {mode.value}": QueryFusionRetriever(
            [dense, bm25], similarity_top_k=top_k, num_queries=1, mode=mode, use_async=False, llm=MockLLM()
        )
        for mode in modes
    }
    return {DEFAULT: dense, "LlamaIndex BM25": bm25, **fused}


@dataclass(frozen=True, slots=True)
class Sought:
    """A question, and the article that answers it; none where none does."""

    question: str
    article_id: str | None


def beside(texts: Mapping[str, str], asked: Sequence[Sought], settings: Settings, declined: float | None = None) -> dict[str, Any]:
    """Success@k of each retriever; and, where the questions without an answer are to be declined to this share, its default retriever with
    a SimilarityPostprocessor whose cutoff declines as many: how many of the answerable ones are lost with them."""
    retrievers = fusion_retrievers(texts, settings)
    answered = [q for q in asked if q.article_id]
    found: dict[str, Any] = {
        "retrieval": {
            name: success(([n.node.ref_doc_id for n in retriever.retrieve(q.question)], q.article_id or "") for q in answered)
            for name, retriever in retrievers.items()
        }
    }
    if declined is not None:
        scores = np.array([retrievers[DEFAULT].retrieve(q.question)[0].score for q in asked])
        answerable = np.array([bool(q.article_id) for q in asked])
        cutoff = np.quantile(scores[~answerable], declined)
        found["answers"] = {
            f"{DEFAULT}, similarity cutoff {cutoff:.3f}": {
                "answerable declined": share(scores[answerable] < cutoff),
                "unanswerable declined": share(scores[~answerable] < cutoff),
                "AUROC": auroc(answerable.tolist(), scores.tolist()),
            }
        }
    return found


def citation_engine(texts: Mapping[str, str], settings: Settings) -> Any:
    """Its CitationQueryEngine as it comes, asking the model of the settings."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.query_engine import CitationQueryEngine

    index = VectorStoreIndex.from_documents(documents(texts), embed_model=embedding(settings))
    return CitationQueryEngine.from_args(index, llm=language_model(settings))


def language_model(settings: Settings) -> Any:
    """LlamaIndex's client for the model of the settings, with the window that the writer gives it."""
    from llama_index.llms.ollama import Ollama

    from rag.writers.server import address, probe

    return Ollama(
        model=settings.ollama_model,
        base_url=address(settings.ollama_host),
        context_window=probe(settings).window,
        request_timeout=settings.ollama_timeout_s,
        temperature=0.0,
        thinking=False,
        additional_kwargs={"num_predict": settings.ollama_num_predict, "seed": 0},
    )
