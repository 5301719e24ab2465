"""Questions about the invented stories, each as people may put it: with greetings, hesitations, what it is for, all in one case.

A line of `wordings.txt` is one way to put a question, which stands in it as {Q}, {q} (its first letter in lower case), {bare} (without
its mark), {lower}, {lowerbare} or {upper}. `rag.wording` was made with a look at the first LOOKED_AT; who wrote the others knew neither.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from eval.correctness import is_right
from eval.questions import Question
from eval.scratch import scratch_settings
from eval.stories import Story
from rag.assistant import Assistant
from rag.settings import Settings

FILE = Path(__file__).with_name("wordings.txt")
LOOKED_AT = 63
PLAIN = "{Q}"
Counts = dict[str, dict[str, str]]


def load() -> tuple[str, ...]:
    return tuple(FILE.read_text(encoding="utf-8").splitlines())


def put(wording: str, question: str) -> str:
    """The question in these words."""
    bare = question.rstrip("?")
    return wording.format(
        Q=question,
        q=question[:1].lower() + question[1:],
        bare=bare,
        lower=question.lower(),
        lowerbare=bare.lower(),
        upper=question.upper(),
    )


def run(settings: Settings, say: Callable[[str], None], told: Iterable[Story], wordings: Sequence[str], each: int) -> Counts:
    """How many of so many questions of each story are right, and rightly declined, as written and in each wording."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    with tempfile.TemporaryDirectory() as folder:
        scratch = scratch_settings(settings, Path(folder))
        for story in told:
            say(f"{story.name} …")
            assistant = Assistant.open(story.articles, scratch)
            for question in (q for q in story.questions[:: max(len(story.questions) // each, 1)] if not q.history):
                for wording in (PLAIN, *wordings):
                    answer = assistant.ask(put(wording, question.question), writer="extractive")
                    found[wording].update(_counted(question, is_right(question, answer)))
            assistant.close()
    rows = {"as written": _row(found[PLAIN])}
    for name, of in (("mean of the wordings looked at", wordings[:LOOKED_AT]), ("mean of the others", wordings[LOOKED_AT:])):
        if of:
            rows[name] = _row(sum((found[wording] for wording in of), Counter()), len(of))
    return rows | {wording: _row(found[wording]) for wording in wordings}


def _counted(question: Question, right: bool) -> dict[str, int]:
    kind = "answerable" if question.answerable else "not answerable"
    return {f"of {kind}": 1, kind: int(right)}


def _row(counts: Counter[str], of: int = 1) -> dict[str, str]:
    return {
        "right": f"{counts['answerable'] / of:.1f} of {counts['of answerable'] // of}",
        "rightly declined": f"{counts['not answerable'] / of:.1f} of {counts['of not answerable'] // of}",
    }
