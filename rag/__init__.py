"""Footnote: chat with a folder of articles; every sentence carries a verified quotation.

from rag import Assistant
assistant = Assistant.open("seeds")
answer = assistant.ask("How many militants are in Mosul?")
for statement in answer.statements:
    print(statement.text, statement.citations[0].article_id, statement.citations[0].quotation)
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.assistant import Assistant as Assistant
    from rag.types import Support

__all__ = ["Assistant", "verify"]

# ONNX Runtime from 1.29 on reports to Microsoft after some seconds, and keeps an identifier in the home folder. It reads this
# once, when it is first imported, so it stands before every module of ours. The other two are what Chroma and the hub read.
os.environ |= {"ORT_DISABLE_TELEMETRY": "1", "ANONYMIZED_TELEMETRY": "False", "HF_HUB_DISABLE_TELEMETRY": "1"}


def __getattr__(name: str) -> Any:
    # Late: `rag.errors` or `rag.settings` alone must not load numpy and SQLite.
    if name == "Assistant":
        from rag.assistant import Assistant

        return Assistant
    raise AttributeError(f"module 'rag' has no attribute {name!r}")


def verify(claim: str, sources: Sequence[str]) -> Support:
    """Whether any of the sources supports the claim, with the best quotation's place, by the judge that VERIFIER names.

    Raises:
        SettingError: VERIFIER names nothing that could judge.
        EmbeddingUnavailable, JudgeUnavailable: a model cannot be loaded.
    """
    from rag.judges import shared_judge
    from rag.quotations import Source
    from rag.settings import load_settings

    return shared_judge(load_settings()).judge(claim, [Source.of(s) for s in sources], spread=True)
