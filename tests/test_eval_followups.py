"""The conversations about the invented stories: what they are of, and what is counted."""

from __future__ import annotations

from collections import Counter

import pytest

from eval.followups import LOOKED_AT, load, run
from eval.stories import FOLDER
from rag.settings import Settings

KINDS = {"pronoun": 3, "answer-pronoun": 2, "definite": 2, "ellipsis": 3, "bare": 2, "switch": 2}
STORIES = sorted({followup.story for followup in load()})


def test_half_of_twenty_stories_have_not_been_looked_at() -> None:
    assert (len(STORIES), len(LOOKED_AT), LOOKED_AT - set(STORIES)) == (20, 10, set())


@pytest.mark.parametrize("story", STORIES)
def test_a_story_has_conversations_of_every_kind_and_its_gold_stands_in_its_articles(story: str) -> None:
    asked = [followup.asked for followup in load() if followup.story == story]
    assert Counter(q.kind for q in asked) == KINDS
    assert sum(not q.answerable for q in asked) == 3
    assert all(q.history for q in asked)
    articles = [path.read_text(encoding="utf-8") for path in (FOLDER / story / "articles").iterdir()]
    for gold in (gold for q in asked for gold in q.gold):
        assert [f'id: "{gold.article_id}"' in text for text in articles if gold.quotation in text] == [True]


def test_every_conversation_is_counted_as_typed_and_written_out(settings: Settings) -> None:
    of_bridge = [followup for followup in load() if followup.story == "bridge"]
    counts = run(settings, lambda line: None, of_bridge)
    assert {row: found["of"] for row, found in counts.items() if ":" not in row} == {
        "stories looked at, answerable": "11",
        "stories looked at, not answerable": "3",
    }
    assert {found["of"] for row, found in counts.items() if row.endswith(": switch")} == {"1"}
    assert all(int(found[name]) <= int(found["of"]) for found in counts.values() for name in ("typed", "written out"))
    assert sum(int(found["written out"]) for row, found in counts.items() if ":" not in row) > 7
