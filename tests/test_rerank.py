"""The reranker: the order and the scores are the cross-encoder's, and what was fitted on our own scores still gets such scores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rag import Assistant
from rag.choose import choose, first_look
from rag.cross_encoder import CrossEncoder
from rag.doctor import Check, examine
from rag.errors import SettingError
from rag.features import SENTENCE_FEATURES, sentence_features
from rag.rerank import Reranker, open_reranker
from rag.retrieve import Retrieved
from rag.settings import Settings
from tests.conftest import Run, own_settings, write_articles
from tests.made_models import taught

QUESTION = "Why was the harbour of Brill closed?"
ARTICLES = {
    "harbour.md": "The harbour of Brill was closed on Tuesday after a ferry ran aground. Forty passengers were taken ashore.",
    "storm.md": "The harbour of Brill was open on Monday. A storm was expected, the harbour master said.",
    "school.md": "The school in Tann has 320 pupils. Its roof was repaired in 2018.",
}


@pytest.fixture(scope="module")
def plain(session_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Without a reranker: harbour before storm before school."""
    folder = tmp_path_factory.mktemp("rerank")
    opened = Assistant.open(write_articles(folder / "corpus", ARTICLES), own_settings(session_data_dir, folder / "data"))
    yield opened
    opened.close()


def model(folder: Path, **scores: float) -> Path:
    """Gives QUESTION and each article this score."""
    return taught(folder, {(QUESTION, ARTICLES[f"{name}.md"]): (score,) for name, score in scores.items()})


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model(tmp_path_factory.mktemp("models") / "turned", harbour=-3.0, storm=0.0, school=3.0)


def by(path: Path, plain: Assistant, top_k: int = 3, most: int = 20) -> Retrieved:
    return Reranker(CrossEncoder("RERANKER", str(path)), most).rerank(plain.look_up(QUESTION), top_k)


def names(found: Retrieved) -> list[str]:
    return [each.passage.article_id for each in found.evidence]


def test_passages_come_in_the_order_and_with_the_scores_of_the_cross_encoder(plain: Assistant, turned: Path) -> None:
    assert names(plain.look_up(QUESTION)) == ["harbour", "storm", "school"]
    found = by(turned, plain)
    assert [(e.passage.article_id, e.rank) for e in found.evidence] == [("school", 1), ("storm", 2), ("harbour", 3)]
    assert [e.score for e in found.evidence] == pytest.approx([3.0, 0.0, -3.0], abs=0.5)
    assert names(by(turned, plain, top_k=1)) == ["school"]
    assert by(turned, plain).evidence == found.evidence


def test_what_was_computed_about_a_passage_goes_with_it(plain: Assistant, turned: Path) -> None:
    before, after = plain.look_up(QUESTION), by(turned, plain)
    known = {s.passage.id: row.tolist() for s, row in zip(before.stored, before.features, strict=True)}
    assert {s.passage.id: row.tolist() for s, row in zip(after.stored, after.features, strict=True)} == known
    assert after.stored == before.stored[::-1]


