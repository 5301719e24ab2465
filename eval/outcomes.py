"""Ask one question, and note everything about it that a measure needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from eval import citing, correctness
from eval.abstention import confidence
from eval.citing import Cited, Spans, Supports
from eval.kept import Kept
from eval.questions import Question, check_gold
from eval.retrieval import Ranking, rank, relevant
from rag.assistant import Assistant
from rag.types import Answer

Verdict = Literal["right", "wrongly cited", "wrong", "false refusal", "false answer", "error"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a language model says of an answer. `correctness` is from 1 to 5, and None without a reference or a number in the reply.

    Both are None where the model could not be asked; `reason` then says why.
    """

    faithful: bool | None
    correctness: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question with what became of it. Where asking failed there is no answer, and every measure counts it as bad as can be."""

    question: Question
    answer: Answer | None
    error: str = ""
    right: bool = False
    cited: bool = False  # what makes the answer right stands in statements that cite a gold quotation
    token_f1: float = 0.0
    by_gold: tuple[Cited, ...] = ()  # the displayed statements, judged by the gold quotations
    by_verifier: tuple[Cited, ...] = ()
    exact: tuple[int, int] = (0, 0)  # quotations that are exact, of how many
    conflict_shown: bool = False
    answerable: float = 0.0  # the probability that the assistant gave to there being an answer
    would_be_right: bool = False  # the extractive answer, had it been shown
    ranking: Ranking | None = None  # retrieval of gold passages; none where there is no gold
    judgement: Judgement | None = None  # with --judge

    @property
    def answered(self) -> bool:
        return self.answer is not None and self.answer.answered

    @property
    def right_and_cited(self) -> bool:
        return self.right and self.cited

    @property
    def verdict(self) -> Verdict:
        if self.answer is None:
            return "error"
        if self.right:
            return "right" if self.cited else "wrongly cited"
        if not self.question.answerable:
            return "false answer"
        return "wrong" if self.answered else "false refusal"


class Examiner:
    """Puts questions to an open assistant. `assistant` may be any of ours: whatever it raises is noted, and the next is asked."""

    def __init__(self, assistant: Assistant, questions: Sequence[Question], writer: str | None, answers: Path | None = None) -> None:
        self._assistant, self._writer, self._kept = assistant, writer, Kept(answers, writer)
        self._texts = {a.id: a.text for a in assistant.articles()}
        self._verifier = citing.by_verifier(assistant.index.embedder)
        check_gold(tuple(questions), self._texts)
        self._spans = {q.id: citing.gold_spans(q.gold, self._texts) for q in questions}

    def ask(self, question: Question) -> Outcome:
        try:
            answer = self._kept.find(question) or self._asked(question)
            return self._examine(question, answer)
        except Exception as error:
            return Outcome(question, None, f"{type(error).__name__}: {error}", answerable=float(not question.answerable))

    def _asked(self, question: Question) -> Answer:
        answer = self._assistant.ask(question.question, question.history, self._writer)
        self._kept.add(question, answer)
        return answer

    def _examine(self, question: Question, answer: Answer) -> Outcome:
        spans = self._spans[question.id]
        sure = confidence(self._assistant, answer.query) if answer.evidence else None
        return Outcome(
            question,
            answer,
            right=correctness.is_right(question, answer),
            cited=_is_rightly_cited(question, answer, spans, self._verifier),
            token_f1=correctness.token_f1(correctness.displayed(answer), question.reference),
            by_gold=tuple(citing.alce(s, citing.by_gold(spans)) for s in answer.statements),
            by_verifier=tuple(citing.alce(s, self._verifier) for s in answer.statements),
            exact=citing.exact_quotations(answer, self._texts),
            conflict_shown=citing.conflict_shown(question, answer, self._texts),
            answerable=sure.answerable if sure else 0.0,
            would_be_right=bool(sure) and question.answerable and correctness.has_accepted(question, sure.would_show if sure else ""),
        )

    def with_rankings(self, outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
        """The same outcomes, each with the measures of its retrieval where it has gold quotations."""
        manifest = self._assistant.index.manifest
        cited = sorted({article_id for spans in self._spans.values() for article_id, _, _ in spans})
        passages = [stored.passage for stored in manifest.load(manifest.passage_ids(cited)).values()]
        qrels = {o.question.id: relevant(passages, self._spans[o.question.id]) for o in outcomes if o.question.gold}
        values: Mapping[str, Ranking] = rank(qrels, {o.question.id: o.answer.evidence for o in outcomes if o.answer})
        return tuple(replace(o, ranking=values.get(o.question.id)) for o in outcomes)


def _is_rightly_cited(question: Question, answer: Answer, spans: Spans, verifier: Supports) -> bool:
    """What makes the answer right stands in statements that their citations support: by gold, or by the verifier where there is none.

    True where there is nothing to cite. An answer that is not right is not rightly cited either.
    """
    if not question.answerable:
        return not answer.answered
    supports = citing.by_gold(spans) if question.gold else verifier
    supported = [s.text for s in answer.statements if supports(s.text, s.citations)]
    return bool(supported) and correctness.has_accepted(question, " ".join(supported))
