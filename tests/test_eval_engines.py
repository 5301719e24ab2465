"""Footnote's writer beside LlamaIndex's CitationQueryEngine, both asking a server that speaks the real protocol."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.engines import cited_statements, citing
from rag.settings import Settings
from rag.types import Citation, Statement
from tests.ollama_server import Script, scripted_ollama

PASSAGE = "The river Aln rises near Alnham. It is forty miles long. It reaches the sea at Alnmouth, where there is a harbour."
OTHER = "The town of Tann has a school with 320 pupils. Its roof was repaired in 2018."


def cites(*sources: tuple[str, str]) -> tuple[Citation, ...]:
    return tuple(Citation(article_id, article_id, None, None, text, 0, len(text)) for article_id, text in sources)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    answer = {"answer": "The river Aln reaches the sea at Alnmouth.", "selected_sentences": [PASSAGE.split(". ")[2]]}
    rows = {
        "clapnq_dev_half_answerable.jsonl": ("where does the river aln reach the sea", "Aln", PASSAGE, answer),
        "clapnq_dev_half_unanswerable.jsonl": ("who is the mayor of tann", "Tann", OTHER, {"answer": None}),
    }
    for name, (question, title, text, output) in rows.items():
        row = {"id": name, "input": question, "passages": [{"title": title, "text": text}], "output": [output]}
        (tmp_path / name).write_text(json.dumps(row) + "\n")
    return tmp_path


def test_a_sentence_cites_the_sources_that_its_markers_name() -> None:
    one, two = ("a", "The Aln is long."), ("b", "The Tann is short.")
    text = "The Aln is long [1]. Both are rivers [1, 2][2], both are old. The Tann is short.[2] Nobody fishes there [7]. [1]\nThe end."
    assert list(cited_statements(text, [one, two])) == [
        Statement("The Aln is long.", cites(one)),
        Statement("Both are rivers, both are old.", cites(one, two)),
        Statement("The Tann is short.", cites(two)),
        Statement("Nobody fishes there.", cites(one)),
        Statement("The end.", ()),
    ]


def test_both_are_measured_with_what_the_same_model_wrote(data: Path, settings: Settings) -> None:
    words = ("The river Aln reaches the sea at Alnmouth [1] [c0000]. ", "It is ninety miles long. ")
    with scripted_ollama(Script(words=words)) as server:
        found = citing(data, settings.model_copy(update={"ollama_host": server.host, "ollama_model": "tiny:1b"}), print, 5)
    same = {"questions": 1, "failed": 0, "answered": 1.0, "in the model's words": 1.0, "the passage that answers is cited": 1.0}
    assert found == {
        "by tiny:1b": {
            "Footnote, WRITER=ollama": {
                **same,
                "statements": 1.0,
                "statements with a citation": 1.0,
                "citation recall": 1.0,
                "citation precision": 1.0,
                "token F1": 1.0,
            },
            "LlamaIndex CitationQueryEngine": {
                **same,
                "statements": 2.0,
                "statements with a citation": 0.5,
                "citation recall": 0.5,
                "citation precision": 1.0,
                "token F1": 0.6667,  # a marker of ours is no marker there
            },
        }
    }


def test_a_server_that_fails_costs_the_answers_and_not_the_run(data: Path, settings: Settings) -> None:
    with scripted_ollama(Script(status=500, error="out of memory")) as server:
        found = citing(data, settings.model_copy(update={"ollama_host": server.host, "ollama_model": "tiny:1b"}), print, 5)
    theirs, ours = found["by tiny:1b"]["LlamaIndex CitationQueryEngine"], found["by tiny:1b"]["Footnote, WRITER=ollama"]
    assert (theirs["failed"], theirs["answered"], theirs["token F1"]) == (1, 0.0, 0.0)
    assert (ours["answered"], ours["in the model's words"]) == (1.0, 0.0)


def test_without_a_model_server_the_reason_stands_in_the_table(data: Path, settings: Settings) -> None:
    said: list[str] = []
    found = citing(data, settings.model_copy(update={"ollama_host": "http://127.0.0.1:9"}), said.append, 5)
    reason = "Ollama does not answer at http://127.0.0.1:9: start it with `ollama serve`, or correct OLLAMA_HOST."
    assert (found, said) == ({"by a model": {"left out": reason}}, [f"Citing by a model is left out: {reason}"])
