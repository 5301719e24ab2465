"""Footnote inside LlamaIndex: its own interfaces, over the real index."""

from __future__ import annotations

from llama_index.core import VectorStoreIndex
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.retrievers import BaseRetriever

from rag import Assistant
from rag.llama import FootnoteEmbedding, FootnoteQueryEngine, FootnoteRetriever, as_vector_store


def test_the_retriever_gives_the_assistants_passages_as_nodes(assistant: Assistant) -> None:
    retriever = FootnoteRetriever(assistant, top_k=3)
    assert isinstance(retriever, BaseRetriever)
    found = retriever.retrieve("What is Euphrates Anger?")
    evidence = assistant.retrieve("What is Euphrates Anger?", 3)
    assert [(n.node.node_id, n.node.get_content(), n.score) for n in found] == [(e.passage.id, e.passage.text, e.score) for e in evidence]
    assert found[0].node.metadata == {
        "article_id": "002",
        "start": evidence[0].passage.start,
        "end": evidence[0].passage.end,
        "title": assistant.article("002").title,
        "outlet": "The Straits Times",
        "published": "2016-11-07",
    }


def test_the_query_engine_answers_with_quotations_as_sources(assistant: Assistant) -> None:
    engine = FootnoteQueryEngine(assistant=assistant)
    assert isinstance(engine, BaseQueryEngine)
    response = engine.query("What is Euphrates Anger?")
    answer = assistant.ask("What is Euphrates Anger?")
    assert str(response) == answer.text
    assert [n.node.get_content() for n in response.source_nodes] == [c.quotation for s in answer.statements for c in s.citations]


def test_the_query_engine_abstains_without_sources(assistant: Assistant) -> None:
    response = FootnoteQueryEngine(assistant=assistant).query("Who won the Champions League in 2012?")
    assert (response.source_nodes, response.metadata) == ([], {"answered": False, "writer": "extractive"})


def test_a_llamaindex_app_can_search_our_chroma_collection(assistant: Assistant) -> None:
    index = VectorStoreIndex.from_vector_store(as_vector_store(assistant), embed_model=FootnoteEmbedding(assistant))
    nodes = index.as_retriever(similarity_top_k=3).retrieve("What is Euphrates Anger?")
    nearest = assistant.index.nearest(assistant.index.embedder.embed_query("What is Euphrates Anger?"), 3)
    assert [n.node.node_id for n in nodes] == [passage_id for passage_id, _ in nearest]
