"""Does a quotation support a statement? What every judge (`rag.judges`) begins with, and the built-in one in full.

The likeliest quotations (`rag.quotations`) are checked fact by fact (`rag.agreement`); the best is scored by a logistic regression
over how much of the statement it carries (`rag.support`; weights: `rag/weights.json`, fitted by `python -m eval calibrate`).
Supported means: no fact differs, the probability reaches the threshold, and no word is likely to be put in another's place (`rag.unmet`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from rag import clauses, lexical
from rag.quotations import Claim, Embeds, Source, Window, cosines_of, find_windows, likeliest
from rag.support import SUPPORT_FEATURES, Read, best_of, claim_length, disagreement, read_words, support_row
from rag.types import Support
from rag.unmet import says_else
from rag.weights import fitted

# A displayed quotation carries at least this much of its statement's words, by weight; `python -m eval pairs` shows what that costs.
CARRIED_AT_LEAST = 0.45
NOTHING_SAYS = "no quotation says this"
# Of a long claim's words, by weight: carrying less, a quotation is one of several places that support it. A claim with fewer content words
# is said in one place, if perhaps in other words: all its facts must be there (docs/log.md).
SPREAD_BELOW, LONG = 0.7, 14
_ABOUT_THE_TEXT = re.compile(r"\b(?:passages?|articles?|texts?|documents?|excerpts?|questions?|answers?)\b", re.I)


@dataclass(frozen=True, slots=True)
class Quotation:
    """A place in a source that the checks of facts let stand beside a statement. `carried`: of its words, by weight."""

    source: int
    start: int
    end: int
    carried: float


@dataclass(frozen=True)
class Examined:
    """The built-in verdict, and what it leaves for another judge to decide."""

    support: Support
    near: tuple[Window, ...] = ()  # the likeliest quotations; none where the statement is verbatim, or nothing resembles it
    claim: Claim | None = None
    sources: tuple[Source, ...] = ()
    check: Callable[[Claim, Source, Window], str] | None = None  # why a quotation may not stand for it; empty where it may
    several: bool = False  # the statement is one that several places support together

    def allowed(self, most: int) -> list[Quotation]:
        """The likeliest quotations that no check of facts refuses. None of them means that the built-in verdict stands."""
        found: dict[tuple[int, int, int], Quotation] = {}
        for window in self.near:
            assert self.claim and self.check
            source, place = self.sources[window.source], (window.source, window.start, window.end)
            if len(found) < most and place not in found and not self.check(self.claim, source, window):
                shown = set(lexical.stems(source.text[window.start : window.end]))
                found[place] = Quotation(*place, lexical.recall(self.claim.stems, shown, self.claim.weight))
        return list(found.values())

    def together(self) -> str:
        """The sentences of all likely quotations, in order: what supports a statement that is spread over its sources."""
        places = sorted({(w.source, i) for w in self.near for i in range(w.first, w.last + 1)})
        return " ".join(self.sources[s].text[slice(*self.sources[s].spans[i])] for s, i in places)


def judge(statement: str, sources: Sequence[Source], embedder: Embeds, spread: bool = False) -> Support:
    """The best quotation for a statement among the sources, and whether it supports it: the built-in judge. Deterministic."""
    return examine(statement, sources, embedder, spread).support


def examine(statement: str, sources: Sequence[Source], embedder: Embeds, spread: bool = False) -> Examined:
    """The built-in verdict on a statement, with what other judges need.

    With `spread` a long claim may be supported by several places of the sources at once (`rag verify`): where the best quotation
    carries little of it, only its numbers must be found somewhere. What is displayed is judged without.
    """
    exact = _verbatim(statement, sources)
    if exact:
        return Examined(exact)
    claim = Claim.of(statement, sources)
    windows = find_windows(claim, sources)
    if not claim.stems or not windows:
        return Examined(Support(False, 0.0, 0, 0, 0, "nothing in the sources resembles it"))
    cosines = cosines_of(statement, sources, windows, embedder)
    near = likeliest(windows, cosines)
    best = best_of(claim, sources, near)
    if not spread and best is not near[0] and _is_joined(sources[best.source], best):
        best = near[0]
    read = read_words(claim, sources, windows, embedder)
    row = dict(zip(SUPPORT_FEATURES, support_row(claim, sources, best, cosines, read), strict=True))
    support = _weigh(claim, sources, best, row, spread)
    if support.supported and not spread and embedder.bundled:
        support = _without_another_word(support, claim, read, best)
    several = spread and _is_spread(row)
    check = _numbers_missing(row) if several else disagreement if spread else _refusal_to_show
    return Examined(support, tuple(near), claim, tuple(sources), check, several)


def _verbatim(statement: str, sources: Sequence[Source]) -> Support | None:
    """A statement that stands in a source word for word, as one or more whole sentences, needs no judging."""
    wanted = statement.strip()
    for i, source in enumerate(sources):
        at = source.text.find(wanted) if wanted else -1
        if at >= 0 and any(s == at for s, _ in source.spans) and any(e == at + len(wanted) for _, e in source.spans):
            return Support(True, 1.0, i, at, at + len(wanted))
    return None


def _weigh(claim: Claim, sources: Sequence[Source], window: Window, row: Mapping[str, float], spread: bool) -> Support:
    model = fitted("support", SUPPORT_FEATURES)
    score = model.probability(list(row.values()))
    if spread:
        reason = "" if decide(row, score, model.threshold) else disagreement(claim, sources[window.source], window) or NOTHING_SAYS
    else:
        reason = _why_not_shown(claim, sources[window.source], window, row, score, model.threshold)
    return Support(not reason, round(score, 4), window.source, window.start, window.end, reason)


def _without_another_word(support: Support, claim: Claim, read: Read, window: Window) -> Support:
    word = says_else(claim.text, read.said, read.quoted(window))
    return replace(support, supported=False, reason=f"the quotation does not say “{word}”") if word else support


def _why_not_shown(claim: Claim, source: Source, window: Window, row: Mapping[str, float], score: float, least: float) -> str:
    """Why a statement may not be displayed beside this quotation; empty where it may."""
    reason = _refusal_to_show(claim, source, window) or clauses.unsaid(claim.text, source.text[window.start : window.end])
    if not reason and (score < least or row["weighted_recall"] < CARRIED_AT_LEAST):
        reason = NOTHING_SAYS
    return reason


def _refusal_to_show(claim: Claim, source: Source, window: Window) -> str:
    """What no probability makes good."""
    shown = source.text[window.start : window.end]
    about_the_text = _ABOUT_THE_TEXT.search(claim.text) and not _ABOUT_THE_TEXT.search(shown)
    return (
        disagreement(claim, source, window)
        or ("it is about the articles, not from them" if about_the_text else "")
        or clauses.not_done(claim.text, shown)
    )


def _is_joined(source: Source, window: Window) -> bool:
    """Whether a quotation goes on in another paragraph. Where the likeliest one says otherwise it must not stand in for that: each of its
    parts may be about something else (docs/log.md)."""
    return "\n\n" in source.text[window.start : window.end]


def _numbers_missing(row: Mapping[str, float]) -> Callable[[Claim, Source, Window], str]:
    """The one check of a statement that several places support together; the same for all of them."""
    return lambda claim, source, window: NOTHING_SAYS if row["all_numbers_missing"] else ""


def decide(row: Mapping[str, float], score: float, least: float) -> bool:
    """Whether sources support a claim that may be spread over them, from SUPPORT_FEATURES and the score."""
    differs = row["all_numbers_missing"] if _is_spread(row) else row["differs"]
    return score >= least and not differs


def _is_spread(row: Mapping[str, float]) -> bool:
    return row["claim_length"] >= claim_length(LONG) and row["weighted_recall"] < SPREAD_BELOW
