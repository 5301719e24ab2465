"""Verifiers side by side: the minimal pairs, and the claims of public sets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from eval import pairs
from eval.public import judged
from eval.support import Claim
from rag.embed import Embedder
from rag.errors import SettingError
from rag.judges import open_judge
from rag.quotations import Source
from rag.settings import Settings
from rag.support import SUPPORT_FEATURES
from rag.types import Support

HARBOUR = "The harbour of Brill was closed on Tuesday after a ferry ran aground. Forty passengers were taken ashore."


class Recorder:
    """Accepts what names Brill, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool]] = []

    def judge(self, statement: str, sources: Sequence[Source], spread: bool = False) -> Support:
        self.asked.append((statement, spread))
        return Support("Brill" in statement, 0.75, 0, 0, 1)

    def about(self) -> str:
        return "names Brill"


def test_a_judge_s_counts_are_of_what_it_accepts_and_refuses() -> None:
    judge = Recorder()
    found = pairs.counts(judge, {f"{n:03}": Source.of(HARBOUR) for n in range(5)})
    assert {name: count for name, count in found.items() if "against" in name} == {
        "true accepted, against its article": "0/320",
        "changed refused, against its article": "320/320",
        "true accepted, against all articles": "0/320",
        "changed refused, against all articles": "320/320",
        "true accepted, against its article by verify": "0/320",
        "changed refused, against its article by verify": "320/320",
    }
    assert found["  unit changed: accepted, refused"] == "0, 7 of 7"
    assert [spread for _, spread in judge.asked] == [False] * 4 * 320 + [True] * 2 * 320


def test_a_name_that_can_be_no_judge_is_said_before_the_pairs_are_judged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(SettingError):
        pairs.run(["builtin", "buildin"], Path(__file__).parent.parent / "seeds")


def test_claims_are_judged_in_order_each_under_the_weights_of_its_fold(settings: Settings, embedder: Embedder) -> None:
    said = ("40 passengers were taken ashore.", "The harbour of Brill was closed after a ferry ran aground.", "It rained.")
    claims = [Claim(text, (HARBOUR,), True, "made up", text) for text in said]
    zero = dict.fromkeys(SUPPORT_FEATURES, 0.0)
    models = [{"weights": zero, "bias": bias, "threshold": 0.5} for bias in (-20.0, 20.0)]
    for fold, supported in ((0, [False, True, False]), (1, [True, False, False])):
        folds = np.array([fold, 1 - fold, 1])
        decided, scores = judged(open_judge(settings, embedder), claims, models, folds)
        assert decided.tolist() == supported
        assert scores.tolist() == [float(s) for s in supported]
