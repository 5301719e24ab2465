"""What the reader thinks of answers, kept on this machine, and the evaluation questions that it becomes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from rag.types import Article

TAKEN_BACK = "none"
VERDICTS = ("right", "wrong", "source", TAKEN_BACK)
LONGEST = 4000  # characters of a question, as many as one may have
MOST = 50  # earlier questions, sentences or places of one answer
Find = Callable[[str], Article | None]


@dataclass(frozen=True, slots=True)
class Exported:
    """Lines for `python -m eval --questions`; `left_out` do not say what a right answer is."""

    lines: str
    questions: int
    left_out: int


class Feedback:
    """One JSON object a line; the last word on a question counts."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def keep(self, said: Any, find: Find) -> bool:
        """Note a verdict that the page sends; False where it is none."""
        verdict = _verdict(said, find)
        if verdict is None:
            return False
        with self._lock:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(verdict, ensure_ascii=False) + "\n")
        return True

    def export(self) -> Exported:
        kept = list(self._last_words())
        questions = [question for question in map(_question, kept) if question]
        lines = "".join(json.dumps(q, ensure_ascii=False) + "\n" for q in questions)
        return Exported(lines, len(questions), len(kept) - len(questions))

    def _last_words(self) -> Iterator[dict[str, Any]]:
        with self._lock:
            lines = self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []
        verdicts = map(json.loads, lines)
        last = {(v["question"], *v["history"]): v for v in verdicts}.values()
        yield from (v for v in last if v["verdict"] != TAKEN_BACK)


def _verdict(said: Any, find: Find) -> dict[str, Any] | None:
    match said:
        case {
            "question": str(question),
            "history": [*history],
            "verdict": str(verdict),
            "expected": str(expected),
            "answered": bool(answered),
            "texts": [*texts],
            "places": [*places],
        } if verdict in VERDICTS and question.strip():
            quoted = [_quoted(place, find) for place in places[:MOST]]
            return {
                "question": question[:LONGEST],
                "history": [q[:LONGEST] for q in history[-MOST:] if isinstance(q, str)],
                "verdict": verdict,
                "expected": expected.strip()[:LONGEST],
                "answered": answered,
                "texts": [t[:LONGEST] for t in texts[:MOST] if isinstance(t, str)],
                "gold": [gold for gold in quoted if gold],
            }
    return None


def _quoted(place: Any, find: Find) -> dict[str, str] | None:
    """The words of the article itself: what the page says is quoted need not be."""
    match place:
        case {"article_id": str(article_id), "start": int(start), "end": int(end)}:
            article = find(article_id)
            if article and 0 <= start < end <= len(article.text):
                return {"article_id": article_id, "quotation": article.text[start:end]}
    return None


def _question(verdict: dict[str, Any]) -> dict[str, Any] | None:
    """A line of the question set, where the verdict says what a right answer has."""
    whole = json.dumps([verdict["question"], verdict["history"]], ensure_ascii=False)
    question: dict[str, Any] = {
        "id": f"feedback-{sha256(whole.encode()).hexdigest()[:10]}",
        "question": verdict["question"],
        "history": verdict["history"],
        "kind": "follow-up" if verdict["history"] else "fact",
    }
    right = verdict["verdict"] == "right"
    if right and not verdict["answered"]:
        return question | {"answerable": False}
    accepted = [verdict["expected"]] if verdict["expected"] else []
    if not accepted and verdict["verdict"] != "wrong":
        quotations = [gold["quotation"] for gold in verdict["gold"]] if right else []
        accepted = [text for text in dict.fromkeys([*verdict["texts"], *quotations]) if text.strip()]
    if not accepted:
        return None
    gold = verdict["gold"] if right else []
    return question | {"answerable": True, "accepted": [accepted], "reference": accepted[0], "gold": gold}
