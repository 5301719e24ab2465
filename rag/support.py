"""How much of a statement a quotation carries, and whether their facts agree: what the verifier's regression looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag import agreement, facts, lexical
from rag.embed import Words
from rag.late import LATE_FEATURES, late_features
from rag.quotations import Claim, Embeds, Source, Window, cosines_of, find_windows, highest_cosine, likeliest

CARRIED_BY_CORE = 0.5  # of the statement's words, by weight
SUPPORT_FEATURES = (
    "recall", "weighted_recall", "bigrams", "source_recall", "source_weighted_recall", "source_bigrams", "cosine",
    "best_cosine", "rarest_missing", "missing", "claim_length", "order", "names", "numbers", "source_names", "source_numbers",
    "differs", "source_differs", "denies", "window_length", "all_recall", "all_weighted_recall",
    "all_bigrams", "all_missing", "all_numbers_missing", "all_names_missing", "claim_names", "claim_numbers", "claim_denies",
    *LATE_FEATURES, *(f"all_{name}" for name in LATE_FEATURES),
)  # fmt: skip


@dataclass(frozen=True)
class Read:
    """A claim and the sentences that may support it, by source and number, as the embedding model sees their words."""

    said: Words
    sentences: Mapping[tuple[int, int], Words]

    def quoted(self, window: Window) -> Words:
        return _joined([self.sentences[window.source, i] for i in range(window.first, window.last + 1)])


def support_features(statement: str, sources: Sequence[Source], embedder: Embeds) -> tuple[float, ...] | None:
    """SUPPORT_FEATURES of the best quotation: what calibration fits on. None where nothing resembles the statement."""
    claim = Claim.of(statement, sources)
    windows = find_windows(claim, sources)
    if not claim.stems or not windows:
        return None
    cosines = cosines_of(statement, sources, windows, embedder)
    best = best_of(claim, sources, likeliest(windows, cosines))
    return support_row(claim, sources, best, cosines, read_words(claim, sources, windows, embedder))


def read_words(claim: Claim, sources: Sequence[Source], windows: Sequence[Window], embedder: Embeds) -> Read:
    """The words of the claim and of all sentences of the windows."""
    places = list(dict.fromkeys((w.source, i) for w in windows for i in range(w.first, w.last + 1)))
    said, *found = embedder.embed_words([claim.text, *(sources[s].text[slice(*sources[s].spans[i])] for s, i in places)])
    return Read(said, dict(zip(places, found, strict=True)))


def best_of(claim: Claim, sources: Sequence[Source], near: Sequence[Window]) -> Window:
    """The likeliest quotation whose facts agree; the likeliest of all where none does."""
    return next((w for w in near if not disagreement(claim, sources[w.source], w)), near[0])


def disagreement(claim: Claim, source: Source, window: Window) -> str:
    """Which fact of a quotation is not the claim's, in words to show; empty where all agree."""
    core = source.text[slice(*source.spans[window.core])]
    if lexical.recall(claim.stems, set(lexical.stems(core)), claim.weight) < CARRIED_BY_CORE:
        core = ""  # the statement is spread over the quotation: no sentence of it stands for the whole
    return agreement.refusal(claim.text, source.text[window.start : window.end], source.known, core)


def claim_length(content_words: int) -> float:
    """As a feature, from 0 to 1."""
    return min(content_words, 30) / 30


def support_row(
    claim: Claim,
    sources: Sequence[Source],
    best: Window,
    cosines: dict[tuple[int, int], float],
    read: Read,
) -> tuple[float, ...]:
    """SUPPORT_FEATURES of this quotation."""
    return _features(claim, sources, best, cosines) + _late(claim, best, read)


def _features(claim: Claim, sources: Sequence[Source], window: Window, cosines: dict[tuple[int, int], float]) -> tuple[float, ...]:
    source = sources[window.source]
    shown = source.text[window.start : window.end]
    said = facts.facts(claim.text)
    quoted = set(lexical.stems(shown))
    missing = [s for s in claim.stems if s not in quoted]
    reason = disagreement(claim, source, window)
    return (
        *_overlap(claim, shown),
        *_overlap(claim, source.text),
        highest_cosine(window, cosines),
        max((c for (s, _), c in cosines.items() if s == window.source), default=0.0),
        max((claim.weight[s] for s in missing), default=0.0) / max(claim.weight.values()),
        min(len(missing), 12) / 12,
        claim_length(len(claim.stems)),
        _in_order(claim.stems, lexical.stems(shown)),
        *_found(said, shown),
        *_found(said, source.text),
        float(bool(reason)),
        float(bool(reason) and bool(agreement.refusal(claim.text, source.text, source.known))),
        float(reason in agreement.DENIALS),
        (window.last - window.first) / 2,
        *_of_all(claim, said, sources),
    )


def _late(claim: Claim, best: Window, read: Read) -> tuple[float, ...]:
    """LATE_FEATURES of the claim in the best quotation, and in all possible ones together."""
    rows = late_features(read.said, [read.quoted(best), _joined(list(read.sentences.values()))], claim.weight)
    return tuple(float(x) for x in rows.reshape(-1))


def _joined(texts: Sequence[Words]) -> Words:
    layers = [text.layers for text in texts if text.layers is not None]
    return Words(
        tuple(w for text in texts for w in text.written),
        np.vstack([text.vectors for text in texts]),
        np.vstack(layers) if len(layers) == len(texts) else None,
    )


def _overlap(claim: Claim, text: str) -> tuple[float, float, float]:
    """Recall of the claim's words, weighted recall, and recall of its bigrams."""
    there = lexical.stems(text)
    known = set(there)
    return (
        len(set(claim.stems) & known) / len(claim.stems),
        lexical.recall(claim.stems, known, claim.weight),
        _share(claim.bigrams, lexical.bigrams(there)),
    )


def _of_all(claim: Claim, said: facts.Facts, sources: Sequence[Source]) -> tuple[float, ...]:
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
