"""The invented news stories of `eval/development`, and what they are asked: data to fit on, like what is to be answered.

140 stories with 16,831 questions: six of six articles with 62 questions that they answer and 38 that they do not, 47 of four with about
72 and 45, and 87 of four longer ones with about 70 and 53, where nearly every question without an answer has a partner that has one;
the 32 newest ask much about offices, about who said what, and for several things at once.
Nothing in them is about the shipped corpus. Of what the evaluation reports, follow-ups and wordings are asked of some of them: they
compare ways of asking, and say nothing about unseen articles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.questions import Question, load

FOLDER = Path(__file__).with_name("development")


@dataclass(frozen=True)
class Story:
    """An invented story: its name, the folder of its articles, its questions."""

    name: str
    articles: Path
    questions: tuple[Question, ...]


def stories(folder: Path = FOLDER) -> Iterator[Story]:
    """Those of a folder with a folder for each."""
    for story in sorted(path for path in folder.iterdir() if path.is_dir()):
        yield Story(story.name, story / "articles", load(story / "questions.jsonl"))
