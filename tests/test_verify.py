"""The judge: what it accepts, what it refuses and why, and where it finds the quotation."""

from __future__ import annotations

import json

import pytest

import rag
from rag.agreement import refusal
from rag.assistant import Assistant
from rag.clauses import only_asks
from rag.embed import Embedder
from rag.quotations import Source
from rag.support import SUPPORT_FEATURES, support_features
from rag.types import Support
from rag.verifier import judge
from tests.conftest import ROOT

HARBOUR = (
    "The harbour of Brill was closed on Tuesday after a ferry ran aground. Forty passengers were taken ashore. "
    "Nobody was hurt, the coast guard said."
)
SCHOOL = "The school in Tann has 320 pupils. Its roof was repaired in 2018."
CHECKED = ("number", "unit", "date", "name", "place", "organisation", "negation", "direction")
PAIRS = [json.loads(line) for line in (ROOT / "eval" / "minimal_pairs.jsonl").read_text().splitlines()]


def judged(claim: str, embedder: Embedder, *sources: str) -> tuple[Support, str]:
    support = judge(claim, [Source.of(s) for s in sources], embedder)
    return support, sources[support.source][support.start : support.end]


@pytest.mark.parametrize(
    ("claim", "source", "quotation"),
    [
        ("Forty passengers were taken ashore.", 0, "Forty passengers were taken ashore."),
        ("40 passengers were taken ashore.", 0, "Forty passengers were taken ashore."),
        ("The coast guard said that nobody was hurt.", 0, "Nobody was hurt, the coast guard said."),
        ("Tann's school has 320 pupils.", 1, "The school in Tann has 320 pupils."),
    ],
)
def test_a_statement_that_a_source_makes_is_supported_by_its_sentence(claim: str, source: int, quotation: str, embedder: Embedder) -> None:
    support, quoted = judged(claim, embedder, HARBOUR, SCHOOL)
    assert (support.supported, support.source, quoted, support.reason) == (True, source, quotation, "")


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("Fifty passengers were taken ashore.", "the quotation does not have the number 50"),
        (
            "The harbour of Brill was closed on Friday after a ferry ran aground.",
            "the quotation does not have the date Friday",
        ),
        ("The harbour of Cork was closed on Tuesday after a ferry ran aground.", "the quotation does not name Cork"),
        ("The harbour of Brill was not closed on Tuesday.", "the quotation does not deny it"),
        ("Photosynthesis turns light into sugar.", "nothing in the sources resembles it"),
    ],
)
def test_a_statement_that_no_source_makes_is_refused_with_the_reason(claim: str, reason: str, embedder: Embedder) -> None:
    support, _ = judged(claim, embedder, HARBOUR, SCHOOL)
    assert (support.supported, support.reason) == (False, reason)


ORDERS = "The mayor of Brill told the guards to close the harbour at dawn. Two of the guards have painted the pier."
MET = "Mara Lind and Otto Brandt of the Orle Bridge Company met Ida Falk in Tann."


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("The school in Tann has 320 pupils, and has moved to a castle.", "the quotation does not say “has moved to a castle”"),
        (
            "Mara Lind and Otto Brandt sold boats to the Orle Bridge Company of Ida Falk.",
            "the quotation has the names, not what is said of them",
        ),
        ("The guards have closed the harbour of Brill at dawn.", "the quotation does not say that it was done: closed"),
        ("The mayor of Brill told the guards to burn the harbour at dawn.", "the quotation says “to close”, not “to burn”"),
        ("Ida Falk and Otto Brandt of the Orle Bridge Company met Ida Falk in Tann.", "it puts “Ida” where the quotation does not"),
        ("The Orle Bridge Company of Tann.", "it says nothing of what it names"),
        ("The mayor has told the guards to close the harbour of Brill at dawn.", ""),
        ("Two guards have painted the pier.", ""),
        ("The school in Tann, which has 320 pupils, had its roof repaired in 2018.", ""),
    ],
)
def test_every_part_of_a_statement_must_be_said_and_what_is_told_as_done_must_be_done(claim: str, reason: str, embedder: Embedder) -> None:
    """All were written by a small model about other places: half of a sentence true, names in a sentence of its own, an order as a deed."""
    support, _ = judged(claim, embedder, ORDERS, SCHOOL, MET)
    assert (support.supported, support.reason) == (not reason, reason)


@pytest.mark.parametrize("claim", ["", "   ", "…", "The of and.", "\x00"])
@pytest.mark.parametrize("sources", [[], [""], ["\n"], [HARBOUR]])
def test_a_claim_or_source_without_words_supports_nothing(claim: str, sources: list[str], embedder: Embedder) -> None:
    support = judge(claim, [Source.of(s) for s in sources], embedder)
    assert not support.supported and support.reason


