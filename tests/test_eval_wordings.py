"""Questions put as people put them: what is counted."""

from __future__ import annotations

import pytest

from eval.stories import stories
from eval.wordings import LOOKED_AT, load, put, run
from rag.settings import Settings


@pytest.mark.parametrize(
    ("wording", "message"),
    [
        ("Hi, {q} Thanks!", "Hi, who leads the SPO? Thanks!"),
        ("“{Q}”", "“Who leads the SPO?”"),
        ("{bare} please", "Who leads the SPO please"),
        ("{lower}", "who leads the spo?"),
        ("um {lowerbare}", "um who leads the spo"),
        ("{upper}", "WHO LEADS THE SPO?"),
    ],
)
def test_a_question_is_put_in_the_words_of_a_line(wording: str, message: str) -> None:
    assert put(wording, "Who leads the SPO?") == message


def test_every_line_changes_the_question_in_its_own_way() -> None:
    messages = [put(wording, "Who leads the SPO?") for wording in load()]
    assert len(set(messages)) == len(messages) > LOOKED_AT
    assert all("who leads the spo" in message.lower() for message in messages)


def test_every_question_is_counted_as_written_and_in_every_wording(settings: Settings) -> None:
    counts = run(settings, lambda line: None, [next(stories())], ("{lower}", "{Q} Thanks!"), each=10)
    of = {name: (row["right"].partition(" of ")[2], row["rightly declined"].partition(" of ")[2]) for name, row in counts.items()}
    assert set(of) == {"as written", "mean of the wordings looked at", "{lower}", "{Q} Thanks!"}
    assert len(set(of.values())) == 1 and sum(map(int, of["as written"])) >= 10
    assert counts["{Q} Thanks!"] == counts["as written"]
