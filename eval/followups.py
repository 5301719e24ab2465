"""Follow-ups to questions about the invented stories, beside the same written out so that they need no history.

280 conversations on twenty stories, fourteen on each. Kinds: a pronoun for something in an earlier question (`pronoun`) or in its answer
(`answer-pronoun`), “the minister” for one who was named (`definite`), a fragment (`ellipsis`), a short whole question that leaves out what
it is about (`bare`), and one that stands alone and must take nothing from the history (`switch`). Three on each story have no answer.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from eval.outcomes import Examiner
from eval.questions import STRICT, Question
from eval.scratch import scratch_settings
from eval.stories import FOLDER
from rag.assistant import Assistant
from rag.settings import Settings

FILE = Path(__file__).with_name("followups.jsonl")
# The rules of `rag.conversation` were made with a look at these; the others say what they are worth.
LOOKED_AT = frozenset("aid-convoy bridge gold-mine-town hospital-fire museum oil-spill siege space-launch volcano warlord".split())
Counts = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True, config=STRICT)
class FollowUp:
    """A line of the file: the story whose articles are asked, and the question with its history and without the need of it."""

    story: str
    written_out: str
    asked: Question


def load() -> tuple[FollowUp, ...]:
    """All of them, story by story."""
    with FILE.open(encoding="utf-8") as lines:
        return tuple(map(TypeAdapter(FollowUp).validate_json, lines))


def run(settings: Settings, say: Callable[[str], None], followups: Iterable[FollowUp]) -> Counts:
    """How many are right, or rightly declined, as typed after their history and written out: by kind and whether they have an answer."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    with tempfile.TemporaryDirectory() as folder:
        scratch = scratch_settings(settings, Path(folder))
        for story, of_story in groupby(followups, lambda followup: followup.story):
            say(f"{story} …")
            for followup, right, right_written_out in _of_story(FOLDER / story / "articles", list(of_story), scratch):
                for row in _rows(followup):
                    found[row] += Counter({"typed": right, "written out": right_written_out, "of": 1})
    return {row: {name: str(counts[name]) for name in ("typed", "written out", "of")} for row, counts in sorted(found.items())}


def _of_story(corpus: Path, followups: list[FollowUp], settings: Settings) -> list[tuple[FollowUp, bool, bool]]:
    assistant = Assistant.open(corpus, settings)
    try:
        examiner = Examiner(assistant, [f.asked for f in followups], "extractive")
        alone = [replace(f.asked, question=f.written_out, history=()) for f in followups]
        return [(f, examiner.ask(f.asked).right_and_cited, examiner.ask(q).right_and_cited) for f, q in zip(followups, alone, strict=True)]
    finally:
        assistant.close()


def _rows(followup: FollowUp) -> tuple[str, ...]:
    half = "stories looked at" if followup.story in LOOKED_AT else "other stories"
    answer = "answerable" if followup.asked.answerable else "not answerable"
    return f"{half}, {answer}", f"{half}, {answer}: {followup.asked.kind}"