def test_no_source_supports_nothing(embedder: Embedder) -> None:
    assert not judge("Forty passengers were taken ashore.", [], embedder).supported


def test_the_public_judge_is_a_function_whatever_was_imported_before_and_says_the_same_twice() -> None:
    assert rag.Assistant
    first = rag.verify("Tann's school has 320 pupils.", [HARBOUR, SCHOOL])
    assert first == rag.verify("Tann's school has 320 pupils.", [HARBOUR, SCHOOL])
    assert first.supported and SCHOOL[first.start : first.end] == "The school in Tann has 320 pupils."


def test_the_first_fact_that_is_missing_is_the_reason_in_every_process() -> None:
    claim = "Howard lives in Camden, London, with Cerys and their dog Archie, and Naomi lives in Dover with Ruth."
    assert refusal(claim, HARBOUR) == "the quotation does not name Howard"


def test_a_name_with_den_in_it_is_no_denial(embedder: Embedder) -> None:
    def denies(claim: str) -> float:
        row = support_features(claim, [Source.of("The school in Tann has 320 pupils.")], embedder)
        assert row is not None
        return dict(zip(SUPPORT_FEATURES, row, strict=True))["denies"]

    assert denies("The school in Camden has 320 pupils.") == 0.0
    assert denies("The school in Tann does not have 320 pupils.") == 1.0


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("The port of Brill was shut on Tuesday when a ferry ran aground.", ""),
        ("The port of Cork was shut on Tuesday when a ferry ran aground.", "the quotation does not name Cork"),
        ("In 2018 the roof of Brill's school was mended.", "the quotation does not name Brill"),
    ],
)
def test_a_short_claim_in_other_words_is_not_taken_for_one_that_several_places_support(claim: str, reason: str) -> None:
    support = rag.verify(claim, [HARBOUR, SCHOOL])
    assert (support.supported, support.reason) == (not reason, reason)


def test_the_order_of_sources_does_not_change_the_verdict(embedder: Embedder) -> None:
    claims = [pair["claim_true"] for pair in PAIRS[:10]]
    sources = [Source.of(pair["quotation"]) for pair in PAIRS[:10]]
    for claim in claims:
        ahead = judge(claim, sources, embedder)
        back = judge(claim, sources[::-1], embedder)
        assert ahead.supported == back.supported


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("The airstrikes near Mosul also destroyed 28 watercraft.", "the quotation does not have the number 28"),
        (
            "An international coalition led by Iran provides support with its airpower, including jets and Apache helicopters.",
            "the quotation does not name Iran",
        ),
    ],
)
def test_where_the_likeliest_quotation_says_otherwise_none_is_put_together_from_two_paragraphs(
    claim: str, reason: str, embedder: Embedder, assistant: Assistant
) -> None:
    support, quotation = judged(claim, embedder, *(article.text for article in assistant.articles()))
    assert "\n\n" not in quotation
    assert (support.supported, support.reason) == (False, reason)


def test_minimal_pairs_are_told_apart(embedder: Embedder, assistant: Assistant) -> None:
    """One number, name, date, direction or negation changed: 223 accepted and 222 refused of 233 when this was written."""
    texts = {article.id: article.text for article in assistant.articles()}
    pairs = [p for p in PAIRS if p["change"] in CHECKED]
    accepted = [p["id"] for p in pairs if judged(p["claim_true"], embedder, texts[p["article_id"]])[0].supported]
    refused = [p["id"] for p in pairs if not judged(p["claim_false"], embedder, texts[p["article_id"]])[0].supported]
    assert len(pairs) == 233
    assert len(accepted) >= 221, sorted({p["id"] for p in pairs} - set(accepted))
    assert len(refused) >= 220, sorted({p["id"] for p in pairs} - set(refused))


@pytest.mark.parametrize(
    ("claim", "question", "only"),
    [
        ("The tunnels under Brill were to take the guards.", "Where were the tunnels under Brill to take the guards?", True),
        (
            "The tunnels under Brill were to take the guards to the harbour.",
            "Where were the tunnels under Brill to take the guards?",
            False,
        ),
        ("No, there is no bigger pier than Brill.", "Is there no bigger pier than Brill?", False),
        ("It is.", "Where is Brill?", False),
    ],
)
def test_a_statement_that_says_no_more_than_the_question_answers_only_a_yes_or_no_question(claim: str, question: str, only: bool) -> None:
    assert only_asks(claim, question) is only
