"""What the Ollama writer makes of a scripted server's words."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from rag.errors import ModelUnavailable
from rag.settings import Settings
from rag.types import Draft, Evidence, Passage, Progress
from rag.writers import DraftPiece, DraftSentence
from rag.writers.ollama import OllamaWriter
from tests.ollama_server import Script, ScriptedServer, scripted_ollama

QUESTION = "When did Iraqi forces enter Mosul?"
READING = re.compile(r"the model is (reading|writing)")


def settings(host: str, **more: object) -> Settings:
    values: dict[str, object] = {"ollama_host": host, "ollama_model": "tiny:1b", **more}
    return Settings(_env_file=None, **values)  # type: ignore[arg-type, call-arg]


def evidence(*texts: str) -> tuple[Evidence, ...]:
    """One passage of one sentence for each text; their articles are 000, 001, …"""
    return tuple(
        Evidence(Passage(f"{n:03}#0-x", f"{n:03}", 0, len(text), text, ((0, len(text)),)), 1.0 - n / 10, n + 1)
        for n, text in enumerate(texts)
    )


EVIDENCE = evidence("Iraqi forces entered Mosul on Tuesday.", "The unit has 1.5 thousand men.", "Lt. Col. Muntadhar leads it.")


def write(server: ScriptedServer, given: Sequence[Evidence] = EVIDENCE, **more: object) -> list[DraftPiece]:
    """All that is written, but for the seconds counted while a slow machine imports LlamaIndex."""
    pieces = OllamaWriter(settings(server.host, **more)).write(QUESTION, given)
    return [piece for piece in pieces if not (isinstance(piece, Progress) and READING.match(piece.message))]


def without_drafts(pieces: Sequence[DraftPiece]) -> list[DraftPiece]:
    return [piece for piece in pieces if not isinstance(piece, Draft)]


def sentences(script: Script) -> list[DraftSentence]:
    with scripted_ollama(script) as server:
        return [piece for piece in write(server) if isinstance(piece, DraftSentence)]


def failure(script: Script, **more: object) -> str:
    with scripted_ollama(script) as server, pytest.raises(ModelUnavailable) as raised:
        write(server, EVIDENCE, **more)
    return str(raised.value).replace(server.host, "HOST")


def by_word(text: str) -> tuple[str, ...]:
    """A text cut as a model gives it out: three characters at a time, through words, tags and markers."""
    return tuple(re.findall(r"(?s).{1,3}", text))