def test_equal_scores_are_ordered_by_passage_id(plain: Assistant, turned: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer, BertForSequenceClassification

    indifferent = BertForSequenceClassification.from_pretrained(turned)
    indifferent.classifier.weight.data.zero_()
    indifferent.save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(turned).save_pretrained(tmp_path)
    found = by(tmp_path, plain)
    assert names(found) == ["harbour", "school", "storm"]
    assert len({e.score for e in found.evidence}) == 1


def test_what_is_beyond_the_reranked_passages_follows_them_at_its_distance(plain: Assistant, turned: Path) -> None:
    before, found = plain.look_up(QUESTION), by(turned, plain, most=2)
    assert names(found) == ["storm", "harbour", "school"]
    scores = [e.score for e in found.evidence]
    assert scores[1] - scores[2] == pytest.approx(before.scores[1] - before.scores[2])
    assert scores == sorted(scores, reverse=True)


def test_a_reranker_that_agrees_changes_nothing_in_the_choice_of_sentences(plain: Assistant, tmp_path: Path) -> None:
    before = choose(plain.look_up(QUESTION))
    after = choose(by(model(tmp_path / "agrees", harbour=3.0, storm=0.0, school=-3.0), plain))
    assert [(c.view.text, c.probability) for c in after.ranked] == [(c.view.text, c.probability) for c in before.ranked]
    assert (after.answerable, after.by_trees) == (before.answerable, before.by_trees)


def test_the_weights_see_the_scores_that_they_were_fitted_on_whatever_the_order(plain: Assistant, turned: Path) -> None:
    before, after = plain.look_up(QUESTION), by(turned, plain)
    assert after.scores == before.scores == tuple(sorted(before.scores, reverse=True))
    places, rows = sentence_features(after.question, [s.passage for s in after.stored], after.vectors(3), after.scores)
    column = SENTENCE_FEATURES.index("passage")
    falls = {p: float(row[column]) for (p, _), row in zip(places, rows, strict=True)}
    assert falls == {p: score - before.scores[0] for p, score in enumerate(before.scores)}
    choices = choose(after)
    assert 0 < choices.answerable < 1 and sum(c.probability for c in choices.ranked) == pytest.approx(1.0)
    assert np.isfinite(first_look(after).answer_features).all()


def test_the_sentence_of_the_first_passage_gains_by_the_new_order(plain: Assistant, turned: Path) -> None:
    def share(found: Retrieved) -> float:
        return sum(c.probability for c in choose(found).ranked if c.passage.article_id == "school")

    assert share(by(turned, plain)) > share(plain.look_up(QUESTION))


def test_the_setting_reorders_what_the_commands_show(turned: Path, run: Run, tmp_path: Path) -> None:
    corpus = write_articles(tmp_path / "corpus", ARTICLES)
    done = run("rag", "retrieve", QUESTION, "--corpus", str(corpus), "--json", "--top-k", "2", RERANKER=str(turned))
    shown = json.loads(done.stdout)["passages"]
    assert [p["article_id"] for p in shown] == ["school", "storm"]
    assert [p["score"] for p in shown] == pytest.approx([3.0, 0.0], abs=0.5)


def test_an_assistant_reranks_more_passages_than_it_returns(session_data_dir: Path, turned: Path, tmp_path: Path) -> None:
    corpus = write_articles(tmp_path / "corpus", ARTICLES)
    assistant = Assistant.open(corpus, own_settings(session_data_dir, tmp_path / "data", reranker=str(turned)))
    try:
        assert [e.passage.article_id for e in assistant.retrieve(QUESTION, 1)] == ["school"]
        assert [e.passage.article_id for e in assistant.ask(QUESTION).evidence] == ["school", "storm", "harbour"]
    finally:
        assistant.close()


def test_a_model_with_several_scores_is_no_reranker(plain: Assistant, tmp_path: Path) -> None:
    labels = ("contradiction", "entailment", "neutral")
    several = taught(tmp_path / "several", {(QUESTION, "It was."): (1.0, 0.0, -1.0)}, labels)
    with pytest.raises(SettingError) as raised:
        by(several, plain)
    assert str(raised.value) == (
        f"RERANKER={str(several)!r} cannot be used: it has 3 scores (contradiction, entailment, neutral), and a reranker has one. "
        "A model of entailment is for VERIFIER."
    )


def test_the_doctor_names_the_reranker_only_where_there_is_one(settings: Settings, turned: Path, corpus: Path) -> None:
    def of(reranker: str) -> list[Check]:
        return [c for c in examine(corpus, settings.model_copy(update={"reranker": reranker})) if c.what == "reranker"]

    assert of("") == []
    assert of(str(turned)) == [Check("reranker", True, f"cross-encoder {turned}, the best 20 passages")]
    (wrong,) = of("nonsense")
    assert not wrong.ok and wrong.found.startswith("RERANKER='nonsense': there is no such folder")
    assert open_reranker(settings) is None
