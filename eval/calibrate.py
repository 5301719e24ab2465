"""Fit the weights of `rag/weights.json` from development data, cross-validated by Wikipedia article.

Passages and sentences are fitted on the answerable questions of SQuAD 2.0, every paragraph of it an article. Whether a question is
answered is fitted on all of them and on questions asked of a corpus about something else: near the topic and far from it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.fitting import fit_listwise, fit_logistic
from eval.scratch import scratch_settings
from eval.squad import Squad, SquadQuestion, load_squad
from rag.choose import ANSWER_FEATURES, Choices, choose
from rag.embed import open_embedder
from rag.errors import UnusableInput
from rag.features import PASSAGE_FEATURES, SENTENCE_FEATURES, sentence_features
from rag.index import Index
from rag.retrieve import CANDIDATES, Retrieved, retrieve
from rag.settings import Settings, load_settings
from rag.verifier import SUPPORT_FEATURES, Source, support_features
from rag.weights import using

SQUAD = "squad2_dev_half.json"
ATTRIBUTION = "attributionbench_dev.jsonl"
WICE = "wice_claim_dev.jsonl"
FAR_PER_CORPUS = 50
# Of the answerable questions of the development half, the share that may be declined; the threshold follows from it.
DECLINED_AT_MOST = 0.20
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """A question put to a corpus, and whether that corpus answers it.

    `far` ones are put to a corpus about something else; the others to the corpus of every paragraph.
    """

    question: SquadQuestion
    retrieved: Retrieved  # all candidates
    answerable: bool
    far: bool
    group: str
    order: tuple[str, ...] = ()  # article ids of the candidates, best first, once weights are applied


def blank() -> dict[str, Any]:
    """Weights that rank by cosine alone: what the first pass retrieves candidates with."""
    one = {"dense": 1.0}
    return {
        "passages": {"weights": {f: one.get(f, 0.0) for f in PASSAGE_FEATURES}},
        "sentences": {"weights": {f: float(f == "cosine") for f in SENTENCE_FEATURES}},
        "answerable": {"weights": dict.fromkeys(ANSWER_FEATURES, 0.0), "bias": 0.0, "threshold": 0.5},
    }


def ask_all(squad: Squad, settings: Settings, folder: Path) -> list[Asked]:
    """Every question to the corpus of every paragraph, and some to corpora about something else."""
    with using(blank()):
        pooled = _index(squad.write(folder / "pooled"), settings)
        asked = [_ask(pooled, q, q.answerable, False, q.group) for q in squad.questions]
        for n, group in enumerate(sorted(set(squad.groups.values()))):
            index = _index(squad.write(folder / f"group{n}", group), settings)
            others = [q for q in squad.questions if q.group != group]
            far = others[n :: max(len(others) // FAR_PER_CORPUS, 1)]
            asked += [_ask(index, q, False, True, group) for q in far]
    return asked


def _index(corpus: Path, settings: Settings) -> Index:
    index = Index(corpus, settings)
    index.update()
    return index


def _ask(index: Index, question: SquadQuestion, answerable: bool, far: bool, group: str) -> Asked:
    return Asked(question, retrieve(index, question.question, 2 * CANDIDATES), answerable, far, group)


def fit(asked: Sequence[Asked]) -> dict[str, Any]:
    """All three models from these questions."""
    answerable = [a for a in asked if a.answerable]
    weights = blank()
    lists = [a.retrieved.features for a in answerable]
    fitted = fit_listwise(lists, [_right_passages(a) for a in answerable])
    weights["passages"]["weights"] = _named(PASSAGE_FEATURES, fitted)
    pairs = [_sentences(a, fitted) for a in answerable]
    fitted = fit_listwise([rows for rows, _ in pairs], [right for _, right in pairs])
    weights["sentences"]["weights"] = _named(SENTENCE_FEATURES, fitted)
    rows = [list(c.answer_features) for _, c in chosen(asked, weights)]
    fitted, bias = fit_logistic(np.array(rows), np.array([a.answerable for a in asked]))
    weights["answerable"] |= {"weights": _named(ANSWER_FEATURES, fitted), "bias": round(bias, 4)}
    return weights


def chosen(asked: Sequence[Asked], weights: dict[str, Any]) -> Iterator[tuple[Asked, Choices]]:
    """The choice of sentences for each question under these weights."""
    with using(weights):
        for a in asked:
            ranked = rerank(a.retrieved, weights)
            yield replace(a, order=tuple(s.passage.article_id for s in ranked.stored)), choose(ranked)


def rerank(retrieved: Retrieved, weights: dict[str, Any]) -> Retrieved:
    """The same candidates in the order of these weights."""
    vector = np.array([weights["passages"]["weights"][f] for f in PASSAGE_FEATURES])
    return _reordered(retrieved, vector)


def _reordered(retrieved: Retrieved, vector: Matrix) -> Retrieved:
    scores = retrieved.features @ vector
    order = sorted(range(len(scores)), key=lambda i: (-round(float(scores[i]), 9), retrieved.stored[i].passage.id))
    return Retrieved(
        retrieved.question,
        tuple(retrieved.stored[i] for i in order),
        retrieved.features[order],
        tuple(float(scores[i]) for i in order),
    )


def _right_passages(asked: Asked) -> NDArray[np.bool_]:
    """The passages of the right paragraph that hold the answer."""
    return np.array([_holds(asked.question, s.passage.article_id, s.passage.start, s.passage.end) for s in asked.retrieved.stored])


def _holds(question: SquadQuestion, article_id: str, start: int, end: int) -> bool:
    return article_id == question.article_id and any(start <= at < end for at in question.starts)


def _sentences(asked: Asked, passage_weights: Matrix) -> tuple[Matrix, NDArray[np.bool_]]:
    retrieved = _reordered(asked.retrieved, passage_weights)
    best = [s.passage for s in retrieved.stored[:5]]
    places, rows = sentence_features(retrieved.question, best, retrieved.vectors(5), retrieved.scores[:5])
    right = [_holds(asked.question, best[p].article_id, *best[p].sentences[i]) for p, i in places]
    return rows, np.array(right)


def _named(names: Sequence[str], values: Matrix) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}


def cross_validate(asked: Sequence[Asked]) -> list[tuple[Asked, Choices]]:
    """For every question of the pooled corpus, the choice under weights that never saw its Wikipedia article."""
    held_out: list[tuple[Asked, Choices]] = []
    for group in sorted({a.group for a in asked}):
        weights = fit([a for a in asked if a.group != group and a.question.group != group])
        held_out += chosen([a for a in asked if a.group == group and not a.far], weights)
    return held_out


def threshold(held_out: Sequence[tuple[Asked, Choices]]) -> float:
    """The point of the risk–coverage curve where `DECLINED_AT_MOST` of the answerable questions are declined."""
    scores = [c.answerable for a, c in held_out if a.answerable]
    return round(float(np.quantile(scores, DECLINED_AT_MOST)), 4)


def support_examples(data: Path, settings: Settings) -> tuple[Matrix, NDArray[np.bool_], NDArray[np.bool_]]:
    """Features and labels of AttributionBench and of WiCE, and which of them are AttributionBench's.

    A WiCE claim that is only partially supported counts as not supported: a quotation must carry all of a statement.
    """
    embed = open_embedder(settings).embed_passages
    examples: list[tuple[str, list[str], bool, bool]] = []
    for row in _lines(data / ATTRIBUTION):
        examples.append((row["claim"], row["references"], row["attribution_label"] == "attributable", True))
    for row in _lines(data / WICE):
        examples.append((row["claim"], ["\n".join(row["evidence"])], row["label"] == "supported", False))
    rows = [support_features(claim, [Source.of(s) for s in sources], embed) for claim, sources, _, _ in examples]
    nothing = (0.0,) * len(SUPPORT_FEATURES)
    return (
        np.array([row or nothing for row in rows]),
        np.array([label for *_, label, _ in examples]),
        np.array([first for *_, first in examples]),
    )


def support_texts(data: Path) -> Iterator[str]:
    """The sources of AttributionBench."""
    for row in _lines(data / ATTRIBUTION):
        yield from row["references"]


def fit_support(rows: Matrix, labels: NDArray[np.bool_]) -> dict[str, Any]:
    """The verifier's regression. The threshold is one half: its scores are probabilities (see `python -m eval public`)."""
    weights, bias = fit_logistic(rows, labels)
    return {"weights": _named(SUPPORT_FEATURES, weights), "bias": round(bias, 4), "threshold": 0.5}


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise UnusableInput(f"There is no {path.name} in {str(path.parent)!r}. Name the folder that has it with --data.")
    with path.open() as lines:
        yield from map(json.loads, lines)


def calibrate(data: Path, target: Path, settings: Settings | None = None) -> dict[str, Any]:
    """Fit on all of the development data, choose the threshold from the held-out scores, write the file."""
    settings = settings or load_settings()
    squad = load_squad(data / SQUAD)
    with tempfile.TemporaryDirectory() as scratch:
        asked = ask_all(squad, scratch_settings(settings, Path(scratch)), Path(scratch) / "corpora")
    weights = fit(asked)
    weights["answerable"]["threshold"] = threshold(cross_validate(asked))
    weights["support"] = fit_support(*support_examples(data, settings)[:2])
    weights["provenance"] = {
        "made_by": "python -m eval calibrate",
        "passages, sentences, answerable": f"{SQUAD}: {len(squad.questions)} questions, asked {len(asked)} times",
        "support": f"{ATTRIBUTION} and {WICE}",
    }
    target.write_text(json.dumps(weights, indent=1) + "\n")
    return weights
