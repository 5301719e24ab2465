"""Appeals for money: several paragraphs in the outlet's own voice, at times run together with the article's first sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.ingest.units import Unit

PLEA = "an appeal for support"
NEAR = 2  # units of the outlet's voice that may stand between two plain appeals

_QUOTED = re.compile(r"[\"“”„«»]")
_GIFT = re.compile(r"\b(?:your|a) (?:support|donations?|contributions?|subscription|generosity|membership)\b", re.I)
_VOICE = re.compile(r"\b(?:we|our|us)\b", re.I)
_TRADE = re.compile(r"\b(?:journalis(?:m|ts?)|reporters?|reporting|newsrooms?|paywalls?|readers|the story|the facts|news outlets?)\b", re.I)
_ASKED = re.compile(
    r"\b(?:support|fund|power|keep) (?:our|independent|quality|free|local|trusted|this) (?:[\w-]+ ){0,2}(?:journalism|reporting|newsroom)\b"
    r"|\bbecome an? (?:[\w-]+ ){0,2}(?:member|supporter|subscriber)\b|\bfrom as little as\b|\bmake a (?:[\w-]+ )?(?:donation"
    r"|contribution)\b",
    re.I,
)
_FIRST_SENTENCE = re.compile(r".+?[.!?](?=\s|[A-Z“\"‘])", re.S)


def pleas(found: Sequence[Unit]) -> tuple[set[int], dict[int, int]]:
    """Which units are appeals, and at which offset an article begins in the same unit as an appeal ends."""
    strong = [i for i, unit in enumerate(found) if _appeals(unit.bare)]
    chosen = set(strong)
    for here, there in zip(strong, strong[1:], strict=False):
        between = range(here + 1, there)
        if len(between) <= NEAR and all(_speaks(found[i].bare) for i in between):
            chosen |= set(between)
    # A lone sentence may be a writer's own; two of them are an appeal.
    if len(chosen) < 2 and not any(_GIFT.search(found[i].bare) and _TRADE.search(found[i].bare) for i in chosen):
        return set(), {}
    cuts: dict[int, int] = {}
    for i in range(1, len(found)):
        if i - 1 in chosen and i not in chosen and (end := _appeal_before(found[i].text)):
            cuts[i] = found[i].start + end
    for i in sorted(chosen):
        end = _appeal_before(found[i].text)
        if (
            end
            and i + 1 not in chosen
            and not _speaks(rest := found[i].text[end:])
            and not _GIFT.search(rest)
            and len(rest.split()) >= NEAR * 4
        ):
            chosen.discard(i)
            cuts[i] = found[i].start + end
    return chosen, cuts


def _appeals(text: str) -> bool:
    """Asks for the reader's money in the outlet's voice."""
    if _QUOTED.search(text):
        return False
    voice = bool(_VOICE.search(text))
    return voice and bool(_GIFT.search(text) or (_ASKED.search(text)) or (_TRADE.search(text) and re.search(r"\bpaywalls?\b", text, re.I)))


def _speaks(text: str) -> bool:
    """In the outlet's voice, of its trade."""
    return not _QUOTED.search(text) and bool(_VOICE.search(text)) and bool(_TRADE.search(text))


def _appeal_before(text: str) -> int:
    """The length of the sentences at the start that appeal; 0 where the first does not."""
    end = 0
    while match := _FIRST_SENTENCE.match(text, end):
        sentence = match.group()
        if _QUOTED.search(sentence) or not (_GIFT.search(sentence) or _appeals(sentence)):
            break
        end = match.end()
    return end
