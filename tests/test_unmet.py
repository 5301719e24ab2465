"""A word that is put in the place of another, and the statements that this is learnt from."""

from __future__ import annotations

from dataclasses import replace

import frontmatter
import numpy as np
import pytest

from eval.fitting import named
from eval.lines import json_lines
from eval.stories import FOLDER
from eval.unmet import STATEMENTS, WITHHELD_AT_MOST, examples, figures, fit_unmet, held_out
from rag.embed import Embedder
from rag.quotations import Source
from rag.settings import Settings
from rag.unmet import UNMET_FEATURES, unmet
from rag.verifier import judge
from rag.weights import fitted

HARBOUR = "The harbour of Brill was closed on Tuesday after a ferry ran aground. Forty passengers were taken ashore."
SCHOOL = "The school in Tann has 320 pupils. Its roof was repaired in 2018."


@pytest.mark.parametrize(
    ("quotation", "same", "other", "word"),
    [
        (HARBOUR, "The harbour of Brill was shut on Tuesday.", "The harbour of Brill was sold on Tuesday.", "sold"),
        (HARBOUR, "Forty passengers were brought ashore.", "Forty passengers were buried ashore.", "buried"),
        (SCHOOL, "The roof of the school in Tann was fixed in 2018.", "The roof of the school in Tann was stolen in 2018.", "stolen"),
    ],
)
def test_another_verb_is_withheld_and_the_same_in_another_word_is_not(
    quotation: str, same: str, other: str, word: str, embedder: Embedder
) -> None:
    source = Source.of(quotation)
    assert judge(same, [source], embedder).supported
    refused = judge(other, [source], embedder)
    assert (refused.supported, refused.reason) == (False, f"the quotation does not say “{word}”")


def test_with_an_embedding_model_that_it_was_not_fitted_for_words_are_not_judged(embedder: Embedder) -> None:
    claim, source = "The harbour of Brill was sold on Tuesday.", Source.of(HARBOUR)
    assert not judge(claim, [source], embedder).supported
    assert judge(claim, [source], replace(embedder, model="another")).supported


def test_names_numbers_and_what_the_quotation_has_in_any_form_are_not_looked_at(embedder: Embedder) -> None:
    claim = "Daesh repairs two harbours in 2019 and paints the school."
    said, quoted = embedder.embed_words([claim, f"{HARBOUR} {SCHOOL}"])
    words = unmet(claim, said, quoted)
    assert words.written == ("two", "paints")
    assert words.rows.shape == (2, len(UNMET_FEATURES)) and words.vectors.shape == (2, 768)
    assert unmet(SCHOOL, *embedder.embed_words([SCHOOL, SCHOOL])).written == ()


def test_every_statement_has_its_quotation_in_its_article() -> None:
    files = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*/articles/*")}
    texts = {(path.parent.parent.name, frontmatter.loads(text).get("id", path.stem)): text for path, text in files.items()}
    rows = list(json_lines(STATEMENTS))
    assert len(rows) == 1680
    assert {row["change"] for row in rows} == {"role", "verb"}
    assert len({(row["claim_true"], row["claim_false"]) for row in rows}) == len(rows)
    assert {row["story"] for row in rows} == {story for story, _ in texts}
    assert [row for row in rows if row["quotation"] not in texts[row["story"], row["article_id"]]] == []


def test_the_fit_is_the_same_twice_is_what_is_shipped_and_withholds_as_few_true_statements_as_it_may(settings: Settings) -> None:
    made = examples(settings)
    (model, arrays), (again, arrays_again) = fit_unmet(made), fit_unmet(made)
    assert model == again
    assert arrays["vector"].tobytes() == arrays_again["vector"].tobytes()
    shipped = fitted("unmet", UNMET_FEATURES)
    assert named(UNMET_FEATURES, shipped.weights) == pytest.approx(model["weights"], abs=0.02)
    assert shipped.threshold == pytest.approx(model["threshold"], abs=0.02)
    scores, supported = held_out(made), np.array([e.supported for e in made])
    assert (scores[supported] < model["threshold"]).mean() <= WITHHELD_AT_MOST
    found = figures(made)
    assert found["statements"] == 2240
    assert found["another verb: withheld"] >= 0.5 and found["true: withheld"] <= 0.03
