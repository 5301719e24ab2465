"""What the page shows, as plain values: events and answers in, JSON-able dictionaries out.

Nothing here is markup: the page puts every string into a text node, so the words of articles, models and
users stay words. Does not judge anything; what is verified was decided before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rag.types import (
    Abstention,
    Answer,
    Article,
    Citation,
    Conflict,
    Done,
    Draft,
    Event,
    Evidence,
    Listed,
    Progress,
    Side,
    Statement,
    Understood,
    Withheld,
)
from rag.wire import answer_json
from rag.wording import same

Part = dict[str, Any]  # one block of an answer on the page; `kind` says how it is drawn
Find = Callable[[str], Article | None]

SHOWN = 160  # characters of a passage that was looked at; the rest is a click away
SHIPPED_IDS = {"000", "001", "002", "003", "004"}
SHIPPED_QUESTIONS = (
    "How many militants are believed to be in Mosul?",
    "What did Baghdadi tell his followers?",
    "Why did Iraqi forces withdraw from Qadissiya?",
    "When was eastern Mosul recaptured?",
)


@dataclass
class Turn:
    """A question and what has become of it so far. Fed with events; `turn_view` draws it."""

    question: str
    query: str = ""
    progress: str = ""
    statements: list[Statement] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    draft: str = ""
    answer: Answer | None = None
    error: str = ""
    stopped: bool = False
    suggestions: tuple[str, ...] = ()
    limits: str = ""  # which articles were asked, where not all

    @property
    def running(self) -> bool:
        return not (self.answer or self.error or self.stopped)

    def take(self, event: Event) -> None:
        match event:
            case Understood(query):
                self.query = query
            case Progress(message):
                self.progress = message
            case Draft(text):
                self.draft, self.progress = text, ""
            case Statement():
                self.statements.append(event)
                self.draft = self.progress = ""
            case Withheld():
                self.withheld.append(event)
                self.draft = self.progress = ""
            case Done(answer):
                # The whole answer replaces what streamed: a writer that broke off is replaced by the other one.
                self.answer, self.query, self.draft, self.progress = answer, answer.query, "", ""
                self.statements, self.withheld = list(answer.statements), list(answer.withheld)


def turn_view(turn: Turn, find: Find) -> dict[str, Any]:
    """One turn as the page draws and keeps it; `answer` is what it exports."""
    return {
        "question": turn.question,
        "running": turn.running,
        "parts": list(_parts(turn, find)),
        "answer": answer_json(turn.answer) if turn.answer else None,
    }


def _parts(turn: Turn, find: Find) -> Iterator[Part]:
    answer, numbers = turn.answer, Numbers()
    if turn.query and not same(turn.question, turn.query):
        yield {"kind": "understood", "query": turn.query}
    if turn.limits:
        yield {"kind": "notice", "text": turn.limits}
    for statement in turn.statements:
        chips = [chip(c, c.outlet, c.published, c.title, numbers) for c in statement.citations]
        yield {"kind": "statement", "text": statement.text, "chips": chips}
    if answer and is_reply(answer):
        yield {"kind": "reply", "text": answer.text}
    elif answer and not answer.answered:
        yield abstention_part(answer, find, turn.suggestions)
    if answer:
        shown = "\n".join(statement.text for statement in turn.statements)
        yield from (conflict_part(conflict, turn.question, find, numbers, shown) for conflict in answer.conflicts)
    yield from _ending(turn, find)


def _ending(turn: Turn, find: Find) -> Iterator[Part]:
    if turn.running and turn.draft:
        yield {"kind": "draft", "text": turn.draft}
    if turn.running:
        yield {"kind": "progress", "text": turn.progress or _busy(turn)}
    if turn.withheld:
        yield withheld_part(turn.withheld)
    if turn.stopped and not turn.answer:
        kept = " What is shown above was verified." if turn.statements else ""
        yield {"kind": "notice", "text": f"Stopped.{kept}"}
    if turn.error:
        yield {"kind": "error", "text": turn.error}
    if turn.answer and not is_reply(turn.answer):
        yield from ({"kind": "notice", "text": text} for text in turn.answer.notices)
        yield foot_part(turn.answer, find)


def _busy(turn: Turn) -> str:
    if turn.draft:
        return "checking …"
    return "writing …" if turn.statements or turn.withheld else "reading the articles …"


class Numbers:
    """Footnote numbers from 1, in order of appearance; the same quotation keeps its number."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, int, int], int] = {}

    def of(self, article_id: str, start: int, end: int) -> int:
        return self._given.setdefault((article_id, start, end), len(self._given) + 1)


def chip(cited: Citation | Side, outlet: str | None, published: str | None, title: str, numbers: Numbers) -> Part:
    """A citation: number and outlet to see, everything else in its name and beside it when it is pointed at."""
    number = numbers.of(cited.article_id, cited.start, cited.end)
    source = outlet or f"article {cited.article_id}"
    said = [source, f"article {cited.article_id}" if outlet else "", day(published), title]
    return {
        "number": number,
        "source": source,
        "name": f"Citation {number}: {', '.join(filter(None, said))}",
        "about": " · ".join(filter(None, [source, day(published), title])),
        "quotation": cited.quotation,
        "article_id": cited.article_id,
        "start": cited.start,
        "end": cited.end,
    }


