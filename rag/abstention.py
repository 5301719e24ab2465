"""Whether to answer."""

from __future__ import annotations

from rag import conversation
from rag.choose import Choices
from rag.index import Index
from rag.lexical import is_content, stem, words

SAY_LITTLE = frozenset("go get make take do thing".split())  # stems of content words that are about nothing


def answers(choices: Choices, asked: str, query: str) -> bool:
    """Whether the best sentences answer the question; `query` differs from it where it is a follow-up."""
    return bool(choices.ranked) and choices.answerable >= choices.threshold and not _topic_missing(choices, asked, query)


def speaks_of(asked: str, index: Index) -> bool:
    """Whether any word that says what the question is about is in the articles at all."""
    about = [stem(w.lower()) for w in words(asked) if is_content(w)]
    return not about or any(index.has(s) for s in about if s not in SAY_LITTLE)


def _topic_missing(choices: Choices, asked: str, query: str) -> bool:
    """For a follow-up: none of what it newly asks about is where the answer was found."""
    if query == asked:
        return False
    names = conversation.new_names(asked)
    passage = choices.ranked[0].passage.text.lower()
    return bool(names) and not any(name.lower() in passage for name in names)
