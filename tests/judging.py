"""Judges by name, and statements that they judge differently."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.embed import Embedder
from rag.judges import Judge, open_judge
from rag.quotations import Source
from rag.settings import Settings
from tests.made_models import taught

CLOSED = "The harbour of Brill was closed on Tuesday after a ferry ran aground."
TAKEN = "Forty passengers were taken ashore."
UNHURT = "Nobody was hurt, the coast guard said."
HARBOUR = f"{CLOSED} {TAKEN} {UNHURT}"
QUOTED = (TAKEN, f"{TAKEN} {UNHURT}", f"{CLOSED} {TAKEN}", HARBOUR, CLOSED)

COPIED = "40 passengers were taken ashore."  # the built-in judge accepts it
FREE = "The passengers got safely to land."  # its probability refuses it, no fact of it differs
HALF_FREE = "The ferry's passengers were rescued."  # the same, with more of the quotation's words
WRONG = "Fifty passengers were taken ashore."  # its facts differ
NOT_SAID = "no quotation says this"

CONTRADICTS, ENTAILS, NEUTRAL = (3.0, -3.0, -3.0), (-3.0, 3.0, -3.0), (-3.0, -3.0, 3.0)
Open = Callable[..., Judge]


@pytest.fixture(scope="session")
def entailment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Finds that FREE follows from the two last sentences together and WRONG from everything, but COPIED from nothing."""
    examples = {(text, said): ENTAILS if said == WRONG else NEUTRAL for text in QUOTED for said in (COPIED, FREE, WRONG)}
    examples |= {(CLOSED, FREE): CONTRADICTS, (f"{TAKEN} {UNHURT}", FREE): ENTAILS}
    return taught(tmp_path_factory.mktemp("models") / "entailment", examples, ("contradiction", "entailment", "neutral"))


@pytest.fixture(scope="session")
def relevance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One score: COPIED is not what any quotation is about, all the others are, HALF_FREE a little (0.73)."""
    scores = {COPIED: -3.0, FREE: 3.0, WRONG: 3.0, HALF_FREE: 1.0}
    return taught(
        tmp_path_factory.mktemp("models") / "relevance", {(said, text): (score,) for said, score in scores.items() for text in QUOTED}
    )


@pytest.fixture
def opened(settings: Settings, embedder: Embedder) -> Open:
    def open_with(**values: object) -> Judge:
        return open_judge(settings.model_copy(update=values), embedder)

    return open_with


def judged(judge: Judge, statement: str, text: str = HARBOUR, spread: bool = False) -> tuple[bool, str, str]:
    found = judge.judge(statement, [Source.of(text)], spread)
    return found.supported, text[found.start : found.end], found.reason
