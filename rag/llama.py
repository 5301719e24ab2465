"""Footnote as LlamaIndex components, for an application that is built on LlamaIndex.

    from rag import Assistant
    from rag.llama import FootnoteQueryEngine
    response = FootnoteQueryEngine(assistant=Assistant.open("seeds")).query("Who is Alaa?")

The retriever and the query engine keep what Footnote promises: the same evidence for the same question, and only statements
that their quotations support. Nothing else in `rag` imports this file, nor LlamaIndex's core.
"""

from __future__ import annotations

from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index.vector_stores.chroma import ChromaVectorStore
from pydantic import ConfigDict, PrivateAttr

from rag.assistant import Assistant
from rag.types import Citation, Evidence


class FootnoteRetriever(BaseRetriever):
    """Passages for a question, best first: text, article id, title, outlet, date and offsets."""

    def __init__(self, assistant: Assistant, top_k: int = 10, callback_manager: CallbackManager | None = None) -> None:
        self._assistant = assistant
        self._top_k = top_k
        super().__init__(callback_manager=callback_manager)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [self._node(e) for e in self._assistant.retrieve(query_bundle.query_str, self._top_k)]

    def _node(self, evidence: Evidence) -> NodeWithScore:
        passage = evidence.passage
        article = self._assistant.article(passage.article_id)
        about = {"title": article.title, "outlet": article.outlet, "published": article.published}
        place = {"article_id": article.id, "start": passage.start, "end": passage.end}
        return NodeWithScore(node=TextNode(id_=passage.id, text=passage.text, metadata=place | about), score=evidence.score)


class FootnoteQueryEngine(CustomQueryEngine):
    """Verified answers. The source nodes are the quotations; an abstention has none."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    assistant: Assistant

    def custom_query(self, query_str: str) -> Response:
        answer = self.assistant.ask(query_str)
        quoted = [_quotation(c) for s in answer.statements for c in s.citations]
        return Response(response=answer.text, source_nodes=quoted, metadata={"answered": answer.answered, "writer": answer.writer})


def _quotation(citation: Citation) -> NodeWithScore:
    place = {"article_id": citation.article_id, "start": citation.start, "end": citation.end}
    about = {"title": citation.title, "outlet": citation.outlet, "published": citation.published}
    node_id = f"{citation.article_id}:{citation.start}-{citation.end}"
    return NodeWithScore(node=TextNode(id_=node_id, text=citation.quotation, metadata=place | about))


class FootnoteEmbedding(BaseEmbedding):
    """The embedding model that built the index, by ONNX Runtime."""

    _assistant: Assistant = PrivateAttr()

    def __init__(self, assistant: Assistant, **more: Any) -> None:
        super().__init__(model_name=assistant.index.embedder.model, **more)
        self._assistant = assistant

    @classmethod
    def class_name(cls) -> str:
        return "FootnoteEmbedding"

    def _get_query_embedding(self, query: str) -> list[float]:
        return [float(x) for x in self._assistant.index.embedder.embed_query(query)]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [[float(x) for x in row] for row in self._assistant.index.embedder.embed_passages(texts)]


def as_vector_store(assistant: Assistant) -> ChromaVectorStore:
    """The Chroma collection of the index, to be read by `VectorStoreIndex.from_vector_store(…, FootnoteEmbedding(assistant))`."""
    return ChromaVectorStore(chroma_collection=assistant.index.chroma_collection)
