"""What the page shows for events and answers, compared as whole values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.types import (
    Abstention,
    Answer,
    Article,
    Citation,
    Conflict,
    Done,
    Draft,
    Evidence,
    Passage,
    Progress,
    Side,
    Statement,
    Timings,
    Understood,
    Withheld,
)
from rag.wire import answer_json
from ui import reading, render
from ui.reading import Quoted
from ui.render import Turn, turn_view

ARTICLE = Article(
    "001",
    "Forces enter Mosul",
    "Dawn.\n\nUp to 7,500 militants are there. 🏙️ Nobody knows.",
    "001.md",
    "The Independent",
    "2016-11-03",
    "Mosul",
)
CITED = Citation("001", "Forces enter Mosul", "The Independent", "2016-11-03", "Up to 7,500 militants", 7, 28)
UNDATED = Citation("004", "A withdrawal", None, None, "a few thousand", 30, 44)
QUICK = Timings(3, 20, 2, 25.4)
CHIP = {
    "number": 1,
    "source": "The Independent",
    "name": "Citation 1: The Independent, article 001, 3 Nov 2016, Forces enter Mosul",
    "about": "The Independent · 3 Nov 2016 · Forces enter Mosul",
    "quotation": "Up to 7,500 militants",
    "article_id": "001",
    "start": 7,
    "end": 28,
}
FOOT = {"kind": "foot", "text": "extractive writer · 0.03 s", "passages": []}


def find(article_id: str) -> Article | None:
    return ARTICLE if article_id == ARTICLE.id else None


def answer(*statements: Statement, **rest: object) -> Answer:
    values = {"withheld": (), "conflicts": (), "abstention": None, "writer": "extractive", "model": None} | rest
    return Answer("how many?", "how many", statements, timings_ms=QUICK, **values)  # type: ignore[arg-type]


def parts(turn: Turn) -> list[render.Part]:
    return turn_view(turn, find)["parts"]  # type: ignore[no-any-return]


def after(*events: object) -> Turn:
    turn = Turn("how many?")
    for event in events:
        turn.take(event)  # type: ignore[arg-type]
    return turn


def test_a_statement_carries_its_citation_as_a_chip_with_a_name_and_the_quotation():
    whole = answer(Statement("There are 7,500.", (CITED,)))
    assert turn_view(after(Done(whole)), find) == {
        "question": "how many?",
        "running": False,
        "parts": [
            {"kind": "statement", "text": "There are 7,500.", "chips": [CHIP]},
            FOOT,
        ],
        "answer": answer_json(whole),
    }


def test_a_chip_without_outlet_names_the_article():
    chip = render.chip(UNDATED, None, None, "A withdrawal", render.Numbers())
    assert (chip["source"], chip["name"]) == ("article 004", "Citation 1: article 004, A withdrawal")


def test_the_same_quotation_keeps_its_number_through_an_answer():
    turn = after(Done(answer(Statement("A.", (CITED, UNDATED)), Statement("B.", (UNDATED, CITED)))))
    assert [[c["number"] for c in p["chips"]] for p in parts(turn)[:2]] == [[1, 2], [2, 1]]


def test_while_a_draft_streams_it_stays_apart_from_the_verified_sentences():
    turn = after(Statement("There are 7,500.", (CITED,)), Draft("And they"))
    assert parts(turn) == [
        {"kind": "statement", "text": "There are 7,500.", "chips": [CHIP]},
        {"kind": "draft", "text": "And they"},
        {"kind": "progress", "text": "checking …"},
    ]


def test_a_verified_sentence_replaces_the_draft_it_came_from():
    turn = after(Draft("There are"), Statement("There are 7,500.", (CITED,)))
    assert [p["kind"] for p in parts(turn)] == ["statement", "progress"]


def test_progress_is_said_until_there_is_text():
    assert parts(after(Progress("loading the model"))) == [{"kind": "progress", "text": "loading the model"}]
    assert parts(after(Progress("loading the model"), Draft("A"))) == [
        {"kind": "draft", "text": "A"},
        {"kind": "progress", "text": "checking …"},
    ]


def test_the_finished_answer_replaces_everything_that_streamed():
    turn = after(Statement("Broken off.", (UNDATED,)), Draft("and"), Done(answer(Statement("Whole.", (CITED,)))))
    assert [p.get("text") for p in parts(turn)] == ["Whole.", "extractive writer · 0.03 s"]


def test_the_query_is_shown_when_it_says_something_else_than_the_question():
    assert parts(after(Understood("how many militants")))[0] == {"kind": "understood", "query": "how many militants"}
    assert [p["kind"] for p in parts(after(Understood(" How  many ")))] == ["progress"]


def test_withheld_sentences_are_counted_with_their_reasons():
    one = (Withheld("A colonel led them.", "no article names a colonel"),)
    assert render.withheld_part(one) == {
        "kind": "withheld",
        "summary": "1 sentence withheld: not supported by the articles",
        "items": [{"text": "A colonel led them.", "reason": "no article names a colonel"}],
    }
    assert render.withheld_part(one * 2)["summary"] == "2 sentences withheld: not supported by the articles"


def test_each_side_of_a_conflict_has_value_outlet_date_and_chip():
    sides = (Side("7,500", "001", "Up to 7,500 militants", 7, 28), Side("few", "009", "a few thousand", 30, 44))
    part = render.conflict_part(Conflict("how many", sides), "militants?", find, render.Numbers())
    assert part["sides"][0] == {
        "value": "7,500",
        "quotation": "Up to 7,500 militants",
        "title": "Forces enter Mosul",
        "published": "3 Nov 2016",
        "chip": CHIP,
    }
    assert (part["sides"][1]["published"], part["sides"][1]["chip"]["source"]) == ("no date", "article 009")


def test_a_conflict_does_not_repeat_what_stands_above_it_word_for_word():
    sides = (Side("7,500", "001", "Up to 7,500 militants", 7, 28), Side("few", "009", "a few thousand", 30, 44))
    disagree = Conflict("how many", sides)
    turn = Turn("militants?")
    turn.take(Done(answer(Statement("Up to 7,500 militants are there.", (CITED,)), conflicts=(disagree,))))
    (card,) = [part for part in turn_view(turn, find)["parts"] if part["kind"] == "conflict"]
    assert [side["quotation"] for side in card["sides"]] == ["", "a few thousand"]


def test_an_abstention_names_the_nearest_articles_at_their_nearest_passage():
    looked_at = {
        "article_id": "001",
        "start": 7,
        "end": 40,
        "title": "Forces enter Mosul",
        "source": "The Independent · 3 Nov 2016",
        "score": "0.20",
        "words": "Up to 7,500 militants are there.",
    }
    passage = Passage("001#7", "001", 7, 40, "Up to 7,500 militants are there.", ((7, 40),))
    none = answer(abstention=Abstention("Not said.", ("001", "009")), evidence=(Evidence(passage, 0.2, 1),))
    turn = after(Done(none))
    turn.suggestions = ("What is said about Mosul?",)
    assert parts(turn) == [
        {
            "kind": "abstention",
            "reason": "Not said.",
            "searched": "Searched for “how many”; the nearest 1 passage, in 1 article, do not answer it.",
            "suggestions": ["What is said about Mosul?"],
            "nearest": [
                {
                    "article_id": "001",
                    "title": "Forces enter Mosul",
                    "source": "The Independent · 3 Nov 2016",
                    "start": 7,
                    "end": 40,
                },
                {"article_id": "009", "title": "", "source": "article 009", "start": 0, "end": 0},
            ],
        },
        {"kind": "foot", "text": "extractive writer · 0.03 s · 1 passage looked at", "passages": [looked_at]},
    ]


def test_what_was_said_without_a_search_is_a_reply_and_not_an_abstention():
    greeted = answer(abstention=Abstention("Hello. Ask about the articles.", ()))
    assert parts(after(Done(greeted))) == [{"kind": "reply", "text": "Hello. Ask about the articles."}]


def test_notices_stand_just_above_the_line_that_names_writer_model_and_seconds():
    done = answer(Statement("A.", (CITED,)), writer="ollama", model="m", notices=("Ollama is busy.",))
    assert parts(after(Done(done)))[1:] == [
        {"kind": "notice", "text": "Ollama is busy."},
        {"kind": "foot", "text": "ollama writer · m · 0.03 s", "passages": []},
    ]


def test_a_stopped_answer_keeps_what_was_verified_and_drops_the_draft():
    turn = after(Statement("A.", (CITED,)), Draft("and then"))
    turn.stopped = True
    assert parts(turn)[1:] == [{"kind": "notice", "text": "Stopped. What is shown above was verified."}]


def test_an_error_ends_the_turn():
    turn = after(Draft("A"))
    turn.error = "The index is gone."
    assert (turn.running, parts(turn)) == (False, [{"kind": "error", "text": "The index is gone."}])


def test_what_a_conflict_is_about_is_said_unless_it_is_the_question():
    disagree = Conflict("How many militants?", ())
    assert render.conflict_part(disagree, "how many militants", find, render.Numbers())["about"] == ""
    assert render.conflict_part(disagree, "and in Mosul?", find, render.Numbers())["about"] == "How many militants?"


def test_seconds_are_as_exact_as_a_reader_needs():
    assert [render.seconds(ms) for ms in (4, 25.4, 2_040, 90_000)] == ["under 0.01 s", "0.03 s", "2.0 s", "1.5 min"]


def test_a_date_is_written_out_and_anything_else_is_left_alone():
    assert [render.day(d) for d in ("2016-11-07", "November 2016", None)] == ["7 Nov 2016", "November 2016", ""]


def test_an_article_is_cut_into_paragraphs_with_the_quotation_marked():
    assert reading.article_view(ARTICLE, 7, 28) == {
        "id": "001",
        "title": "Forces enter Mosul",
        "byline": "The Independent · 3 Nov 2016 · Mosul",
        "paragraphs": [
            [("Dawn.", "")],
            [("Up to 7,500 militants", "quoted"), (" are there. 🏙️ Nobody knows.", "")],
        ],
    }


def test_quotations_that_were_used_before_are_told_from_the_one_that_is_open():
    view = reading.article_view(ARTICLE, 13, 28, [(0, 4), (7, 18), (40, 999), (90, 95), (5, 2)])
    assert view["paragraphs"] == [
        [("Dawn", "used"), (".", "")],
        [("Up to ", "used"), ("7,500 militants", "quoted"), (" are there. ", ""), ("🏙️ Nobody knows.", "used")],
    ]
    used = (Quoted(0, 5, "Nobody knows"), Quoted(0, 5, "gone"), Quoted(3, 9))
    view = reading.quoted_view(ARTICLE, Quoted(0, 0), used)
    assert [run for runs in view["paragraphs"] for run in runs if run[1]] == [("Nobody knows", "used")]


def test_a_quotation_that_moved_since_is_found_again_and_one_that_is_gone_is_said_to_be():
    moved = reading.quoted_view(ARTICLE, Quoted(0, 5, "7,500 militants"))
    assert [words for runs in moved["paragraphs"] for words, marked in runs if marked] == ["7,500 militants"]
    assert moved["note"] == "The article has changed since; the quotation is still in it."
    gone = reading.quoted_view(ARTICLE, Quoted(0, 5, "8,000 militants"))
    assert not any(marked for runs in gone["paragraphs"] for _, marked in runs)
    assert gone["note"] == "The article has changed since. It no longer has: “8,000 militants”"


def test_of_a_passage_that_was_looked_at_the_beginning_is_shown():
    long = Passage("001#0", "001", 0, 900, "word " * 180, ((0, 900),))
    part = render.foot_part(answer(evidence=(Evidence(long, 0.5, 1),)), find)
    assert part["passages"][0]["words"] == " ".join(["word"] * 32) + " …"


@given(st.text(alphabet="ab 🏙\n", max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_the_marked_words_are_exactly_the_quotation_but_for_space_between_paragraphs(text: str, start: int, end: int):
    view = reading.article_view(Article("1", "T", text, "1.md"), start, end)
    runs = [run for paragraph in view["paragraphs"] for run in paragraph]
    assert "".join("".join(w for w, _ in runs).split()) == "".join(text.split())
    assert "".join("".join(w for w, marked in runs if marked).split()) == "".join(text[start:end].split())


def test_examples_come_from_the_titles_of_an_unknown_corpus():
    assert render.examples([ARTICLE]) == ["What does “Forces enter Mosul” say?"]


def test_the_status_line_counts_and_names_the_writer():
    assert render.status_view(1, 1200, "ollama", "m", "Ollama answers.") == {
        "state": "ready",
        "line": "1 article · 1,200 passages · ollama writer with m",
        "why": "Ollama answers.",
    }
