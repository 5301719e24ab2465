"""The model as a judge, by LlamaIndex's evaluators, over the real protocol."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eval.judges import judged
from eval.outcomes import Judgement, Outcome
from rag.settings import Settings
from tests.eval_values import FALSE_ANSWER, RIGHT, UNKNOWN, answer, run_of
from tests.ollama_server import Script, scripted_ollama

DECLINED = Outcome(UNKNOWN, answer(), right=True, cited=True)


def at(settings: Settings, host: str) -> Settings:
    return settings.model_copy(update={"ollama_host": host, "ollama_model": "tiny:1b"})


def test_every_answer_is_judged_and_nothing_else(settings: Settings) -> None:
    run = run_of(RIGHT, FALSE_ANSWER, DECLINED, Outcome(UNKNOWN, None, "x"))
    with scripted_ollama(Script(words=("4.5\n", "Yes, it says who leads."))) as server:
        found = judged(run, at(settings, server.host))
        asked = [body["messages"][-1]["content"] for body in server.bodies("/api/chat")]
    assert [o.judgement for o in found.outcomes] == [
        Judgement(True, 4.5, "Yes, it says who leads."),
        Judgement(True, None, "4.5\nYes, it says who leads."),  # there is no reference to compare with
        None,
        None,
    ]
    assert len(asked) == 3 and all("Mara leads." in prompt for prompt in asked)
    new = {name: (f.value, f.n) for name, f in found.figures.items() if name not in run.figures}
    assert new == {"faithfulness (LLM judge)": (1.0, 2), "correctness 1–5 (LLM judge)": (4.5, 1)}
    assert found.figures | run.figures == found.figures


@pytest.mark.parametrize(
    ("reply", "mark", "reason"),
    [
        ("4.0\nIt names her.", 4.0, "It names her."),
        ("Score: 3", 3.0, ""),
        ("5.0", 5.0, ""),
        ("The answer names 2 of 3 facts.\n4.0", 4.0, ""),
        ("No.", None, "No."),
        ("42 of 10 in 2019", None, "42 of 10 in 2019"),
    ],
)
def test_the_mark_is_the_number_from_one_to_five_that_has_a_line_to_itself_or_else_the_first(
    settings: Settings, reply: str, mark: float | None, reason: str
) -> None:
    with scripted_ollama(Script(words=(reply,))) as server:
        found = judged(run_of(RIGHT), at(settings, server.host))
    assert found.outcomes[0].judgement == Judgement(False, mark, reason)
    assert ("correctness 1–5 (LLM judge)" in found.figures) is (mark is not None)


def test_a_judge_that_fails_costs_its_judgement_and_not_the_run(settings: Settings) -> None:
    with scripted_ollama(Script(status=500, error="out of memory")) as server:
        found = judged(run_of(RIGHT), at(settings, server.host))
    judgement = found.outcomes[0].judgement
    assert judgement and judgement.faithful is judgement.correctness is None and "out of memory" in judgement.reason
    assert found.figures == run_of(RIGHT).figures
    assert replace(found.outcomes[0], judgement=None) == RIGHT
