"""Questions and the ones before them: what a query takes from history, and above all what it does not."""

from __future__ import annotations

import pytest

from rag.conversation import LONGEST_QUESTION, REMEMBERED, clean, earlier, understand
from rag.errors import QuestionError

MILITANTS = "How many militants are in Mosul?"
BAGHDADI = "Who is Baghdadi?"
QADISSIYA = "What happened to Qadissiya?"


@pytest.mark.parametrize(
    ("history", "question", "query"),
    [
        ([BAGHDADI], "What is his real name?", "What is Baghdadi's real name?"),
        ([BAGHDADI], "Where is he now?", "Where is Baghdadi now?"),
        ([BAGHDADI, "What is his real name?"], "Where was he born?", "Where was Baghdadi born?"),
        ([BAGHDADI, "Thanks!"], "Where is he now?", "Where is Baghdadi now?"),
        ([QADISSIYA], "When was it recaptured?", "When was Qadissiya recaptured?"),
        ([QADISSIYA], "Why?", "What happened to Qadissiya, why?"),
        ([MILITANTS], "Where do they come from?", "Where do the militants come from?"),
        ([MILITANTS], "And in the south?", "How many militants are in Mosul, in the south?"),
        ([MILITANTS], "And how many Iraqi troops?", "How many Iraqi troops are in Mosul?"),
        (
            ["Did the Iraqi forces discover tunnels?"],
            "What were they meant for?",
            "What were they meant for? (Did the Iraqi forces discover tunnels?)",
        ),
        (
            ["When did the Turkish army cross the border?"],
            "Where was it then?",
            "Where was it then? (When did the Turkish army cross the border?)",
        ),
        (["When did Baghdadi flee?"], "Where was he then?", "Where was Baghdadi then?"),
        (
            ["Which unit leads the push into the city?"],
            "How do they check men?",
            "How do they check men? (Which unit leads the push into the city?)",
        ),
        (["How many people live in Mosul?"], "And how many soldiers?", "How many soldiers live in Mosul?"),
        (["How many soldiers were killed?"], "How many women?", "How many women were killed?"),
        (["Who leads ISIS?"], "How many fighters?", "How many fighters? (Who leads ISIS?)"),
        ([MILITANTS], "And how many died?", "how many died? (How many militants are in Mosul?)"),
        (["Where did the civilians go?"], "Why did they leave?", "Why did the civilians leave?"),
        (
            ["Where did the civilians go?"],
            "How many are still in the city?",
            "How many are still in the city? (Where did the civilians go?)",
        ),
        (["Who is the leader of the rebels?"], "Where does the leader live?", "Where does the leader of the rebels live?"),
        (["What did the spiritual leader say?"], "Where is he?", "Where is the spiritual leader?"),
        (["Who leads the operation?"], "How old is he?", "How old is he? (Who leads the operation?)"),
        (["Who is attacking Raqqa?"], "Do they have tanks?", "Do they have tanks? (Who is attacking Raqqa?)"),
        (["Which village did the army retake?"], "When was it taken?", "When was it taken? (Which village did the army retake?)"),
        (["Which unit is leading the offensive?"], "What drives them?", "What drives them? (Which unit is leading the offensive?)"),
        (["Who is the leader of ISIS?"], "What did he say?", "What did the leader of ISIS say?"),
        (["Who leads the operation in Mosul?"], "What happened there?", "What happened in Mosul?"),
        (["What forces are near Mosul?"], "Where do they come from?", "Where do the forces come from?"),
        (["Where is Mosul?"], "Who lives there?", "Who lives in Mosul?"),
        (["What is the population of Mosul?"], "And in Raqqa?", "What is the population of Raqqa?"),
        (["Is the northern district safe?"], "And the southern?", "Is the southern district safe?"),
        (["What happened in 2014?"], "And in 2016?", "What happened in 2016?"),
        (["What is the Scorpion Unit?"], "What about the Guard?", "What is the Guard?"),
        (["What has Rui Calado told the court about Black Heron?"], "how much did they pay him?", "How much did they pay Rui Calado?"),
        (["Why did Ilse Morav leave the Lantern movement?"], "And where does she live", "Where does Ilse Morav live?"),
        (["What did Reuters say about Baghdadi?"], "Where is he?", "Where is Baghdadi?"),
        (["Where did the fire start, according to Sigrun Vail?"], "who hired her in May?", "Who hired Sigrun Vail in May?"),
        (["Was the Limpet 1 lost?"], "When was it launched?", "When was Limpet 1 launched?"),
        (["What is the Brotherhood of the Lamp?"], "What do they want?", "What do Brotherhood of the Lamp want?"),
        (
            ["Is the bridge in Ketmar open?", "Who is the engineer?"],
            "Where does she live?",
            "Where does the engineer live? (Is the bridge in Ketmar open?)",
        ),
        (
            ["How many teachers does the school have?", "And who is the headmistress?"],
            "How old is she?",
            "How old is the headmistress? (How many teachers does the school have?)",
        ),
        (
            ["How much oil leaked, according to the coast guard?"],
            "what about the scientists",
            "How much oil leaked, according to the scientists?",
        ),
        (["Where did the army enter the valley?"], "And the Border Guards?", "Where did the Border Guards enter the valley?"),
        (["What is the inflation rate in Turkey?"], "is it rising", "Is the inflation rate in Turkey rising?"),
        (["Was the mayor of Dorwick bribed?"], "who paid him", "Who paid the mayor of Dorwick?"),
        (["What is the price of oil?"], "is it rising", "Is the price of oil rising?"),
        (["Has the factory been closed?"], "when was it built", "When was the factory built?"),
        (["why did boris johnson resign"], "who replaced him", "who replaced him? (why did boris johnson resign?)"),
        (["Did Musk sue OpenAI?"], "did he win", "Did Musk win?"),
        (["Did Israel and Hamas agree on a ceasefire?"], "what did they say", "What did Israel and Hamas say?"),
        (["Who is the CEO of Nordvik?"], "And of Volta?", "Who is the CEO of Volta?"),
        (["Where does Dr. Amy Chen work?"], "how old is she", "How old is Dr. Amy Chen?"),
        (["How many died in the floods in Valencia?"], "ok and in Lebanon?", "How many died in the floods in Lebanon?"),
        (["How many died in the floods in Valencia?"], "sorry, I meant in Lebanon", "How many died in the floods in Lebanon?"),
        (["What is the death toll in Gaza?"], "according to Israel?", "What is the death toll in Gaza, according to Israel?"),
        (["What did the finance minister say?"], "and the unions?", "What did the unions say?"),
        (["How many medals did Norway win in 2018?"], "and Sweden in 2022", "How many medals did Sweden win in 2022?"),
        (["How many people were charged?"], "how many were women?", "how many were women? (How many people were charged?)"),
        (["What happened in Ketmar?"], "How many dead?", "How many dead? (What happened in Ketmar?)"),
        (["What happened in Ketmar?"], "Was anybody important hurt", "Was anybody important hurt? (What happened in Ketmar?)"),
        (["What happened in Ketmar?"], "Any arrests?", "Any arrests? (What happened in Ketmar?)"),
        (["What happened in Ketmar?", "Any arrests?"], "And in Corran?", "Any arrests, in Corran? (What happened in Ketmar?)"),
        (["Were people used as shields in Corran?"], "Who said that?", "Who said so: were people used as shields in Corran?"),
        (["How many militants are in Mosul?"], "And who says so", "Who says so: how many militants are in Mosul?"),
        (["Who leads ISIS?"], "Who said it was safe?", "Who said ISIS was safe?"),
        (
            ["Which unit leads the offensive into western Mosul?"],
            "And into eastern Mosul?",
            "Which unit leads the offensive into eastern Mosul?",
        ),
    ],
)
def test_a_follow_up_takes_from_the_history_what_it_leaves_out(history: list[str], question: str, query: str) -> None:
    assert understand(question, history) == query


