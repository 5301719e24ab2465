"""Does a quotation support a statement? What every judge (`rag.judges`) begins with, and the built-in one in full.

A quotation is a core sentence that carries most of the statement, alone or with up to two neighbours. The likeliest few are
checked fact by fact (`rag.facts`); the best is scored by a logistic regression over how much of the statement it carries
(`rag/weights.json`, fitted by `python -m eval calibrate`). Supported means: no fact differs, and the probability reaches the
threshold.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag import agreement, clauses, facts, lexical
from rag.embed import Words
from rag.late import LATE_FEATURES, late_features
from rag.passages import sentence_spans
from rag.types import Support
from rag.weights import fitted

Vectors = NDArray[np.float32]

CORES = 4  # sentences that may be what the statement says; each is tried alone and with up to two neighbours
CARRIED_BY_CORE = 0.5  # of the statement's words, by weight
NEAR_BEST = 0.8  # of the likeliest quotation's likeliness; less likely ones do not stand in for it
# A displayed quotation carries at least this much of its statement's words, by weight; `python -m eval pairs` shows what that costs.
CARRIED_AT_LEAST = 0.45
NOTHING_SAYS = "no quotation says this"
_ABOUT_THE_TEXT = re.compile(r"\b(?:passages?|articles?|texts?|documents?|excerpts?|questions?|answers?)\b", re.I)
SPREAD_BELOW = 0.7  # of a claim's words, by weight: carrying less, a quotation is one of several places that support it
EMBEDDED = 48  # sentences embedded at most, of sources that come without vectors
SUPPORT_FEATURES = (
    "recall", "weighted_recall", "bigrams", "source_recall", "source_weighted_recall", "source_bigrams", "cosine",
    "best_cosine", "rarest_missing", "missing", "claim_length", "order", "names", "numbers", "source_names", "source_numbers",
    "differs", "source_differs", "denies", "window_length", "all_recall", "all_weighted_recall",
    "all_bigrams", "all_missing", "all_numbers_missing", "all_names_missing", "claim_names", "claim_numbers", "claim_denies",
    *LATE_FEATURES, *(f"all_{name}" for name in LATE_FEATURES),
)  # fmt: skip


class Embeds(Protocol):
    """What the verifier needs of an embedding model (`rag.embed.Embedder`)."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...

    def embed_words(self, texts: Sequence[str]) -> list[Words]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """A text that may support a statement. `spans` are its sentences; `vectors` theirs, if known already.

    `known` is what a reader sees beside a quotation: the article's outlet and date.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    vectors: Vectors | None = None
    known: str = ""

    @classmethod
    def of(cls, text: str) -> Source:
        return cls(text, tuple(sentence_spans(text)))


@dataclass(frozen=True, slots=True)
class _Window:
    source: int
    first: int
    last: int  # inclusive
    start: int
    end: int
    core: int  # the sentence that carries most of the claim
    likely: float


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
    near: tuple[_Window, ...] = ()  # the likeliest quotations; none where the statement is verbatim, or nothing resembles it
    claim: _Claim | None = None
    sources: tuple[Source, ...] = ()
    check: Callable[[_Claim, Source, _Window], str] | None = None  # why a quotation may not stand for it; empty where it may
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
    claim = _Claim.of(statement, sources)
    windows = _windows(claim, sources)
    if not claim.stems or not windows:
        return Examined(Support(False, 0.0, 0, 0, 0, "nothing in the sources resembles it"))
    cosines = _cosines(statement, sources, windows, embedder)
    near = _near(windows, cosines)
    best = _best(claim, sources, near)
    row = dict(zip(SUPPORT_FEATURES, _row(claim, sources, best, windows, cosines, embedder), strict=True))
    support = _weigh(claim, sources, best, row, spread)
    several = spread and row["weighted_recall"] < SPREAD_BELOW
    check = _numbers_missing(row) if several else _refusal if spread else _refusal_to_show
    return Examined(support, tuple(near), claim, tuple(sources), check, several)


def support_features(statement: str, sources: Sequence[Source], embedder: Embeds) -> tuple[float, ...] | None:
    """SUPPORT_FEATURES of the best quotation: what calibration fits on. None where nothing resembles the statement."""
    claim = _Claim.of(statement, sources)
    windows = _windows(claim, sources)
    if not claim.stems or not windows:
        return None
    cosines = _cosines(statement, sources, windows, embedder)
    return _row(claim, sources, _best(claim, sources, _near(windows, cosines)), windows, cosines, embedder)


def _verbatim(statement: str, sources: Sequence[Source]) -> Support | None:
    """A statement that stands in a source word for word, as one or more whole sentences, needs no judging."""
    wanted = statement.strip()
    for i, source in enumerate(sources):
        at = source.text.find(wanted) if wanted else -1
        if at >= 0 and any(s == at for s, _ in source.spans) and any(e == at + len(wanted) for _, e in source.spans):
            return Support(True, 1.0, i, at, at + len(wanted))
    return None


@dataclass(frozen=True)
class _Claim:
    text: str
    stems: tuple[str, ...]
    bigrams: frozenset[tuple[str, str]]
    weight: dict[str, float]

    @classmethod
    def of(cls, text: str, sources: Sequence[Source]) -> _Claim:
        """Weights are inverse sentence frequencies in the sources at hand: there may be no corpus."""
        sentences = [set(lexical.stems(source.text[s:e])) for source in sources for s, e in source.spans]
        counts = Counter(s for sentence in sentences for s in sentence)
        content = tuple(dict.fromkeys(lexical.content_stems(text)))
        n = len(sentences)
        weight = {s: math.log(1 + (n + 1) / (counts[s] + 0.5)) for s in content}
        return cls(text, content, frozenset(lexical.bigrams(lexical.stems(text))), weight)


def _windows(claim: _Claim, sources: Sequence[Source]) -> list[_Window]:
    """Possible quotations, the likeliest core sentences first, each alone and with its neighbours."""
    cores: list[tuple[float, int, int]] = []
    for i, source in enumerate(sources):
        for position, (start, end) in enumerate(source.spans):
            recall = lexical.recall(claim.stems, set(lexical.stems(source.text[start:end])), claim.weight)
            if recall > 0:
                cores.append((round(recall, 6), i, position))
    best = sorted(cores, key=lambda c: (-c[0], c[1], c[2]))[:CORES]
    return [window for recall, i, position in best for window in _around(claim, sources[i], i, position)]


def _around(claim: _Claim, source: Source, index: int, core: int) -> list[_Window]:
    def recall(first: int, last: int) -> float:
        text = source.text[source.spans[first][0] : source.spans[last][1]]
        return lexical.recall(claim.stems, set(lexical.stems(text)), claim.weight)

    windows = []
    own = recall(core, core)
    for before, after in ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1)):
        first, last = core - before, core + after
        if first < 0 or last >= len(source.spans):
            continue
        if any(recall(i, i) > own for i in range(first, last + 1)):
            continue  # another sentence is the core of this one
        start, end = source.spans[first][0], source.spans[last][1]
        windows.append(_Window(index, first, last, start, end, core, recall(first, last) - 0.05 * (last - first)))
    return windows


def _cosines(statement: str, sources: Sequence[Source], windows: Sequence[_Window], embedder: Embeds) -> dict[tuple[int, int], float]:
    """Cosine of the statement with each sentence that matters, by source and sentence."""
    wanted = list(dict.fromkeys((w.source, i) for w in windows for i in range(w.first, w.last + 1)))[:EMBEDDED]
    unknown = [(s, i) for s, i in wanted if sources[s].vectors is None]
    made = embedder.embed_passages([statement, *(sources[s].text[slice(*sources[s].spans[i])] for s, i in unknown)])
    vectors = dict(zip(unknown, made[1:], strict=True))
    return {(s, i): float(made[0] @ (v[i] if (v := sources[s].vectors) is not None else vectors[s, i])) for s, i in wanted}


def _near(windows: Sequence[_Window], cosines: dict[tuple[int, int], float]) -> list[_Window]:
    """The likeliest quotation, and those that are nearly as likely, in order."""
    likely = {w: round(w.likely + 0.3 * _highest_cosine(w, cosines), 6) for w in windows}
    ranked = sorted(windows, key=lambda w: (-likely[w], w.last - w.first, w.source, w.start))
    return [ranked[0], *(w for w in ranked[1:] if likely[w] >= NEAR_BEST * likely[ranked[0]])]


def _best(claim: _Claim, sources: Sequence[Source], near: Sequence[_Window]) -> _Window:
    """The likeliest quotation whose facts agree; the likeliest of all where none does."""
    return next((w for w in near if not _refusal(claim, sources[w.source], w)), near[0])


def _refusal(claim: _Claim, source: Source, window: _Window) -> str:
    core = source.text[slice(*source.spans[window.core])]
    if lexical.recall(claim.stems, set(lexical.stems(core)), claim.weight) < CARRIED_BY_CORE:
        core = ""  # the statement is spread over the quotation: no sentence of it stands for the whole
    return agreement.refusal(claim.text, source.text[window.start : window.end], source.known, core)


def _highest_cosine(window: _Window, cosines: dict[tuple[int, int], float]) -> float:
    return max(cosines.get((window.source, i), 0.0) for i in range(window.first, window.last + 1))


def _weigh(claim: _Claim, sources: Sequence[Source], window: _Window, row: Mapping[str, float], spread: bool) -> Support:
    model = fitted("support", SUPPORT_FEATURES)
    score = model.probability(list(row.values()))
    if spread:
        reason = "" if decide(row, score, model.threshold) else _refusal(claim, sources[window.source], window) or NOTHING_SAYS
    else:
        reason = _why_not_shown(claim, sources[window.source], window, row, score, model.threshold)
    return Support(not reason, round(score, 4), window.source, window.start, window.end, reason)


def _why_not_shown(claim: _Claim, source: Source, window: _Window, row: Mapping[str, float], score: float, least: float) -> str:
    """Why a statement may not be displayed beside this quotation; empty where it may."""
    reason = _refusal_to_show(claim, source, window) or clauses.unsaid(claim.text, source.text[window.start : window.end])
    if not reason and (score < least or row["weighted_recall"] < CARRIED_AT_LEAST):
        reason = NOTHING_SAYS
    return reason


def _refusal_to_show(claim: _Claim, source: Source, window: _Window) -> str:
    """What no probability makes good."""
    shown = source.text[window.start : window.end]
    about_the_text = _ABOUT_THE_TEXT.search(claim.text) and not _ABOUT_THE_TEXT.search(shown)
    return (
        _refusal(claim, source, window)
        or ("it is about the articles, not from them" if about_the_text else "")
        or clauses.not_done(claim.text, shown)
    )


def _numbers_missing(row: Mapping[str, float]) -> Callable[[_Claim, Source, _Window], str]:
    """The one check of a statement that several places support together; the same for all of them."""
    return lambda claim, source, window: NOTHING_SAYS if row["all_numbers_missing"] else ""


def decide(row: Mapping[str, float], score: float, least: float) -> bool:
    """Whether sources support a claim that may be spread over them, from SUPPORT_FEATURES and the score."""
    differs = row["all_numbers_missing"] if row["weighted_recall"] < SPREAD_BELOW else row["differs"]
    return score >= least and not differs


def _row(
    claim: _Claim,
    sources: Sequence[Source],
    best: _Window,
    windows: Sequence[_Window],
    cosines: dict[tuple[int, int], float],
    embedder: Embeds,
) -> tuple[float, ...]:
    """SUPPORT_FEATURES."""
    return _features(claim, sources, best, cosines) + _late(claim, sources, best, windows, embedder)


def _features(claim: _Claim, sources: Sequence[Source], window: _Window, cosines: dict[tuple[int, int], float]) -> tuple[float, ...]:
    source = sources[window.source]
    shown = source.text[window.start : window.end]
    said = facts.facts(claim.text)
    quoted = set(lexical.stems(shown))
    missing = [s for s in claim.stems if s not in quoted]
    reason = _refusal(claim, source, window)
    return (
        *_overlap(claim, shown),
        *_overlap(claim, source.text),
        _highest_cosine(window, cosines),
        max((c for (s, _), c in cosines.items() if s == window.source), default=0.0),
        max((claim.weight[s] for s in missing), default=0.0) / max(claim.weight.values()),
        min(len(missing), 12) / 12,
        min(len(claim.stems), 30) / 30,
        _in_order(claim.stems, lexical.stems(shown)),
        *_found(said, shown),
        *_found(said, source.text),
        float(bool(reason)),
        float(bool(reason) and bool(agreement.refusal(claim.text, source.text, source.known))),
        float("den" in reason),
        (window.last - window.first) / 2,
        *_of_all(claim, said, sources),
    )


def _late(claim: _Claim, sources: Sequence[Source], best: _Window, windows: Sequence[_Window], embedder: Embeds) -> tuple[float, ...]:
    """LATE_FEATURES of the claim in the best quotation, and in all possible ones together."""
    places = list(dict.fromkeys((w.source, i) for w in windows for i in range(w.first, w.last + 1)))
    said, *found = embedder.embed_words([claim.text, *(sources[s].text[slice(*sources[s].spans[i])] for s, i in places)])
    words = dict(zip(places, found, strict=True))
    quoted = _joined([words[best.source, i] for i in range(best.first, best.last + 1)])
    rows = late_features(said, [quoted, _joined(found)], claim.weight)
    return tuple(float(x) for x in rows.reshape(-1))


def _joined(texts: Sequence[Words]) -> Words:
    return Words(tuple(w for text in texts for w in text.written), np.vstack([text.vectors for text in texts]))


def _overlap(claim: _Claim, text: str) -> tuple[float, float, float]:
    """Recall of the claim's words, weighted recall, and recall of its bigrams."""
    there = lexical.stems(text)
    known = set(there)
    return (
        len(set(claim.stems) & known) / len(claim.stems),
        lexical.recall(claim.stems, known, claim.weight),
        _share(claim.bigrams, lexical.bigrams(there)),
    )


