"""Facts that must agree whatever the words: each kind of refusal, beside a true statement that is accepted."""

from __future__ import annotations

import pytest

from rag.agreement import refusal
from rag.facts import facts


@pytest.mark.parametrize(
    ("quotation", "true", "false", "reason"),
    [
        (
            "Up to 7,500 militants are in the city.",
            "There are up to 7500 militants in the city.",
            "There are up to 7,600 militants in the city.",
            "the quotation does not have the number 7600",
        ),
        (
            "About 1.5 million people live there.",
            "Some 1,500,000 people live there.",
            "Some 15 million people live there.",
            "the quotation does not have the number 15000000",
        ),
        (
            "About 1.5 million people live there.",
            "1.5 million live there.",
            "1 million people live there.",
            "the quotation does not have the number 1000000",
        ),
        (
            "Twelve soldiers died.",
            "12 soldiers died.",
            "20 soldiers died.",
            "the quotation does not have the number 20",
        ),
        (
            "The team fired. A counterattack came only moments later.",
            "Moments after the team fired, a counterattack came.",
            "Hours after the team fired, a counterattack came.",
            "the quotation speaks of moments, not of hours",
        ),
        (
            "The siege lasted three years and four months.",
            "The siege lasted for years.",
            "The siege lasted for weeks.",
            "the quotation speaks of months, not of weeks",
        ),
        (
            "The village is 15 km north of the city.",
            "The village lies 15 kilometres north of the city.",
            "The village lies 15 miles north of the city.",
            "the quotation has 15 of another unit than mile",
        ),
        (
            "Five strikes hit Mosul and nine strikes hit Raqqa.",
            "Nine strikes hit Raqqa.",
            "Five strikes hit Raqqa.",
            "the quotation says 5 of something else",
        ),
        (
            "Obama met Merkel in Berlin.",
            "Obama met Merkel.",
            "Obama met Hollande.",
            "the quotation does not name Hollande",
        ),
        (
            "Isis fighters left the town.",
            "Daesh fighters left the town.",
            "Taliban fighters left the town.",
            "the quotation does not name Taliban",
        ),
        (
            "Iraqi troops entered on 3 November.",
            "Troops of Iraq entered on 3 November.",
            "Iraqi troops entered on 3 December.",
            "the quotation does not have the date December",
        ),
        (
            "They met on Tuesday.",
            "They met on Tuesday.",
            "They met on Thursday.",
            "the quotation does not have the date Thursday",
        ),
        (
            "Troops took the eastern districts.",
            "Troops took districts in the east.",
            "Troops took the western districts.",
            "the quotation says another direction",
        ),
        (
            "The bridge was not destroyed.",
            "The bridge was not destroyed.",
            "The bridge was destroyed.",
            "the quotation denies it",
        ),
        (
            "The bridge was destroyed.",
            "The bridge was destroyed.",
            "The bridge was never destroyed.",
            "the quotation does not deny it",
        ),
        (
            "The gardener refused an offer of help from the mayor.",
            "The mayor offered the gardener help, which was refused.",
            "The gardener did not refuse an offer of help.",
            "the quotation does not deny it",
        ),
        (
            "The gardener refused to sell the garden.",
            "The gardener would not sell the garden.",
            "The gardener agreed to sell the garden.",
            "the quotation denies it",
        ),
        (
            "The letter was signed not by the mayor but by the gardener.",
            "The gardener signed the letter.",
            "The mayor signed the letter.",
            "the quotation denies it",
        ),
        (
            "The judge turned down the request.",
            "The judge did not agree.",
            "The judge never turned down the request.",
            "the quotation does not deny it",
        ),
        (
            "The guards stopped the lorry.",
            "The lorry was stopped by the guards.",
            "The lorry was not stopped by the guards.",
            "the quotation does not deny it",
        ),
        (
            "The guards have not stopped firing.",
            "The guards are firing.",
            "The guards have stopped firing.",
            "the quotation does not deny it",
        ),
        (
            "The officers carried nothing but batons.",
            "The officers carried batons.",
            "The officers carried no batons.",
            "the quotation does not deny it",
        ),
        (
            "The mayor resigned after the newspaper had published a picture.",
            "The newspaper had published a picture before the mayor resigned.",
            "The mayor resigned before the newspaper published a picture.",
            "the quotation says “after”, not “before”",
        ),
        (
            "The army advanced before the storm.",
            "Before the storm the army advanced.",
            "The army advanced after the storm.",
            "the quotation says “before”, not “after”",
        ),
    ],
)
def test_a_statement_that_differs_in_one_fact_is_refused_with_the_reason(quotation: str, true: str, false: str, reason: str) -> None:
    assert (refusal(true, quotation), refusal(false, quotation)) == ("", reason)


