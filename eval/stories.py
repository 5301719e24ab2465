"""The invented news stories of `eval/development`, and what they are asked: data to fit on, like what is to be answered.

108 stories with 12,923 questions: six of six articles with 62 questions that they answer and 38 that they do not, 47 of four with about
72 and 45, and 55 of four longer ones with about 70 and 53, where nearly every question without an answer has a partner that has one.
Nothing in them is about the shipped corpus, and no figure that the evaluation reports is of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.questions import Question, load

FOLDER = Path(__file__).with_name("development")


def stories() -> Iterator[tuple[str, Path, tuple[Question, ...]]]:
    """For each story its name, the folder of its articles and its questions."""
    for folder in sorted(path for path in FOLDER.iterdir() if path.is_dir()):
        yield folder.name, folder / "articles", load(folder / "questions.jsonl")