def _of_all(claim: _Claim, said: facts.Facts, sources: Sequence[Source]) -> tuple[float, ...]:
    """The same of all sources together."""
    together = "\n".join(source.text for source in sources)
    there = set(lexical.stems(together))
    values = {n.value for n in facts.facts(together).numbers}
    return (
        *_overlap(claim, together),
        min(sum(s not in there for s in claim.stems), 10) / 10,
        min(len({n.value for n in said.numbers} - values), 3) / 3,
        min(sum(lexical.stem(name.lower()) not in there for name in said.names), 3) / 3,
        min(len(said.names), 5) / 5,
        min(len(said.numbers), 3) / 3,
        float(bool(said.denials)),
    )


def _found(said: facts.Facts, text: str) -> tuple[float, float]:
    """The share of the claim's names and of its numbers that a text has; 1 where it has none."""
    there = facts.facts(text)
    values = {n.value for n in there.numbers}
    names = [lexical.stem(name.lower()) in there.stems for name in said.names]
    numbers = [n.value in values for n in said.numbers]
    return sum(names) / len(names) if names else 1.0, sum(numbers) / len(numbers) if numbers else 1.0


def _in_order(wanted: Sequence[str], found: Sequence[str]) -> float:
    """Longest common subsequence over the length of the claim (ROUGE-L recall; Lin, 2004)."""
    row = [0] * (len(found) + 1)
    for w in wanted:
        before = 0
        for j, f in enumerate(found, start=1):
            kept, row[j] = row[j], before + 1 if w == f else max(row[j], row[j - 1])
            before = kept
    return row[-1] / len(wanted)


def _share(wanted: frozenset[tuple[str, str]], found: set[tuple[str, str]]) -> float:
    return len(wanted & found) / len(wanted) if wanted else 0.0
