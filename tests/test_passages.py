"""Article → passages: offsets hold, nothing is lost, and the same words have the same ids."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.ingest import parse
from rag.passages import LONGEST_SENTENCE, PASSAGE_CHARS, sentence_spans, split_article
from rag.types import Article, Passage
from tests.conftest import SEEDS

WORDS = "The harbour was closed Dr. e.g. 3.5 “No!” he said U.S. naïve … ? . 😀 don't ‘quoted Tuesday.".split() + ["\n", "\n\n"]
TEXTS = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=400),
    st.lists(st.sampled_from(WORDS), max_size=500).map(" ".join),
)


def article(text: str) -> Article:
    return Article(id="a", title="", text=text, path="a.md")


def seeds() -> list[Article]:
    return [parse(path.name, path.read_bytes())[1] for path in sorted(SEEDS.glob("*.md"))]


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_every_word_is_in_one_sentence_and_every_sentence_in_one_passage(text: str) -> None:
    passages = split_article(article(text))
    sentences = [span for passage in passages for span in passage.sentences]
    assert sentences == sentence_spans(text)
    assert all(start < end for start, end in sentences)
    assert all(before[1] <= after[0] for before, after in zip(sentences, sentences[1:], strict=False))
    assert "".join("".join(text[s:e].split()) for s, e in sentences) == "".join(text.split())


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_a_passage_is_the_words_between_its_offsets(text: str) -> None:
    for passage in split_article(article(text)):
        assert text[passage.start : passage.end] == passage.text
        assert (passage.start, passage.end) == (passage.sentences[0][0], passage.sentences[-1][1])
        assert passage.text == passage.text.strip()


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_the_same_text_twice_has_the_same_passages_and_no_id_twice(text: str) -> None:
    passages = split_article(article(text))
    assert split_article(article(text)) == passages
    assert len({p.id for p in passages}) == len(passages)


def test_repeated_words_have_places_of_their_own() -> None:
    text = "The harbour was closed.\n" * 200
    passages = split_article(article(text))
    assert len({p.start for p in passages}) == len(passages) > 1
    assert sum(len(p.sentences) for p in passages) == 200


def test_passages_of_the_seed_articles_are_neither_long_nor_cut_within_a_sentence() -> None:
    passages = [p for a in seeds() for p in split_article(a)]
    assert all(len(p.text) <= PASSAGE_CHARS for p in passages)
    assert all(p.text[-1] in ".?!”\"'’:" for p in passages)


def test_a_sentence_longer_than_a_passage_is_kept_whole() -> None:
    text = "A " + "very " * (PASSAGE_CHARS // 4) + "long line."
    (passage,) = split_article(article(text))
    assert passage.text == text


def test_a_direct_quotation_of_many_sentences_is_split() -> None:
    said = " ".join(f"We walked for {n} hours that day." for n in range(20, 50))
    text = f'She said: "{said}" Then she left.'
    assert len(text) > LONGEST_SENTENCE
    spans = [text[s:e] for s, e in sentence_spans(text)]
    assert "We walked for 30 hours that day." in spans and spans[-1] == "Then she left."


def test_abbreviations_and_numbers_do_not_end_a_sentence() -> None:
    text = "Dr. Lee of the U.S. Navy paid 3.5 million for it. Nobody knew."
    assert [text[s:e] for s, e in sentence_spans(text)] == [
        "Dr. Lee of the U.S. Navy paid 3.5 million for it.",
        "Nobody knew.",
    ]


def test_an_id_tells_the_article_the_place_and_the_words() -> None:
    (passage,) = split_article(article("The harbour was closed."))
    assert passage == Passage("a#0-7eed4fc3de2c", "a", 0, 23, "The harbour was closed.", ((0, 23),))


def test_an_article_of_white_space_has_no_passage() -> None:
    assert split_article(article(" \n\t\n ")) == []
