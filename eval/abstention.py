"""What the assistant thought of a question before it answered or declined, and what it would have shown."""

from __future__ import annotations

from dataclasses import dataclass

from rag.assistant import Assistant
from rag.choose import Choices, choose
from rag.writers.extractive import ExtractiveWriter


@dataclass(frozen=True, slots=True)
class Confidence:
    """`answerable`: the probability that the articles answer the question. `would_show`: the extractive answer, whether shown or not."""

    answerable: float
    would_show: str


def confidence(assistant: Assistant, query: str) -> Confidence:
    """Repeat for a query what the assistant does before it decides. Takes as long as retrieving."""
    choices = choose(assistant.look_up(query))
    return Confidence(choices.answerable, " ".join(would_show(choices)))


def would_show(choices: Choices) -> tuple[str, ...]:
    """The extractive writer's statements, whether or not the question is answered."""
    return tuple(piece.text for piece in ExtractiveWriter(choices).write("", ()))
