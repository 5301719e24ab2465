"""The index follows its folder, and says what is wrong with a place."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rag.embed import Embedder
from rag.errors import CorpusError, SettingError
from rag.index import Index
from rag.settings import Settings
from tests.conftest import child_environment, write_articles
from tests.harbour import again, agree, embedded, vectors


def test_a_build_has_every_passage_in_all_three_places(index: Index) -> None:
    assert {i.partition("#")[0] for i in agree(index)} == {"bridge", "harbour", "school"}
    assert index.manifest.counts() == (3, 3)
    assert len(embedded(index)) == 6


def test_opening_an_unchanged_corpus_embeds_nothing(index: Index) -> None:
    opened = again(index)
    report = opened.update()
    assert (report.unchanged, report.added, report.changed, report.removed) == (3, 0, 0, 0)
    assert embedded(opened) == []
    opened.close()


def test_asking_an_unchanged_corpus_imports_no_torch(index: Index, settings: Settings) -> None:
    program = (
        "import sys; from rag import Assistant; a = Assistant.open(sys.argv[1]); a.ask('Why was the harbour closed?'); "
        "print({'torch', 'sentence_transformers', 'transformers', 'gradio', 'llama_index'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program, str(index.corpus)]
    done = subprocess.run(command, env=child_environment(settings), text=True, capture_output=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_a_changed_file_changes_only_itself(index: Index) -> None:
    before = vectors(index)
    (index.corpus / "school.txt").write_text("The school in Tann was sold.")
    opened = again(index)
    report = opened.update()
    assert (report.unchanged, report.added, report.changed, report.removed) == (2, 0, 1, 0)
    assert embedded(opened) == ["The school in Tann was sold."]
    kept = {i for i in agree(opened) if not i.startswith("school")}
    assert kept == {i for i in before if not i.startswith("school")}
    opened.close()


def test_a_file_that_was_only_touched_is_not_embedded_again(index: Index) -> None:
    os.utime(index.corpus / "school.txt")
    opened = again(index)
    assert opened.update().unchanged == 3
    assert embedded(opened) == []
    opened.close()


def test_an_added_file_adds_only_itself(index: Index) -> None:
    before = agree(index)
    write_articles(index.corpus, {"sub/mill.md": "The mill burned down."})
    opened = again(index)
    assert opened.update().added == 1
    assert embedded(opened) == ["The mill burned down."]
    assert {i.partition("#")[0] for i in agree(opened) - before} == {"sub/mill"}
    opened.close()


def test_a_removed_file_is_gone_everywhere(index: Index) -> None:
    (index.corpus / "harbour.md").unlink()
    opened = again(index)
    assert opened.update().removed == 1
    assert embedded(opened) == []
    assert {i.partition("#")[0] for i in agree(opened)} == {"bridge", "school"}
    with pytest.raises(CorpusError, match=r"^There is no article 'harbour' in corpus\."):
        opened.article("harbour")
    opened.close()


def test_a_renamed_file_keeps_its_embedding(index: Index) -> None:
    (index.corpus / "harbour.md").rename(index.corpus / "port.md")
    opened = again(index)
    report = opened.update()
    assert (report.added, report.removed, report.unchanged) == (1, 1, 2)
    assert embedded(opened) == []
    assert {i.partition("#")[0] for i in agree(opened)} == {"bridge", "port", "school"}
    opened.close()


def test_an_article_whose_id_is_in_its_file_survives_a_rename_with_its_passages(index: Index) -> None:
    write_articles(index.corpus, {"mill.md": "---\nid: M\n---\nThe mill burned down."})
    index.update()
    before = agree(index)
    (index.corpus / "mill.md").rename(index.corpus / "windmill.md")
    index.update()
    assert agree(index) == before
    assert index.article("M").path == "windmill.md"


def test_when_the_first_of_two_equal_files_goes_the_other_takes_its_place(index: Index) -> None:
    shutil.copy(index.corpus / "harbour.md", index.corpus / "harbour-2.md")
    assert index.update().duplicates == 1
    (index.corpus / "harbour.md").unlink()
    report = index.update()
    assert (report.duplicates, report.removed, report.articles) == (0, 1, 3)
    assert {i.partition("#")[0] for i in agree(index)} == {"bridge", "harbour-2", "school"}


def test_the_last_article_cannot_be_taken_away_unnoticed(index: Index) -> None:
    for path in index.corpus.iterdir():
        path.unlink()
    with pytest.raises(CorpusError) as raised:
        index.update()
    assert str(raised.value) == f"The corpus folder {str(index.corpus)!r} is empty. Put .txt or .md articles into it."


def test_a_file_in_the_place_of_the_data_directory_is_named(corpus: Path, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    unusable = settings.model_copy(update={"data_dir": tmp_path / "file"})
    with pytest.raises(SettingError) as raised:
        Index(corpus, unusable)
    assert str(raised.value) == (
        f"DATA_DIR={str(tmp_path / 'file')!r} cannot be written (Not a directory). Set DATA_DIR to a folder that can."
    )


def test_a_data_directory_inside_the_corpus_is_refused(corpus: Path, settings: Settings) -> None:
    inside = settings.model_copy(update={"data_dir": corpus / "data"})
    with pytest.raises(SettingError) as raised:
        Index(corpus, inside)
    assert str(raised.value) == f"DATA_DIR={str(corpus / 'data')!r} is inside the corpus folder. Choose one outside of it."
    assert not (corpus / "data").exists()


def test_a_corpus_that_is_missing_leaves_nothing_behind(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(CorpusError):
        Index(tmp_path / "nowhere", settings)
    assert not (settings.data_dir / "corpora").exists()


def test_two_corpora_of_one_name_have_indexes_of_their_own(tmp_path: Path, settings: Settings, embedder: Embedder) -> None:
    for place, text in (("a", "The mill burned down."), ("b", "The school was sold.")):
        index = Index(write_articles(tmp_path / place / "corpus", {"one.md": text}), settings)
        index.embedder = embedder
        index.update()
        assert index.article("one").text == text
        index.close()
    assert len(list((settings.data_dir / "corpora").iterdir())) == 2
