"""Let the local model judge the answers, with LlamaIndex's FaithfulnessEvaluator and CorrectnessEvaluator. Its word gates nothing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from eval.correctness import displayed
from eval.llama import language_model
from eval.outcomes import Judgement, Outcome
from eval.own import Evaluation, measured
from rag.settings import Settings


def judged(run: Evaluation, settings: Settings, each: Callable[[Outcome], None] = lambda outcome: None) -> Evaluation:
    """The run with a judgement of every answer, and the figures of that."""
    return measured(run.corpus, run.writer, run.questions, asyncio.run(_all(run, settings, each)))


async def _all(run: Evaluation, settings: Settings, each: Callable[[Outcome], None]) -> tuple[Outcome, ...]:
    # In one event loop: the client's connections belong to the loop that opened them.
    from llama_index.core.evaluation import CorrectnessEvaluator, FaithfulnessEvaluator

    llm = language_model(settings)
    faithful, correct = FaithfulnessEvaluator(llm=llm), CorrectnessEvaluator(llm=llm, parser_function=_mark)
    outcomes = []
    for outcome in run.outcomes:
        outcomes.append(replace(outcome, judgement=await _judge(outcome, faithful, correct)) if outcome.answered else outcome)
        each(outcomes[-1])
    return tuple(outcomes)


def _mark(reply: str) -> tuple[float | None, str]:
    """A mark and the reason. LlamaIndex's own parser raises where a small model writes one line, or words before the number.

    A number that has a line to itself is the mark, whatever numbers the reason has; else the first.
    """
    mark = r"(?<![\d.])[1-5](?:\.\d+)?(?![\d.]*\d)"
    number = re.search(rf"^\W*{mark}\W*$", reply, re.M) or re.search(mark, reply)
    value = re.search(r"\d(?:\.\d+)?", number[0]) if number else None
    return (min(float(value[0]), 5.0) if value else None), reply[number.end() if number else 0 :].strip()


async def _judge(outcome: Outcome, faithful: Any, correct: Any) -> Judgement | None:
    assert outcome.answer is not None
    shown, q = displayed(outcome.answer), outcome.question
    quotations = list(dict.fromkeys(c.quotation for s in outcome.answer.statements for c in s.citations))
    try:
        said = await faithful.aevaluate(query=q.question, response=shown, contexts=quotations)
        mark = await correct.aevaluate(query=q.question, response=shown, reference=q.reference) if q.reference else None
    except Exception as error:
        return Judgement(None, None, f"{type(error).__name__}: {error}")
    return Judgement(bool(said.passing), mark.score if mark else None, (mark.feedback if mark else said.feedback) or "")
