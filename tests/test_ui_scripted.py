"""The page over a scripted Assistant: what a real one shows too rarely, or too fast, to be tested with."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.errors import UnusableInput
from rag.types import (
    Abstention,
    Answer,
    Article,
    Citation,
    Conflict,
    Done,
    Draft,
    Event,
    Progress,
    Side,
    Statement,
    Timings,
    Understood,
    Withheld,
)

HOSTILE = "<img src=x onerror=alert(1)> ![x](http://192.0.2.1/x.png) ${document.title='taken'} {{value}} `"
ARTICLES = (
    Article(
        "001",
        "Iraqi forces enter Mosul",
        "Troops moved in at dawn.\n\n" + "They met little resistance in the outer streets. " * 40 + "\n\n"
        "It is believed that up to 7,500 militants are in the city 🏙️ and around it. " + HOSTILE,
        "001.md",
        "The Independent",
        "2016-11-03",
    ),
    Article("004", "Reports of a withdrawal", "The militants, who number a few thousand, sent in bombers.", "004.md"),
)


def quoted(article_id: str, quotation: str) -> Citation:
    article = next(a for a in ARTICLES if a.id == article_id)
    start = article.text.index(quotation)
    return Citation(
        article.id, article.title, article.outlet, article.published, quotation, start, start + len(quotation)
    )


MANY = quoted("001", "up to 7,500 militants are in the city 🏙️ and around it")
FEW = quoted("004", "The militants, who number a few thousand")
DAWN = quoted("001", "Troops moved in at dawn.")


@dataclass(frozen=True)
class ScriptedStatus:
    articles: int = 2
    passages: int = 7
    writer: str = "extractive"
    model: str | None = None
    why: str = "Ollama does not answer at 127.0.0.1:11434; start it with: ollama serve"


class ScriptedAssistant:
    """Answers from a script that the question's first word chooses. `closed` is set when a stream was closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()
        self.histories: list[tuple[str, ...]] = []

    def stream(self, question: str, history: Sequence[str] = ()) -> Iterator[Event]:
        self.histories.append(tuple(history))
        if question.startswith("slowly"):
            yield from self._slowly()
        if question.startswith("break"):
            raise RuntimeError("a defect")
        yield Done(answer_to(question))

    def _slowly(self) -> Iterator[Event]:
        self.closed.clear()
        try:
            yield Understood("how many militants")
            yield Progress("loading the model")
            time.sleep(0.3)
            yield Statement("Troops moved in at dawn.", (DAWN,))
            for length in range(1, 2000):
                yield Draft("It is thought that " + "very " * (length % 7) + "many")
                time.sleep(0.03)
        finally:
            self.closed.set()

    def ask(self, question: str, history: Sequence[str] = ()) -> Answer:
        return answer_to(question)

    def articles(self) -> tuple[Article, ...]:
        return ARTICLES

    def article(self, article_id: str) -> Article:
        for article in ARTICLES:
            if article.id == article_id:
                return article
        raise UnusableInput(f"No article {article_id}.")

    def status(self) -> ScriptedStatus:
        return ScriptedStatus()

    def close(self) -> None:
        pass


def answer_to(question: str) -> Answer:
    if question.startswith("nothing"):
        nothing = Abstention("The articles do not say who won the match; 2 articles were searched.", ("001", "004"))
        return Answer(question, question, (), (), (), nothing, "extractive", None, Timings(4, 1, 1, 6))
    militants = Statement("Up to 7,500 militants are in the city and around it.", (MANY, FEW))
    sides = (
        Side("up to 7,500", "001", MANY.quotation, MANY.start, MANY.end),
        Side("a few thousand", "004", FEW.quotation, FEW.start, FEW.end),
    )
    return Answer(
        question,
        "how many militants are in Mosul",
        (Statement("Troops moved in at dawn. " + (HOSTILE if "hostile" in question else ""), (DAWN,)), militants),
        (Withheld("They were led by a colonel.", "no article names a colonel"),),
        (Conflict("how many militants are in Mosul", sides),),
        None,
        "ollama",
        "qwen3:4b-instruct",
        Timings(10, 2000, 30, 2040),
        ("Ollama stopped in the middle of a sentence; the rest was written by the extractive writer.",),
    )
