"""A run that is stopped loses nothing that was answered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from eval import saved
from eval.own import examine
from eval.questions import Question
from rag.assistant import Assistant
from rag.errors import UnusableInput
from rag.settings import load_settings
from rag.types import Answer

PRIME = Question(id="prime", question="What is a prime number?", answerable=False, kind="far")
BASHIQA = Question(id="far away", question="How far is Bashiqa from Mosul?", answerable=True, accepted=(("15km",),))


class Counting(Assistant):
    """Remembers what it was asked."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(assistant.index, load_settings())
        self.asked: list[str] = []

    def ask(self, question: str, history: Sequence[str] = (), writer: str | None = None) -> Answer:
        self.asked.append(question)
        return super().ask(question, history, writer)


def test_what_was_answered_is_not_asked_again_and_counts_the_same(assistant: Assistant, tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    first, second = Counting(assistant), Counting(assistant)
    examine(first, [PRIME], answers=answers)
    with answers.open("a") as file:
        file.write('{"question": "How far is Bas')  # killed while it wrote
    run = examine(second, [PRIME, BASHIQA], answers=answers)
    assert (first.asked, second.asked) == ([PRIME.question], [BASHIQA.question])
    assert saved.report_json(run)["measures"] == saved.report_json(examine(assistant, [PRIME, BASHIQA]))["measures"]
    assert len(answers.read_text().splitlines()) == 2


@pytest.mark.parametrize(
    "changed", [{"writer": "ollama"}, {"questions": [Question(id="x", question=PRIME.question, history=("Hm?",), answerable=False)]}]
)
def test_an_answer_to_another_writer_or_history_is_not_taken(assistant: Assistant, tmp_path: Path, changed: dict[str, object]) -> None:
    answers = tmp_path / "answers.jsonl"
    examine(assistant, [PRIME], answers=answers)
    counting = Counting(assistant)
    examine(counting, **{"questions": [PRIME], "writer": "extractive", "answers": answers, **changed})  # type: ignore[arg-type]
    assert counting.asked == [PRIME.question]


def test_a_file_with_something_else_in_it_is_left_alone(assistant: Assistant, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("Not answers.\n")
    with pytest.raises(UnusableInput) as raised:
        examine(assistant, [PRIME], answers=other)
    assert (str(raised.value), other.read_text()) == (
        f"{str(other)!r} holds no answers of this evaluation; name another file.",
        "Not answers.\n",
    )
