"""The question set: questions about a corpus, with what a right answer contains and the words of the articles that support it.

One JSON object a line; docs/evaluation.md describes the format.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from rag.errors import UnusableInput

OWN = Path(__file__).with_name("questions.jsonl")
FAR, INJECTION = "far", "injection"
Words = Annotated[str, Field(min_length=1)]
STRICT = ConfigDict(strict=True, extra="forbid")


@dataclass(frozen=True, slots=True, config=STRICT)
class Gold:
    """A quotation that supports the right answer."""

    article_id: str
    quotation: Words


@dataclass(frozen=True, slots=True, config=STRICT)
class Question:
    """A line of the question set. `accepted` are groups of variants: a right answer has one of every group."""

    id: Words
    question: str
    answerable: bool
    history: tuple[str, ...] = ()
    reference: str = ""
    accepted: tuple[tuple[str, ...], ...] = ()
    kind: str = "fact"
    gold: tuple[Gold, ...] = ()

    def __post_init__(self) -> None:
        if self.answerable and not self.accepted:
            raise ValueError("it is answerable, but nothing is accepted as its answer")
        if any(not variant.strip() for group in self.accepted for variant in group or ("",)):
            raise ValueError("a group of accepted variants is empty, or a variant of it")
        if not self.answerable and (self.accepted or self.gold):
            raise ValueError("it is not answerable, but has accepted variants or gold quotations")

    @property
    def near(self) -> bool:
        """Not answerable, but about what the articles are about."""
        return not self.answerable and self.kind not in (FAR, INJECTION)


def load(path: Path) -> tuple[Question, ...]:
    """Read a question set.

    Raises:
        UnusableInput: the file cannot be read, or a line (named by its number) is not a question.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # splitlines would end them at characters that questions may have
    except UnicodeDecodeError as error:
        raise UnusableInput(f"The questions {str(path)!r} are not UTF-8 text.") from error
    except OSError as error:
        raise UnusableInput(f"The questions {str(path)!r} cannot be read: {error.strerror}.") from error
    found: dict[str, Question] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            question = _line(path, number, line)
            if question.id in found:
                raise UnusableInput(f"Line {number} of {path.name} cannot be used: the id {question.id!r} was taken above.")
            found[question.id] = question
    if not found:
        raise UnusableInput(f"There is no question in {str(path)!r}.")
    return tuple(found.values())


def _line(path: Path, number: int, line: str) -> Question:
    try:
        return TypeAdapter(Question).validate_json(line)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        what = problem["msg"].removeprefix("Value error, ")
        raise UnusableInput(f"Line {number} of {path.name} cannot be used: {where + ': ' if where else ''}{what}.") from error


def digest(questions: tuple[Question, ...]) -> str:
    """Tells question sets apart: figures of two sets are not compared as if they were of one."""
    return sha256(TypeAdapter(tuple[Question, ...]).dump_json(questions)).hexdigest()[:16]


def check_gold(questions: tuple[Question, ...], texts: Mapping[str, str]) -> None:
    """Every gold quotation stands in its article.

    Raises:
        UnusableInput: one does not; the question is named.
    """
    for question in questions:
        for gold in question.gold:
            if gold.article_id not in texts:
                raise UnusableInput(f"Question {question.id!r}: there is no article {gold.article_id!r} in the corpus.")
            if gold.quotation not in texts[gold.article_id]:
                raise UnusableInput(f"Question {question.id!r}: article {gold.article_id!r} does not have “{gold.quotation}”.")