def test_what_a_reader_sees_beside_the_quotation_counts() -> None:
    said, quotation = "The Courier reported in March that the bridge is closed.", "The bridge is closed."
    assert refusal(said, quotation) == "the quotation does not name Courier"
    assert refusal(said, quotation, known="The Courier, March 2019") == ""


def test_a_neighbouring_sentence_does_not_make_good_what_the_core_sentence_says_otherwise() -> None:
    core = "Five strikes hit Mosul."
    assert refusal("Nine strikes hit Mosul.", f"{core} Nine strikes hit Raqqa.", core=core) != ""


def test_a_citation_marker_and_a_list_number_are_no_facts() -> None:
    assert facts("2. The bridge is closed [7].").numbers == ()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("7,500 men and 3.5 per cent", ["7500", "3.5"]),
        ("two thousand soldiers", ["2000"]),
        ("a few thousand soldiers", ["thousands"]),
        ("thousands of soldiers", ["thousands"]),
        ("1.5 million", ["1500000"]),
        ("the 3rd day of 2016", ["3", "2016"]),
        ("one of them", []),
    ],
)
def test_numbers_are_read_in_digits_and_in_words(text: str, values: list[str]) -> None:
    assert [n.value for n in facts(text).numbers] == values


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Troops entered Mosul.", ("Mosul",)),
        ("The US and the UN met.", ("US", "UN")),
        ("On Monday in March it rained.", ()),
        ("Abu Bakr al-Baghdadi spoke.", ("Abu", "Bakr", "Baghdadi")),
        ("It helps us.", ()),
    ],
)
def test_names_are_capitalised_words_that_are_no_dates_in_the_order_of_the_text(text: str, names: tuple[str, ...]) -> None:
    assert facts(text).names == names


def test_a_sentence_with_a_name_from_next_door_put_in_it_is_refused() -> None:
    core = "He also urged attacks on Norway, another member of the pact."
    quotation = f"He spoke of Sweden. {core}"
    assert (
        refusal("He also urged attacks on Sweden, another member of the pact.", quotation, core=core)
        == "the quotation names Norway, not Sweden"
    )
    assert refusal("He also urged attacks on Norway.", quotation, core=core) == ""


PIER = "The mayor of Brill, Eve Reed, closed the pier. Ann Moor, who leads the guards, protested."


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("Eve Reed closed the pier.", ""),
        ("Mayor Reed closed the pier.", ""),
        ("Eve Reed closed the pier, and Ann Moor protested.", ""),
        ("Ann Reed closed the pier.", "the quotation names Eve Reed, not Ann Reed"),
        ("Ann Moor closed the pier.", "the quotation names Brill, not Ann"),
    ],
)
def test_a_name_put_together_from_two_or_put_in_the_place_of_another_is_refused(claim: str, reason: str) -> None:
    assert refusal(claim, PIER, core="The mayor of Brill, Eve Reed, closed the pier.") == reason


def test_a_pronoun_is_not_what_stands_in_the_place_of_a_name_after_a_preposition() -> None:
    core = "They are now in a village south of Tann."
    quotation = f"The guards left the town of Brill on Friday. {core}"
    assert refusal("The guards are now in a village south of Tann.", quotation, core=core) == ""
    assert refusal("The guards are now in a village south of Brill.", quotation, core=core) == "the quotation names Tann, not Brill"
