"""Whole runs: over the shipped articles and over others, kept, compared, shown, judged by the gates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from eval import evaluate, gates, saved
from eval.compare import compare
from eval.intervals import Figure
from eval.outcomes import Outcome
from eval.own import examine
from eval.questions import Gold, Question, load
from eval.run import Wanted, own, show_changes
from eval.saved import Saved
from rag import Assistant
from rag.errors import UnusableInput
from rag.settings import Settings, load_settings
from rag.types import Answer
from tests.conftest import Run
from tests.eval_values import FALSE_ANSWER, RIGHT, run_of
from tests.ollama_server import Script, scripted_ollama

PUPILS = {
    "id": "pupils",
    "question": "How many pupils does the school in Tann have?",
    "answerable": True,
    "reference": "It has 320 pupils.",
    "accepted": [["320"]],
    "kind": "number",
    "gold": [{"article_id": "school", "quotation": "The school in Tann has 320 pupils."}],
}
PRIME = {"id": "prime", "question": "What is a prime number?", "answerable": False, "kind": "far"}
WRONG = PUPILS | {"id": "wrong", "accepted": [["a thousand"]]}


def asked(folder: Path, *lines: object) -> Path:
    path = folder / "mine.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_run_over_any_corpus_returns_outcomes_and_figures(corpus: Path, tmp_path: Path, settings: Settings) -> None:
    seen: list[Outcome] = []
    run = evaluate(corpus, asked(tmp_path, PUPILS, PRIME, WRONG), each=seen.append, settings=settings)
    assert [(o.question.id, o.verdict) for o in run.outcomes] == [("pupils", "right"), ("prime", "right"), ("wrong", "wrong")]
    assert [o.question.id for o in run.wrong] == ["wrong"]
    assert [o.question for o in seen] == [o.question for o in run.outcomes]
    assert {name: (f.value, f.n) for name, f in run.figures.items() if "F1" not in name and "AUROC" not in name} == {
        "right and rightly cited": (0.5, 2),
        "right or rightly declined": (0.6667, 3),
        "accepted variants displayed": (0.5, 2),
        "false refusals": (0.0, 2),
        "false answers, far from it": (0.0, 1),
        "citation recall (gold)": (1.0, 2),
        "citation precision (gold)": (1.0, 2),
        "citation recall (verifier)": (1.0, 2),
        "citation precision (verifier)": (1.0, 2),
        "faithfulness (verifier)": (1.0, 2),
        "faithfulness (gold)": (1.0, 2),
        "quotations exact": (1.0, 2),
        "Success@1": (1.0, 2),
        "Success@5": (1.0, 2),
        "nDCG@10": (1.0, 2),
        "RR@10": (1.0, 2),
    }
    assert run.figures["AUROC of answerable"] == Figure(1.0, 0.0, 1.0, 3)
    assert list(run.kinds) == ["number", "far"] and list(run.latency_ms) == ["retrieve", "write", "verify", "total"]


def test_an_answer_that_gold_does_not_cover_is_not_rightly_cited(corpus: Path, tmp_path: Path, settings: Settings) -> None:
    elsewhere = PUPILS | {"gold": [{"article_id": "school", "quotation": "Its roof was repaired in 2018."}]}
    run = evaluate(corpus, asked(tmp_path, elsewhere, PUPILS | {"id": "no gold", "gold": []}), settings=settings)
    assert [(o.question.id, o.right, o.cited, o.verdict) for o in run.outcomes] == [
        ("pupils", True, False, "wrongly cited"),
        ("no gold", True, True, "right"),  # the verifier judges instead
    ]


class Failing(Assistant):
    """Its disk is gone for one question."""

    def ask(self, question: str, history: Sequence[str] = (), writer: str | None = None) -> Answer:
        if question.startswith("What is a prime"):
            raise OSError("the disk is gone")
        return super().ask(question, history, writer)


def test_a_question_that_cannot_be_asked_is_noted_and_the_next_one_is_asked(assistant: Assistant) -> None:
    failing = Failing(assistant.index, load_settings())
    bashiqa = Question(
        id="far away",
        question="How far is Bashiqa from Mosul?",
        answerable=True,
        accepted=(("15km",),),
        gold=(Gold("002", "Bashiqa stands about 15km from Mosul, where the Nineveh plains reach the foot of a mountain."),),
    )
    too_long = Question(id="long", question="why " * 5000, answerable=True, accepted=(("x",),))
    prime = Question(id="prime", question="What is a prime number?", answerable=False, kind="far")
    run = examine(failing, [prime, too_long, bashiqa])
    assert [(o.question.id, o.verdict) for o in run.outcomes] == [("prime", "error"), ("long", "error"), ("far away", "right")]
    assert run.outcomes[0].error == "OSError: the disk is gone" and run.outcomes[1].error.startswith("QuestionError: ")
    assert run.figures["right or rightly declined"].value == 0.3333
    assert run.figures["false answers, far from it"].value == run.figures["false refusals"].value * 2 == 1.0


def test_the_same_run_gives_the_same_again_but_for_the_times(assistant: Assistant) -> None:
    questions = load(Path(saved.__file__).with_name("questions.jsonl"))[::10]
    once, again = (saved.report_json(examine(assistant, questions)) for _ in range(2))
    assert once.pop("latency_ms").keys() == again.pop("latency_ms").keys()
    assert once == again


@pytest.mark.parametrize("writer", ["gpt", "ollama"])
def test_a_writer_that_is_not_there_is_said_before_anything_is_asked(corpus: Path, tmp_path: Path, writer: str, settings: Settings) -> None:
    nowhere = settings.model_copy(update={"ollama_host": "http://127.0.0.1:9"})
    with pytest.raises(UnusableInput, match="gpt|127.0.0.1:9"):
        evaluate(corpus, asked(tmp_path, PUPILS), writer=writer, settings=nowhere)


def test_the_model_s_answers_are_measured_as_the_others_are(corpus: Path, tmp_path: Path, settings: Settings) -> None:
    words = ("The school in Tann ", "has 320 pupils [school]. ", "It has 500 teachers [school].")
    with scripted_ollama(Script(words=words)) as server:
        there = settings.model_copy(update={"ollama_host": server.host, "ollama_model": "tiny:1b"})
        run = evaluate(corpus, asked(tmp_path, PUPILS), writer="ollama", settings=there)
    (outcome,) = run.outcomes
    assert outcome.answer and (outcome.answer.writer, outcome.answer.model, outcome.verdict) == ("ollama", "tiny:1b", "right")
    assert [w.text for w in outcome.answer.withheld] == ["It has 500 teachers."]
    assert run.figures["faithfulness (verifier)"] == run.figures["faithfulness (gold)"] == Figure(1.0, 0.025, 1.0, 1)


def test_a_gate_holds_at_its_bound_and_falls_beyond_it() -> None:
    def at(**values: float) -> dict[str, Figure]:
        return {gates.GATES[int(i[1:])].measure: Figure(value, 0, 1, 9) for i, value in values.items()}

    assert [(g.measure, str(g)) for g in gates.GATES] == [
        ("right and rightly cited", "≥ 0.90"),
        ("false refusals", "≤ 0.07"),
        ("false answers, near the topic", "≤ 0.15"),
        ("false answers, far from it", "≤ 0.02"),
        ("conflict recall", "≥ 0.80"),
        ("follow-ups right", "≥ 0.85"),
        ("quotations exact", "≥ 1.00"),
    ]
    assert gates.fallen(at(g0=0.90, g1=0.07, g6=1.0)) == ()
    assert gates.fallen(at(g0=0.8999, g1=0.0701, g6=0.9999)) == (gates.GATES[0], gates.GATES[1], gates.GATES[6])


def test_a_run_that_was_saved_is_read_back_whole_or_as_a_baseline(tmp_path: Path) -> None:
    run = run_of(RIGHT, FALSE_ANSWER)
    for name, content in {"run.json": saved.report_json(run), "baseline.json": saved.baseline_json(run)}.items():
        saved.write(tmp_path / name, content)
        assert saved.read(tmp_path / name) == Saved(name, "abc", run.figures, {"q1": "right", "q2": "false answer"}, "seeds", "extractive")


def test_what_is_no_saved_run_is_named(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"measures": []}')
    with pytest.raises(UnusableInput, match="other.json' is not a run of this evaluation; make one with --json."):
        saved.read(tmp_path / "other.json")
    with pytest.raises(UnusableInput, match="none.json' cannot be read: No such file"):
        saved.read(tmp_path / "none.json")
    with pytest.raises(UnusableInput, match="cannot be written: Is a directory"):
        saved.write(tmp_path, {})


def test_a_comparison_knows_which_way_is_better_and_which_questions_moved() -> None:
    before = Saved("a", "x", {"token F1": Figure(0.5, 0, 1, 2), "false refusals": Figure(0.5, 0, 1, 2)}, {"1": "right", "2": "wrong"})
    after = Saved(
        "b", "y", {"token F1": Figure(0.25, 0, 1, 2), "false refusals": Figure(0.25, 0, 1, 2), "RR@10": Figure(1, 1, 1, 2)},
        {"1": "false refusal", "2": "right", "3": "right"},
    )  # fmt: skip
    found = compare(before, after)
    assert {name: (c.by, c.better) for name, c in found.changes.items()} == {
        "token F1": (-0.25, False),
        "false refusals": (-0.25, True),
        "RR@10": (None, None),
    }
    assert (found.mended, found.broken, found.same_questions) == (("2",), ("1",), False)
    assert compare(before, before).changes["token F1"].better is None


def wanted(corpus: Path, questions: Path, **more: object) -> Wanted:
    values: dict[str, object] = {"json": None, "html": None, "baseline": None, "gates": True, "save_baseline": False, **more}
    return Wanted(corpus, questions, "extractive", **values)  # type: ignore[arg-type]


def test_a_run_is_compared_with_the_baseline_that_an_earlier_one_saved(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions, kept = asked(tmp_path, PUPILS, PRIME), tmp_path / "kept.json"
    saved.write(kept, saved.baseline_json(run_of()))
    assert own(wanted(corpus, questions, baseline=kept, save_baseline=True))
    assert "kept.json is a run over other questions: not compared." in capsys.readouterr().out
    before = json.loads(kept.read_text())
    before["measures"]["RR@10"]["value"], before["questions"][1]["verdict"] = 0.25, "false answer"
    kept.write_text(json.dumps(before))
    assert own(wanted(corpus, questions, baseline=kept))
    out = capsys.readouterr().out
    assert "+0.750" in out and "Right now, not in the baseline: prime" in out and "Every gate holds." in out


def test_with_no_worse_a_gate_that_did_not_hold_before_fails_only_where_it_is_farther_off() -> None:
    name = "false answers, near the topic"
    shares = {lost: {name: Figure((7 + lost) / 34, 0, 1, 34)} for lost in range(4)}
    assert [gates.worse(shares[0], shares[lost]) for lost in range(4)] == [(), (), (), (gates.GATES[2],)]
    assert gates.worse(shares[3], shares[0]) == gates.worse({}, shares[3]) == ()
    held = {"right and rightly cited": Figure(0.99, 0, 1, 146)}, {"right and rightly cited": Figure(0.91, 0, 1, 146)}
    assert gates.worse(*held) == ()


def test_a_run_that_must_be_no_worse_needs_a_baseline_of_the_same_questions(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions, kept = asked(tmp_path, PUPILS, PRIME), tmp_path / "kept.json"
    with pytest.raises(UnusableInput, match="--no-worse needs a run to compare with"):
        own(wanted(corpus, questions, baseline=kept, no_worse=True))
    saved.write(kept, saved.baseline_json(run_of()))
    assert not own(wanted(corpus, questions, baseline=kept, no_worse=True))
    own(wanted(corpus, questions, baseline=kept, save_baseline=True))
    assert own(wanted(corpus, questions, baseline=kept, no_worse=True))
    assert "No gate is farther off than in the baseline." in capsys.readouterr().out


def test_two_saved_runs_are_shown_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    saved.write(first, saved.report_json(run_of(RIGHT, FALSE_ANSWER)))
    saved.write(second, saved.report_json(replace(run_of(replace(RIGHT, right=False, cited=False)), questions="def")))
    show_changes(first, second)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[:3] == [
        "measure first.json second.json change",
        "right and rightly cited 1.000 (0.03 – 1.00) 0.000 (0.00 – 0.97) -1.000",
        "right or rightly declined 0.500 (0.00 – 1.00) 0.000 (0.00 – 0.97) -0.500",
    ]
    assert "false answers, near the topic 1.000 (0.03 – 1.00) – –" in lines
    assert lines[-2:] == ["Wrong now, right in first.json: q1", "The two runs are of different question sets."]


def test_the_command_exits_1_when_a_gate_falls_and_0_when_none_is_asked_for(corpus: Path, tmp_path: Path, run: Run) -> None:
    questions = asked(tmp_path, PUPILS, WRONG)
    done = run("eval", "--corpus", str(corpus), "--questions", str(questions), "--json", "run.json")
    assert done.returncode == 1 and "Fell: right and rightly cited." in done.stdout
    assert "wrong · number · wrong" in done.stdout and "How many pupils" in done.stdout
    content = json.loads((tmp_path / "run.json").read_text())
    assert content["gates_fallen"] == ["right and rightly cited"]
    assert [(q["id"], q["verdict"], q["answer"]["answered"]) for q in content["questions"]] == [
        ("pupils", "right", True),
        ("wrong", "wrong", True),
    ]
    done = run("eval", "--corpus", str(corpus), "--questions", str(questions), "--no-gates")
    assert done.returncode == 0 and "FELL" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--questions", "bad.jsonl"), "Error: Line 2 of bad.jsonl cannot be used: question: Field required."),
        (("--questions", "none.jsonl"), "Error: The questions 'none.jsonl' cannot be read: No such file or directory."),
        (("--html", "no/where.html"), "Error: 'no/where.html' cannot be written: there is no folder 'no'."),
        (("--baseline", "none.json"), "Error: The run 'none.json' cannot be read: No such file or directory."),
        (("--compare", "none.json", "none.json"), "Error: The run 'none.json' cannot be read: No such file or directory."),
    ],
)
def test_the_command_exits_2_with_one_line_when_its_input_cannot_be_used(
    corpus: Path, tmp_path: Path, run: Run, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "bad.jsonl").write_text(json.dumps(PRIME) + '\n{"id": "2", "answerable": false}\n')
    done = run("eval", "--corpus", str(corpus), *arguments)
    assert (done.returncode, done.stdout, done.stderr.splitlines()[-1]) == (2, "", said)


def test_the_judge_is_looked_for_before_anything_is_asked(corpus: Path, run: Run) -> None:
    done = run("eval", "--corpus", str(corpus), "--judge", OLLAMA_HOST="http://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (2, "") and "127.0.0.1:9" in done.stderr and "Or measure without --judge." in done.stderr
