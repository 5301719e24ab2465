"""Words as the matching sees them: lower case, stemmed (Snowball English), with what kind of word each is.

One analysis serves BM25, the sentence features and the verifier, so that a match means the same everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*(?:\d+)?")

# Function words and question words: they say how a question is put, not what it is about.
FUNCTION_WORDS = frozenset(
    """a about above after again against all also although am among an and any are as at be because been before being
    below between both but by can could did do does doing down during each either else ever every few for from further
    get got had has have having he her here hers herself him himself his how however i if in into is it its itself
    just let like many may me might more most much must my myself near neither no nor not now of off on once one only
    onto or other our ours out over own per please said same say says shall she should since so some such tell than
    that the their theirs them themselves then there these they this those though through thus to too toward towards
    under until up upon us very via was we were what whatever when where whether which while who whoever whom whose why
    will with within without would yes yet you your yours according give name describe explain know happen happened
    exactly long""".split()
)


# A number in words and in digits is the same word: models and reporters write either.
_NUMBER_WORDS = {
    word: str(n)
    for n, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
        2,
    )
} | {word: str(10 * n) for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of one lower-case word, accents and possessive taken off."""
    plain = word.replace("’", "'").removesuffix("'s").removesuffix("'")
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    found: str = _NUMBER_WORDS.get(plain) or _stemmer().stemWord(plain)
    return found


def words(text: str) -> list[str]:
    """The words of a text as written."""
    return TOKEN.findall(text)


def stems(text: str) -> list[str]:
    """Every word's stem, in order, function words included."""
    return [stem(word.lower()) for word in words(text)]


def is_content(word: str) -> bool:
    """Whether a word (as written) says what a text is about."""
    return word.lower().replace("’", "'").removesuffix("'s") not in FUNCTION_WORDS


def content_stems(text: str) -> list[str]:
    """The stems of the content words, in order; of all words where there is no content word."""
    found = [stem(word.lower()) for word in words(text) if is_content(word)]
    return found or stems(text)


def bigrams(items: Sequence[str]) -> set[tuple[str, str]]:
    return set(zip(items, items[1:], strict=False))


def recall(wanted: Iterable[str], found: set[str], weight: dict[str, float]) -> float:
    """The weighted share of `wanted` that is in `found`; 0 where nothing is wanted."""
    total = hit = 0.0
    for item in set(wanted):
        w = weight.get(item, 1.0)
        total += w
        hit += w * (item in found)
    return hit / total if total else 0.0
