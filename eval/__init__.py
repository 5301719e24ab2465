"""Measurements: the question set, public sets, benchmarks, and the calibration of the weights.

from eval import evaluate
run = evaluate("seeds")
run.figures["right and rightly cited"]   # Figure(value, low, high, n)
run.wrong[0].question, run.wrong[0].answer, run.wrong[0].verdict
"""

from __future__ import annotations

from typing import Any

__all__ = ["evaluate"]


def __getattr__(name: str) -> Any:
    if name == "evaluate":
        from eval.own import evaluate

        return evaluate
    raise AttributeError(f"module 'eval' has no attribute {name!r}")
