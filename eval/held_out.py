"""What weights do with the questions that they were not fitted on: figures of a cross-validation."""

from __future__ import annotations

import numpy as np

from eval.calibrate import DECLINED_AT_LEAST, auroc, of, threshold
from eval.fit_weights import holds
from eval.kept_fits import HeldOut
from eval.unseen import has, mean, success, would_show

DEPTH = 30  # passages looked through for the first articles


def figures(held_out: HeldOut) -> dict[str, dict[str, float]]:
    """Of SQuAD's questions and of the stories', at the threshold that SQuAD's give."""
    squad, told = of(held_out, "squad"), of(held_out, "stories")
    return {"SQuAD": success_of(squad) | answers(squad), "invented stories": _of_stories(told, threshold(squad))}


def success_of(held_out: HeldOut) -> dict[str, float]:
    """Whether the article with the answer comes first, and among the first five."""
    return success((a.order[:DEPTH], a.gold[0][0]) for a, _ in held_out if a.answerable)


def answers(held_out: HeldOut) -> dict[str, float]:
    """SQuAD's questions: declined or answered, and whether what is displayed has a gold answer."""
    least = threshold(held_out)
    shown = [(a, would_show(c)) for a, c in held_out if a.answerable and c.answerable >= least]
    return {
        "answerable declined": _declined(held_out, least, answerable=True),
        "unanswerable declined": _declined(held_out, least, answerable=False),
        "gold answer shown": mean(has(" ".join(texts), a.answers) for a, texts in shown),
        "gold answer in the first statement": mean(has(texts[0], a.answers) for a, texts in shown),
        "statements": round(float(np.mean([len(texts) for _, texts in shown])), 3),
        "AUROC": auroc(held_out),
        "chosen so that of the unanswerable are declined": DECLINED_AT_LEAST,
    }


def _of_stories(held_out: HeldOut, least: float) -> dict[str, float]:
    firsts = [(a, c.ranked[0]) for a, c in held_out if a.answerable]
    return {
        "answerable declined": _declined(held_out, least, answerable=True),
        "unanswerable declined": _declined(held_out, least, answerable=False),
        "right sentence first": mean(holds(a.gold, f.passage.article_id, f.view.start, f.view.end) for a, f in firsts),
        "AUROC": auroc(held_out),
    }


def _declined(held_out: HeldOut, least: float, answerable: bool) -> float:
    return mean(c.answerable < least for a, c in held_out if a.answerable == answerable)
