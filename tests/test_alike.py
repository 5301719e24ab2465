"""Near-duplicates are one source: found, verified, stable, and never two reports by different hands."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.kills import cheap_embedder
from eval.stories import stories
from rag import Assistant
from rag.alike import Member, aliases, same_source, shingles, signature
from rag.index import Index
from rag.settings import Settings
from rag.types import Alias
from tests.conftest import SEEDS, Run, write_articles

WORDS = [f"{a}{b}" for a in "bal cor dun fen gal hol kin lor mar nel".split() for b in "ba de fi go lu ma ne po ra si".split()]


def story(seed: int, sentences: int = 24) -> str:
    chance = random.Random(seed)
    made = [" ".join(chance.choices(WORDS, k=12)).capitalize() + "." for _ in range(sentences)]
    return "\n\n".join(" ".join(made[i : i + 4]) for i in range(0, len(made), 4))


def print_of(text: str, seed: int) -> str:
    """As another outlet prints it: a few words of its own, the last paragraph left out."""
    chance = random.Random(seed)
    words = text.rsplit("\n\n", 1)[0].split(" ")
    for i in chance.sample(range(len(words)), 5):
        words[i] = chance.choice(WORDS)
    return "The agency reports. " + " ".join(words)


@pytest.fixture
def index(tmp_path: Path, settings: Settings) -> Iterator[Index]:
    made = Index(write_articles(tmp_path / "corpus", {"one.md": story(1), "two.md": story(2), "three.md": story(3)}), settings)
    made.embedder = cheap_embedder()
    yield made
    made.close()


def retrieved(index: Index) -> set[str]:
    return {i.partition("#")[0] for i in index.manifest.passage_ids()}


def families(index: Index) -> dict[str, list[str]]:
    return {a.id: [alias.id for alias in a.aliases] for a in index.manifest.articles()}


def test_a_story_that_another_outlet_prints_is_an_alias_of_the_more_complete_one(index: Index) -> None:
    write_articles(index.corpus, {"wire.md": f"---\ntitle: Wire\noutlet: The Courier\npublished: 2019-03-04\n---\n{print_of(story(1), 5)}"})
    report = index.update()
    assert (report.articles, report.duplicates) == (3, 1)
    assert [(p.file, p.reason) for p in report.duplicate_files] == [("wire.md", "is a near-duplicate of one.md")]
    assert retrieved(index) == {"one", "two", "three"}
    assert index.article("one").aliases == (Alias("wire", "Wire", "The Courier", "2019-03-04", "wire.md"),)
    assert (index.article("wire").alias_of, index.article("wire").aliases) == ("one", ())
    assert index.update().duplicates == 1


def test_an_updated_version_takes_the_place_of_the_first_one(index: Index) -> None:
    index.update()
    write_articles(index.corpus, {"one-updated.md": f"{story(1)}\n\n{story(77)}"})
    index.update()
    assert families(index) == {"one-updated": ["one"], "three": [], "two": []}
    assert retrieved(index) == {"one-updated", "three", "two"}


def test_when_the_one_that_stands_for_others_goes_an_alias_stands_for_itself(index: Index) -> None:
    write_articles(index.corpus, {"wire.md": print_of(story(1), 5), "other.md": print_of(story(1), 6)})
    index.update()
    assert families(index) == {"one": ["other", "wire"], "three": [], "two": []}
    (index.corpus / "one.md").unlink()
    index.update()
    assert families(index) == {"other": ["wire"], "three": [], "two": []}
    assert index.caches.bm25.abouts() == index.caches.vectors.abouts() == index.manifest.abouts()


def test_who_stands_for_whom_does_not_depend_on_the_order_of_indexing(tmp_path: Path, settings: Settings) -> None:
    articles: dict[str, str | bytes] = {}
    for n in range(6):
        articles |= {f"{n}a.md": story(n), f"{n}b.md": print_of(story(n), n), f"{n}c.md": f"{story(n)} x"}
    found = []
    for number in range(3):
        (tmp_path / f"corpus-{number}").mkdir()
        index = Index(tmp_path / f"corpus-{number}", settings)
        index.embedder = cheap_embedder()
        names = random.Random(number).sample(sorted(articles), len(articles))
        for start in range(0, len(names), 5):
            write_articles(index.corpus, {name: articles[name] for name in names[start : start + 5]})
            index.update()
        found.append(families(index))
        index.close()
    assert found[0] == found[1] == found[2] == {f"{n}c": [f"{n}a", f"{n}b"] for n in range(6)}


def test_only_new_texts_are_hashed(index: Index) -> None:
    index.update()
    before = index.manifest.signatures()
    (index.corpus / "two.md").rename(index.corpus / "second.md")
    write_articles(index.corpus, {"four.md": story(4)})
    index.update()
    assert len(index.manifest.signatures()) == 4
    assert before.items() <= index.manifest.signatures().items()
    (index.corpus / "four.md").unlink()
    index.update()
    assert index.manifest.signatures() == before


def test_reports_of_one_event_by_different_hands_are_never_one_source() -> None:
    folders = [SEEDS, *(story.articles for story in stories())]
    for folder in folders:
        texts = {path.name: shingles(path.read_text()) for path in folder.iterdir()}
        assert not [(a, b) for a, b in itertools.combinations(texts, 2) if same_source(texts[a], texts[b])]


def test_forms_that_differ_in_their_numbers_are_not_one_source() -> None:
    def form(n: int) -> str:
        return " ".join(f"The index of sector {n + k} closed at {n * k + 37} points on day {n}." for k in range(30))

    assert not same_source(shingles(form(1)), shingles(form(2)))


def test_short_texts_are_one_source_only_where_they_are_equal(index: Index) -> None:
    write_articles(index.corpus, {"a.md": "The mill burned down on Monday.", "b.md": "The mill burned down on Monday again."})
    assert index.update().duplicates == 0


def test_the_first_in_order_stands_for_the_others() -> None:
    texts = {"long": story(1) + " more", "late": story(1), "early": story(1).lower(), "undated": story(1).upper()}
    dates = {"long": None, "late": "2019-03-05", "early": "2019-03-04", "undated": None}
    signatures = {i: signature(text) for i, text in texts.items()}
    for left_out, first in (((), "long"), (("long",), "early"), (("long", "early"), "late")):
        members = [Member(i, i, signatures[i][0], dates[i]) for i in texts if i not in left_out]
        found = aliases(members, signatures, lambda a, b: same_source(shingles(texts[a]), shingles(texts[b])))
        assert found == {m.id: first for m in members if m.id != first}


def test_a_chain_of_similar_texts_is_not_one_source() -> None:
    sentences = story(9, 40).replace("\n\n", " ").split(". ")
    texts = {str(n): ". ".join(sentences[n * 8 : n * 8 + 24]) for n in range(3)}
    signatures = {i: signature(text) for i, text in texts.items()}
    members = [Member(i, i, signatures[i][0], None) for i in texts]
    found = aliases(members, signatures, lambda a, b: same_source(shingles(texts[a]), shingles(texts[b])))
    assert "2" not in found


def test_all_known_copies_among_many_are_found_and_no_others() -> None:
    texts = {f"{n:03}": story(n) for n in range(400)} | {f"{n:03}-copy": print_of(story(n), n) for n in range(0, 400, 10)}
    signatures = {i: signature(text) for i, text in texts.items()}
    members = [Member(i, i, signatures[i][0], None) for i in texts]
    found = aliases(members, signatures, lambda a, b: same_source(shingles(texts[a]), shingles(texts[b])))
    assert found == {f"{n:03}-copy": f"{n:03}" for n in range(0, 400, 10)}


def test_a_copy_is_never_cited_beside_its_original_nor_a_side_of_a_conflict(tmp_path: Path, settings: Settings) -> None:
    corpus = write_articles(tmp_path / "corpus", {path.name: path.read_bytes() for path in SEEDS.iterdir()})
    text = (corpus / "001-iraqi-forces-enter-mosul.md").read_text().split("---\n")[-1]
    changed = text.replace("7,500", "9,000").rsplit("\n\n", 1)[0]
    write_articles(corpus, {"copy.md": f"---\noutlet: The Courier\n---\n{changed}"})
    opened = Assistant.open(corpus, settings)
    answer = opened.ask("How many militants are there in Mosul?")
    assert {side.article_id for conflict in answer.conflicts for side in conflict.sides} == {"001", "004"}
    assert "copy" not in {e.passage.article_id for e in opened.retrieve("How many militants are there in Mosul?", 50)}
    assert [a.id for a in opened.articles() if a.aliases] == ["001"]
    opened.close()


def test_show_and_articles_name_the_aliases(run: Run, tmp_path: Path) -> None:
    corpus = write_articles(tmp_path / "corpus", {"one.md": story(1), "wire.md": f"---\ntitle: Wire\n---\n{print_of(story(1), 5)}"})
    (one,) = json.loads(run("rag", "articles", "--corpus", str(corpus), "--json").stdout)
    assert one["aliases"] == [{"id": "wire", "title": "Wire", "outlet": None, "published": None, "path": "wire.md"}]
    assert "\nThe same source: [wire] Wire (no outlet or date known)\n" in run("rag", "show", "one", "--corpus", str(corpus)).stdout
    shown = run("rag", "show", "wire", "--corpus", str(corpus)).stdout
    assert "\nThe same source as [one], which is asked in its place.\n" in shown
    assert run("rag", "index", str(corpus)).stdout.endswith("\n  wire.md: is a near-duplicate of one.md\n")