@pytest.mark.parametrize(
    "question",
    [
        "What is the population of Mosul?",
        "Who won the football world cup in 1998?",
        "So who won the world cup?",
        "And who won the football world cup in 1998?",
        "But what about the price of gold in London today?",
        "Did Baghdadi say that he would stay?",
        "Is it true that Baghdadi is dead?",
        "Is it known who leads the Scorpion Unit?",
        "Are there any bridges in Raqqa?",
        "What is a prime number?",
        "What is inflation?",
        "How many inhabitants does Kettleby have?",
        "tell me about Greta Thunberg",
        "list the candidates",
        "Is it raining in London?",
        "who won the election this year?",
        "Who finances the River Front?",
        "Who pays the town hall for its cleaners?",
        "How many IT jobs were cut at Volta?",
        "How does photosynthesis turn light into sugar?",
    ],
)
def test_a_question_that_stands_alone_takes_nothing_from_the_history(question: str) -> None:
    assert understand(question, [MILITANTS, BAGHDADI]) == question


@pytest.mark.parametrize(
    ("before", "question", "query"),
    [
        ("Who leads the Hill Volunteers?", "What was her job before?", "What was Mirela Osk's job before?"),
        ("Who is the leader of the Hill Volunteers?", "How old is she?", "How old is Mirela Osk?"),
        ("Which woman leads the volunteers?", "Who hired her?", "Who hired Mirela Osk?"),
        ("Which countries did Piet Lann want to attack?", "How old is he?", "How old is Piet Lann?"),
        ("Where did the driver go?", "Who recognised him?", "Who recognised the driver?"),
        ("Where does Mirela Osk live?", "Who lives there, too?", "Who lives there, too? (Where does Mirela Osk live?)"),
    ],
)
def test_a_pronoun_for_whom_the_question_before_asks_takes_the_name_that_answers_it(before: str, question: str, query: str) -> None:
    asked: list[str] = []

    def name_of(asked_before: str) -> str:
        asked.append(asked_before)
        return "Mirela Osk"

    assert understand(question, [before], name_of) == query
    assert set(asked) <= {before}


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Abu Bakr al-Baghdadi", "What is Baghdadi's real name?"),
        ("Lieutenant Colonel Safeen Rasoul", "What is Rasoul's real name?"),
        ("Piet Lann", "What is Piet Lann's real name?"),
    ],
)
def test_a_long_name_is_asked_about_by_its_last_part(name: str, query: str) -> None:
    assert understand("What is his real name?", ["Who leads the group?"], lambda _: name) == query


