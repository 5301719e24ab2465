"""What a unit of a web page's text is, judged by itself: page furniture of every kind but prose.

Each rule names a kind of furniture by its form, not by a site. A rule that could fit a sentence of an article asks for more:
the words "we", "our" or "this article", no quotation marks, or a place before the first or after the last paragraph.
"""

from __future__ import annotations

import re

from rag.ingest import forms
from rag.ingest.units import Unit

ADVERTISEMENT = "an advertisement's label"
CONTROL = "a control of the page"
LIST = "a link to another article"
COMMENTS = "an invitation to comment"
CREDIT = "a photo credit"
CAPTION = "a photo caption"
RIGHTS = "a copyright notice"
COOKIES = "a cookie notice"
NAVIGATION = "navigation"
INVITATION = "an invitation to subscribe, follow or log in"
CONTACT = "an invitation to write to the editors"
STAFF = "the credits of the desk"


def anywhere(unit: Unit) -> str | None:
    """Why a unit is no prose, wherever it stands."""
    bare = unit.bare
    if len(bare) > forms.LONGEST:
        return None
    if forms.ADVERTISEMENT.fullmatch(bare):
        return ADVERTISEMENT
    if forms.CONTROL.fullmatch(bare):
        return CONTROL
    if forms.COMMENTS.fullmatch(bare):
        return COMMENTS
    if unit.is_headline and forms.ONE_LINK.match(bare):
        return LIST
    if unit.words <= 40 and (forms.RIGHTS.match(bare)) and not forms.QUOTED.search(bare):
        return RIGHTS
    if forms.STAFF.fullmatch(bare):
        return STAFF
    return photo(unit) or _navigation(bare) or (INVITATION if invites(unit, strict=True) else None)


def photo(unit: Unit) -> str | None:
    """Captions and credits stand apart from prose: a caption says what a picture shows, often of another day."""
    if forms.CREDIT_ALONE.fullmatch(unit.bare) and unit.words <= 10:
        return CREDIT
    if unit.words > forms.LONGEST_CAPTION or unit.bare.startswith(('"', "“")):
        return None
    if forms.CREDIT_END.search(unit.bare) or forms.CAPTION_LABEL.match(unit.bare):
        return CAPTION
    dated = unit.words in forms.CAPTION_WORDS and forms.WIRE_CAPTION.fullmatch(unit.bare) and len(forms.SENTENCE.split(unit.bare)) == 1
    return CAPTION if dated and not forms.FINITE.search(unit.bare) else None


def at_an_edge(unit: Unit) -> str | None:
    """Why a unit before the first or after the last paragraph is no prose. A sentence that would do inside of an article is none."""
    if forms.LONE_FOLLOW.fullmatch(unit.bare) or invites(unit, strict=False):
        return INVITATION
    if unit.words <= forms.LONGEST_INVITATION and forms.COOKIES.search(unit.bare) and not forms.QUOTED.search(unit.bare):
        return COOKIES
    if unit.words <= forms.LONGEST_INVITATION and forms.CONTACT.search(unit.bare) and not forms.QUOTED.search(unit.bare):
        return CONTACT
    return None


def is_list_label(unit: Unit) -> bool:
    return bool(forms.LIST_LABEL.fullmatch(unit.bare))


def invites(unit: Unit, strict: bool) -> bool:
    """Whether every sentence asks the reader to use the site. `strict`: and says "our", "us", "this article" in doing so."""
    if unit.words > forms.LONGEST_INVITATION or forms.QUOTED.search(unit.bare):
        return False
    sentences = [s for s in forms.SENTENCE.split(unit.bare) if s]
    asks = [bool(forms.ASKS.match(s)) and bool(forms.CHANNEL.search(s)) for s in sentences]
    pitches = [bool(forms.PITCH.match(s)) for s in sentences]
    named = bool(forms.OURS.search(unit.bare)) or any(pitches)
    return any(asks) and all(a or p for a, p in zip(asks, pitches, strict=True)) and (named or not strict)


def _navigation(bare: str) -> str | None:
    parts = [p.strip() for p in re.split(r"[|›»·•]| > ", bare)]
    short = len(parts) >= 3 and all(0 < len(p.split()) <= 4 for p in parts)
    return NAVIGATION if short and forms.NAVIGATED.search(bare) and not re.search(r"[.!?]$", bare) else None
