"""What the reader thinks of answers, kept on this machine, and the evaluation questions that it becomes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from rag.types import Article
from ui.reading import Quoted

TAKEN_BACK = "none"
VERDICTS = ("right", "wrong", "source", TAKEN_BACK)
LONGEST = 4000  # characters of a question, as many as one may have
MOST = 50  # earlier questions, sentences or places of one answer
Find = Callable[[str], Article | None]


@dataclass(frozen=True, slots=True)
class Exported:
    """Lines for `python -m eval --questions`; `left_out` do not say what a right answer is, `unreadable` lines are no verdicts."""

    lines: str
    questions: int
    left_out: int
    unreadable: int


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
            with self._file.open("a+b") as file:
                file.seek(max(file.tell() - 1, 0))
                whole = file.read() in (b"", b"\n")  # else the last line was broken off, and this one is not part of it
                file.write((b"" if whole else b"\n") + json.dumps(verdict, ensure_ascii=False).encode() + b"\n")
        return True

    def export(self) -> Exported:
        verdicts, unreadable = self._read()
        last = {(v["question"], *v["history"]): v for v in verdicts}.values()
        kept = [v for v in last if v["verdict"] != TAKEN_BACK]
        questions = [question for question in map(_question, kept) if question]
        lines = "".join(json.dumps(q, ensure_ascii=False) + "\n" for q in questions)
        return Exported(lines, len(questions), len(kept) - len(questions), unreadable)

    def _read(self) -> tuple[list[dict[str, Any]], int]:
        """All that was kept, and how many lines cannot be read. Questions may have any character that ends a line but a line feed."""
        with self._lock:
            lines = self._file.read_bytes().split(b"\n") if self._file.exists() else []
        read = [_kept(line) for line in lines if line.strip()]
        verdicts = [verdict for verdict in read if verdict]
        return verdicts, len(read) - len(verdicts)


def _kept(line: bytes) -> dict[str, Any] | None:
    """A verdict as it was kept; None where the line is none, or a part of one."""
    try:
        verdict = json.loads(line)
    except ValueError:
        return None
    match verdict:
        case {
            "question": str(),
            "history": [*history],
            "verdict": str(),
            "expected": str(),
            "answered": bool(),
            "texts": [*_],
            "gold": [*_],
        } if all(isinstance(question, str) for question in history):
            return dict(verdict)
    return None


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
    """What the page says is quoted, where the article (still) has it: it need not be so, and files change."""
    match place:
        case {"article_id": str(article_id)}:
            quoted, article = Quoted.read(place), find(article_id)
            if quoted and quoted.words and article and quoted.within(article.text):
                return {"article_id": article_id, "quotation": quoted.words}
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