def test_there_is_where_the_question_before_asks_for() -> None:
    assert understand("Who lives there?", ["Where was the driver caught?"], lambda _: "Corran") == "Who lives in Corran?"


def test_a_name_that_the_question_itself_has_is_not_its_answer() -> None:
    query = understand("How old is she?", ["Who leads the Hill Volunteers?"], lambda _: "Hill Volunteers")
    assert query == "How old is she? (Who leads the Hill Volunteers?)"


@pytest.mark.parametrize("history", [[], ["Hello"], ["Hi", "Thanks!"]])
def test_without_an_earlier_question_a_follow_up_is_left_as_it_is(history: list[str]) -> None:
    assert understand("Where is he?", history) == "Where is he?"


def test_the_same_question_and_history_give_the_same_query_however_often_it_is_read() -> None:
    once = understand("What is his real name?", [BAGHDADI])
    assert understand(once, [BAGHDADI]) == once


def test_of_a_long_conversation_the_last_questions_are_looked_at() -> None:
    history = [BAGHDADI, *["And in the south?"] * 5_000, "Who leads the offensive?"]
    assert understand("Where is he from?", history) == understand("Where is he from?", history[-REMEMBERED:])
    assert understand("And in the north?", [BAGHDADI, *["And in the south?"] * 5_000]) == "And in the north?"


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        ("  Where\tis \n Mosul? ", "Where is Mosul?"),
        ("Where is Mo\x00sul\x1b?", "Where is Mo sul ?"),
        ("Where is \u202eMosul\u202c?", "Where is Mosul ?"),
        ("Where is \u200bMosul?", "Where is Mosul?"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("¿Dónde está Mosul?", "¿Dónde está Mosul?"),
        ("a" * LONGEST_QUESTION, "a" * LONGEST_QUESTION),
        ("\ud800 Mosul", "Mosul"),
    ],
)
def test_a_question_is_one_line_of_visible_characters(typed: str, question: str) -> None:
    assert clean(typed) == question


@pytest.mark.parametrize("typed", ["", "   ", "\n\t", "?!", "\u200b\u200b", "…", "\x00\x01"])
def test_a_question_without_a_letter_is_refused(typed: str) -> None:
    with pytest.raises(QuestionError) as raised:
        clean(typed)
    assert str(raised.value) == "The question is empty. Ask something about the articles."


def test_what_was_refused_when_it_was_asked_is_no_part_of_the_conversation() -> None:
    assert earlier(["Who leads the offensive?", "x" * 2001, " ?! ", " And  in the south? "]) == [
        "Who leads the offensive?",
        "And in the south?",
    ]


def test_a_question_that_is_far_too_long_is_refused_with_its_length() -> None:
    with pytest.raises(QuestionError) as raised:
        clean("why " * 25_000)
    assert str(raised.value) == "The question has 100,000 characters; at most 2,000 are read. Ask in fewer words."
