"""What other programs may ask: the four functions behind the HTTP endpoints and the MCP tools.

They answer with the JSON of the command line. Whatever they are given that cannot be used raises a FootnoteError whose
message says so. Knows nothing of Gradio or MCP.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rag.errors import QuestionError
from rag.wire import answer_json, article_json, articles_json, passages_json
from ui.opening import Opening

MOST_PASSAGES = 100
LONGEST_HISTORY = 100
Endpoint = Callable[..., Any]


def endpoints(opening: Opening) -> tuple[Endpoint, ...]:
    """`ask`, `retrieve`, `articles` and `article`. Their docstrings and annotations are what callers see."""

    def ask(
        question: str,
        history: list[str] = [],  # noqa: B006  (the defaults that callers see)
        since: str = "",
        until: str = "",
        outlets: list[str] = [],  # noqa: B006
    ) -> dict[str, Any]:
        """Answer a question from the articles, in verified statements with their quotations.

        `history` is the earlier questions, oldest first. Only articles of these dates (YYYY-MM-DD, YYYY-MM or YYYY, inclusive) and
        outlets are asked; empty means all. Returns the object that `footnote ask --json` prints; its `answered` is
        false where the articles do not have the answer.
        """
        _check(isinstance(question, str), "question is a text.")
        _check(isinstance(history, list) and all(isinstance(q, str) for q in history), "history is a list of texts.")
        _check(len(history) <= LONGEST_HISTORY, f"history has at most {LONGEST_HISTORY} questions.")
        return answer_json(opening.assistant().ask(question, tuple(history), **_only(since, until, outlets)))

    def retrieve(
        question: str,
        top_k: int = 10,
        since: str = "",
        until: str = "",
        outlets: list[str] = [],  # noqa: B006
    ) -> dict[str, Any]:
        """The passages of the articles that are nearest to a question, best first, with their offsets in the article's text.

        Dates and outlets are as for `ask`. Returns the object that `footnote retrieve --json` prints.
        """
        _check(isinstance(question, str), "question is a text.")
        _check(isinstance(top_k, int) and 1 <= top_k <= MOST_PASSAGES, f"top_k is a number from 1 to {MOST_PASSAGES}.")
        return passages_json(question, opening.assistant().retrieve(question, top_k, **_only(since, until, outlets)))

    def articles() -> list[dict[str, Any]]:
        """The articles that can be asked about: id, title, outlet, date and the like, without their text.

        Returns the list that `footnote articles --json` prints.
        """
        return articles_json(opening.assistant().articles())

    def article(article_id: str) -> dict[str, Any]:
        """One article with its whole text, to which the offsets of citations refer.

        Returns the object that `footnote show --json` prints.
        """
        _check(isinstance(article_id, str), "article_id is a text.")
        return article_json(opening.assistant().article(article_id))

    return ask, retrieve, articles, article


def _only(since: Any, until: Any, outlets: Any) -> dict[str, Any]:
    _check(isinstance(since, str) and isinstance(until, str), "since and until are texts.")
    _check(isinstance(outlets, list) and all(isinstance(name, str) for name in outlets), "outlets is a list of texts.")
    return {"since": since or None, "until": until or None, "outlets": tuple(outlets)}


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise QuestionError(message)
