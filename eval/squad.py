"""SQuAD 2.0 as corpora and questions: every paragraph an article. (Rajpurkar et al., 2018, arXiv:1806.03822.)"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.lines import check_there
from rag.errors import UnusableInput

SQUAD = "squad2_dev_half.json"


@dataclass(frozen=True, slots=True)
class SquadQuestion:
    """A question with the paragraph that it was asked about; `group` is the Wikipedia article of that paragraph."""

    id: str
    group: str
    article_id: str
    question: str
    answers: tuple[str, ...]
    starts: tuple[int, ...]

    @property
    def answerable(self) -> bool:
        return bool(self.answers)


@dataclass(frozen=True, slots=True)
class Squad:
    paragraphs: dict[str, str]  # by article id
    groups: dict[str, str]  # article id → group
    questions: tuple[SquadQuestion, ...]

    def write(self, folder: Path, group: str | None = None) -> Path:
        """One text file a paragraph; of one group only where it is named."""
        folder.mkdir(parents=True, exist_ok=True)
        for article_id, text in self.paragraphs.items():
            if group is None or self.groups[article_id] == group:
                (folder / f"{article_id}.txt").write_text(text)
        return folder


def load_squad(path: Path) -> Squad:
    """Read a file in the SQuAD 2.0 format.

    Raises:
        UnusableInput: the file is not there, or is another.
    """
    check_there(path)
    try:
        return _squad(json.loads(path.read_text(encoding="utf-8"))["data"])
    except (ValueError, KeyError, TypeError) as error:
        raise UnusableInput(f"{path.name} is not in the format of SQuAD 2.0; fetch the file again.") from error


def _squad(data: Sequence[dict[str, Any]]) -> Squad:
    paragraphs: dict[str, str] = {}
    groups: dict[str, str] = {}
    questions: list[SquadQuestion] = []
    for article in data:
        for paragraph in article["paragraphs"]:
            article_id = f"p{len(paragraphs):04d}"
            paragraphs[article_id] = paragraph["context"].strip("\n")
            groups[article_id] = article["title"]
            for qa in paragraph["qas"]:
                answers = [] if qa.get("is_impossible") else qa["answers"]
                questions.append(
                    SquadQuestion(
                        qa["id"],
                        article["title"],
                        article_id,
                        qa["question"],
                        tuple(a["text"] for a in answers),
                        tuple(a["answer_start"] for a in answers),
                    )
                )
    return Squad(paragraphs, groups, tuple(questions))
