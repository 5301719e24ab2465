"""What weights do with the questions that they were not fitted on: figures of a cross-validation."""

from __future__ import annotations

import numpy as np

from eval.abstention import would_show
from eval.calibrate import of
from eval.correctness import has_any
from eval.fit_weights import holds
from eval.intervals import Figure, auroc, share
from eval.kept_fits import HeldOut
from eval.retrieval import success

DEPTH = 30  # passages looked through for the first articles
Figures = dict[str, Figure | float | None]


def figures(held_out: HeldOut) -> dict[str, Figures]:
    """Of SQuAD's questions and of the stories', each declined by the threshold of its choices."""
    squad = of(held_out, "squad")
    return {"SQuAD": {**success_of(squad), **answers(squad)}, "invented stories": _of_stories(of(held_out, "stories"))}


def success_of(held_out: HeldOut) -> dict[str, Figure | None]:
    """Whether the article with the answer comes first, and among the first five."""
    return success((a.order[:DEPTH], a.gold[0][0]) for a, _ in held_out if a.answerable)


def answers(held_out: HeldOut) -> Figures:
    """SQuAD's questions: declined or answered, and whether what is displayed has a gold answer."""
    shown = [(a, would_show(c)) for a, c in held_out if a.answerable and c.answerable >= c.threshold]
    return {
        **_abstention(held_out),
        "gold answer shown": share(has_any(" ".join(texts), a.answers) for a, texts in shown),
        "gold answer in the first statement": share(has_any(texts[0], a.answers) for a, texts in shown),
        "statements": round(float(np.mean([len(texts) for _, texts in shown])), 3),
    }


def _of_stories(held_out: HeldOut) -> Figures:
    firsts = [(a, c.ranked[0]) for a, c in held_out if a.answerable]
    return {
        **_abstention(held_out),
        "right sentence first": share(holds(a.gold, f.passage.article_id, f.view.start, f.view.end) for a, f in firsts),
    }


def _abstention(held_out: HeldOut) -> Figures:
    return {
        "answerable declined": declined(held_out, answerable=True),
        "unanswerable declined": declined(held_out),
        "AUROC": auroc([a.answerable for a, _ in held_out], [c.answerable for _, c in held_out]),
    }


def declined(held_out: HeldOut, answerable: bool = False) -> Figure | None:
    """Of the questions without an answer, or of those with one."""
    return share(c.answerable < c.threshold for a, c in held_out if a.answerable == answerable)
