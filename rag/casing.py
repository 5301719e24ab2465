"""A question typed all in one case → its words written as the articles write them.

Names are what is most surely missing where a question is not answered, and a name is told by its capital. The written form that is most
frequent in the articles is taken, sentence beginnings not counted (truecasing by unigrams: Lita et al., 2003, doi:10.3115/1075096.1075116).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from rag.index import Index
from rag.lexical import TOKEN, is_content, stem

LOOKED_AT = 20  # passages that have the word
NEARLY_ALWAYS = 0.9  # of the times that the articles have the word in the middle of a sentence
_NAME = re.compile(r"\b[A-Z][a-z]")


def cased(question: str, index: Index) -> str:
    """The question with the capitals of the articles; the same string where it has capitals of its own."""
    shouted = not any(map(str.islower, question))
    if not shouted and _NAME.search(question, 1):
        return question
    plain = question.lower() if shouted else question
    found = TOKEN.sub(lambda match: _written(match.group(), index), plain)
    return found[:1].upper() + found[1:] if shouted else found


def _written(word: str, index: Index) -> str:
    plain = re.sub(r"['’]s$", "", word)
    if not plain.islower() or not is_content(plain):
        return word
    forms = Counter(_forms(plain, index))
    names = Counter({form: n for form, n in forms.items() if form != form.lower()})
    if not names or names.total() < NEARLY_ALWAYS * forms.total():
        return word
    return min(names, key=lambda form: (-names[form], form)) + word[len(plain) :]


def _forms(word: str, index: Index) -> Iterator[str]:
    """As the articles write it, once for every time that it does not begin a sentence."""
    passages = index.load([passage_id for passage_id, _ in index.matching([stem(word)], LOOKED_AT)])
    for passage in (stored.passage for stored in passages):
        begins = {start - passage.start for start, _ in passage.sentences}
        for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", passage.text, re.I):
            if not begins & {match.start(), match.start() - 1}:  # a quotation mark may stand before it
                yield match.group()