def conflict_part(conflict: Conflict, question: str, find: Find, numbers: Numbers, shown: str = "") -> Part:
    """The sides, and what they are about unless that is the question itself, which stands above them, as do the statements `shown`."""
    sides = []
    for side in conflict.sides:
        outlet, published, title = about(find(side.article_id))
        sides.append(
            {
                "value": side.value,
                "quotation": "" if side.quotation in shown else side.quotation,  # it stands above, word for word
                "title": title,
                "published": day(published) or "no date",
                "chip": chip(side, outlet, published, title, numbers),
            }
        )
    return {"kind": "conflict", "about": "" if same(question, conflict.about) else conflict.about, "sides": sides}


def is_reply(answer: Answer) -> bool:
    """Nothing was searched: a greeting or the like, answered without the articles."""
    return not answer.answered and not answer.evidence and not (answer.abstention and answer.abstention.nearest)


def abstention_part(answer: Answer, find: Find, suggestions: Sequence[str] = ()) -> Part:
    abstention = answer.abstention or Abstention("The articles do not answer this.", ())
    nearest = []
    for article_id in abstention.nearest:
        outlet, published, title = about(find(article_id))
        start, end = _nearest_passage(answer, article_id)
        source = " · ".join(filter(None, [outlet or f"article {article_id}", day(published)]))
        nearest.append({"article_id": article_id, "title": title, "source": source, "start": start, "end": end})
    return {
        "kind": "abstention",
        "reason": abstention.reason,
        "searched": searched(answer),
        "nearest": nearest,
        "suggestions": list(suggestions),
    }


def searched(answer: Answer) -> str:
    """What an abstention rests on."""
    if not answer.evidence:
        return ""
    passages, articles = len(answer.evidence), len({e.passage.article_id for e in answer.evidence})
    return f"Searched for “{answer.query}”; the nearest {_count(passages, 'passage')}, in {_count(articles, 'article')}, do not answer it."


def _nearest_passage(answer: Answer, article_id: str) -> tuple[int, int]:
    passages = (e.passage for e in answer.evidence if e.passage.article_id == article_id)
    return next(((p.start, p.end) for p in passages), (0, 0))


def about(article: Article | None) -> tuple[str | None, str | None, str]:
    """Outlet, date and title, of an article that may be gone since."""
    return (article.outlet, article.published, article.title) if article else (None, None, "")


def withheld_part(withheld: Sequence[Withheld]) -> Part:
    summary = f"{_count(len(withheld), 'sentence')} withheld: not supported by the articles"
    items = [{"text": w.text, "reason": w.reason} for w in withheld]
    return {"kind": "withheld", "summary": summary, "items": items}


def foot_part(answer: Answer, find: Find) -> Part:
    """The quiet line under an answer: writer, model, seconds, and what was looked at, best first."""
    looked = f"{_count(len(answer.evidence), 'passage')} looked at" if answer.evidence else ""
    line = [f"{answer.writer} writer", answer.model, seconds(answer.timings_ms.total), looked]
    return {"kind": "foot", "text": " · ".join(filter(None, line)), "passages": [_looked_at(e, find) for e in answer.evidence]}


def _looked_at(evidence: Evidence, find: Find) -> Part:
    passage = evidence.passage
    outlet, published, title = about(find(passage.article_id))
    words = " ".join(passage.text.split())
    return {
        "article_id": passage.article_id,
        "start": passage.start,
        "end": passage.end,
        "title": title,
        "source": " · ".join(filter(None, [outlet or f"article {passage.article_id}", day(published)])),
        "score": f"{evidence.score:.2f}",
        "words": words if len(words) <= SHOWN else f"{words[:SHOWN].rsplit(' ', 1)[0]} …",
    }


def seconds(milliseconds: float) -> str:
    value = milliseconds / 1000
    if value < 0.01:
        return "under 0.01 s"
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s" if value < 60 else f"{value / 60:.1f} min"


def day(published: str | None) -> str:
    """`7 Nov 2016` for an ISO date; anything else as it is."""
    try:
        parsed = date.fromisoformat(published or "")
    except ValueError:
        return published or ""
    return f"{parsed.day} {parsed:%b} {parsed.year}"


def examples(articles: Iterable[Listed]) -> list[str]:
    """Questions to begin with: about the articles that ship with Footnote, else from the titles."""
    known = sorted(articles, key=lambda a: a.id)
    if {a.id for a in known} == SHIPPED_IDS and any("Mosul" in a.title for a in known):
        return list(SHIPPED_QUESTIONS)
    return [f"What does “{article.title}” say?" for article in known[:4]]


def status_view(articles: int, passages: int, writer: str, model: str | None, why: str) -> dict[str, str]:
    """The status line: what can be asked, and who writes and why."""
    who = f"{writer} writer" + (f" with {model}" if model and writer == "ollama" else "")
    counts = f"{_count(articles, 'article')} · {_count(passages, 'passage')} · {who}"
    return {"state": "ready", "line": counts, "why": why}


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
