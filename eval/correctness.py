"""Is the displayed answer right? Variants that must be there, and token F1."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable

from eval.questions import Question
from rag.types import Answer

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_TYPOGRAPHY = str.maketrans("’‘“”–—\u00a0", "''\"\"-- ")


def displayed(answer: Answer) -> str:
    """What the user reads as the answer, without markers."""
    return " ".join(s.text for s in answer.statements)


def is_right(question: Question, answer: Answer) -> bool:
    """Declined where there is no answer; else one variant of every accepted group is displayed."""
    if not question.answerable:
        return not answer.answered
    return answer.answered and has_accepted(question, displayed(answer))


def has_accepted(question: Question, text: str) -> bool:
    """One variant of every accepted group is in the text."""
    return all(has_any(text, group) for group in question.accepted)


def has_any(text: str, variants: Iterable[str]) -> bool:
    """One of the variants is in the text."""
    return any(_contains(text, variant) for variant in variants)


def _contains(text: str, variant: str) -> bool:
    """From the start of a word on, and not as a part of a longer number: "100" is not in "100,000" nor in "2100"."""
    ends_in_number = variant[-1].isdigit()
    pattern = r"(?<!\w)(?<!\d[.,])" + re.escape(_plain(variant)) + (r"(?![.,]?\d)" if ends_in_number else "")
    return re.search(pattern, _plain(text)) is not None


def _plain(text: str) -> str:
    return " ".join(text.translate(_TYPOGRAPHY).lower().split())


def token_f1(shown: str, reference: str) -> float:
    """F1 of the shown words against the reference's, as in SQuAD's evaluation script.

    Lower case, without punctuation and the articles a, an, the; every word counts as often as it occurs. Nothing against nothing is 1.
    (Rajpurkar et al., 2016, arXiv:1606.05250, section 6.1.)
    """
    ours, theirs = _tokens(shown), _tokens(reference)
    if not ours or not theirs:
        return float(ours == theirs)
    common = (Counter(ours) & Counter(theirs)).total()
    if common == 0:
        return 0.0
    precision, recall = common / len(ours), common / len(theirs)
    return 2 * precision * recall / (precision + recall)


def _tokens(text: str) -> list[str]:
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()
