"""An index and the embedding model that made it: another one builds it again, and no vectors of two are compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from eval.kills import cheap_embedder
from rag.embed import Embedder
from rag.errors import IndexUnavailable
from rag.index import Index
from rag.settings import Settings
from tests.harbour import HARBOUR, agree, answers, vectors


def test_another_embedding_model_builds_the_index_again_with_a_message(
    index: Index, messages: list[str], tiny_model: Path, session_data_dir: Path
) -> None:
    other = index.settings.model_copy(update={"embedding_model": str(tiny_model)})
    index.close()
    opened = Index(index.corpus, other, messages.append)
    opened.update()
    agree(opened)
    assert (opened.manifest.meta()["dimension"], opened.manifest.meta()["state"]) == ("32", "ready")
    assert messages[-1] == (
        f"The index was made with {index.embedder.model}:{index.embedder.runtime}, "
        f"and the settings say {tiny_model}:{opened.embedder.runtime}: it is built again."
    )
    opened.close()


def test_an_open_index_that_another_model_built_again_meanwhile_is_not_asked(index: Index, messages: list[str]) -> None:
    before = answers(index)
    other = Index(index.corpus, index.settings)
    other.embedder = cheap_embedder()
    other.update()
    for _ in range(2):
        with pytest.raises(IndexUnavailable) as raised:
            index.catch_up()
        assert str(raised.value) == (
            f"Another program built the index again with hashing:cheap, and this one embeds with "
            f"{index.embedder.model}:{index.embedder.runtime}. Start it again with the same EMBEDDING_MODEL."
        )
    with pytest.raises(IndexUnavailable):
        index.nearest(index.embedder.embed_query(HARBOUR), 3)
    assert other.nearest(other.embedder.embed_query(HARBOUR), 3) and messages == []
    other.close()
    index.update()
    assert (answers(index), index.catch_up()) == (before, False)


def test_an_open_index_that_other_weights_of_its_model_built_again_says_so(index: Index) -> None:
    other = Index(index.corpus, index.settings)
    other.embedder = replace(index.embedder, fingerprint=f"{index.embedder.model}:{index.embedder.runtime}:another")
    other.update()
    other.close()
    with pytest.raises(IndexUnavailable) as raised:
        index.catch_up()
    assert str(raised.value) == (
        f"Another program built the index again with other weights of {index.embedder.model}:{index.embedder.runtime} "
        "than this one has. Start it again."
    )


@pytest.mark.parametrize("second", ["other", "first"])
def test_vectors_of_a_stopped_change_of_models_are_mixed_with_no_other_s(second: str, index: Index, embedder: Embedder) -> None:
    index.close()
    stopped = Index(index.corpus, index.settings)
    stopped.embedder = cheap_embedder()
    with pytest.raises(KeyboardInterrupt):
        stopped.update(interrupt_when_embedded)
    stopped.close()
    opened = Index(index.corpus, index.settings)
    opened.embedder = embedder if second == "first" else cheap_embedder()
    opened.update()
    assert {stored.vectors.shape[1] for stored in vectors(opened).values()} == {opened.embedder.dimension}
    agree(opened)
    opened.close()


def test_vectors_of_a_stopped_run_are_not_mixed_with_those_of_another_model(
    corpus: Path, settings: Settings, embedder: Embedder, tiny_model: Path
) -> None:
    stopped = Index(corpus, settings)
    stopped.embedder = embedder
    with pytest.raises(KeyboardInterrupt):
        stopped.update(interrupt_when_embedded)
    stopped.close()
    opened = Index(corpus, settings.model_copy(update={"embedding_model": str(tiny_model)}))
    opened.update()
    assert {stored.vectors.shape[1] for stored in vectors(opened).values()} == {32}
    agree(opened)
    opened.close()


def interrupt_when_embedded(doing: str, done: int, total: int) -> None:
    if doing == "embedding" and done == total > 0:
        raise KeyboardInterrupt
