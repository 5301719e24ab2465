"""Which writer is used now, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rag.settings import Settings
from rag.types import Article, WriterName
from rag.writers import Writer


class Chosen(NamedTuple):
    """`writer` is the model's, or None where the articles' own sentences are to be shown; `why` tells how to get the other one."""

    writer: Writer | None
    name: WriterName
    model: str | None
    why: str


def choose_writer(
    settings: Settings, find_article: Callable[[str], Article | None], wanted: str | None = None, model: str | None = None
) -> Chosen:
    """The model's writer where it is to be used and can be. `wanted` and `model` are used instead of the settings'."""
    if (wanted or settings.writer) == "extractive":
        return Chosen(None, "extractive", None, "WRITER=extractive: the articles' own sentences. WRITER=auto uses Ollama.")
    from rag.writers.ollama import OllamaWriter, probe

    settings = settings.model_copy(update={"ollama_model": model}) if model else settings
    ready = probe(settings)
    if not ready.ready:
        return Chosen(None, "extractive", None, ready.reason)
    writer = OllamaWriter(settings, find_article)
    return Chosen(writer, "ollama", writer.model, f"{ready.reason} WRITER=extractive shows the articles' own sentences instead.")
