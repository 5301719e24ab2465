"""A better question after an abstention."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.assistant import Assistant
from tests.conftest import own_settings
from ui.suggest import suggestions

ARTICLE = """Western quarters of Brill were attacked on Monday. The mayor of Brill, Mira Halden, said that the harbour was closed.

Fighting in the western quarters went on until Tuesday. Halden asked people to stay at home."""


@pytest.mark.parametrize("question", ["What did the attack on western quarters cost?", "what did the attack on the western quarters cost?"])
def test_a_name_is_suggested_and_not_a_word_that_only_begins_a_sentence(session_data_dir: Path, tmp_path: Path, question: str) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "brill.txt").write_text(ARTICLE)
    assistant = Assistant.open(tmp_path / "corpus", own_settings(session_data_dir, tmp_path / "data"))
    declined = assistant.ask(question)
    offered = suggestions(assistant, declined)
    assistant.close()
    assert declined.abstention
    assert offered == ("What is said about Mira Halden?", "What is said about Brill?")
