"""The fits of a small calibration: they are kept, shared by processes, and come out the same."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from eval.asking import Ordered
from eval.calibrate import DECLINED_AT_LEAST, auroc, threshold, trees_count, weigh
from eval.kept_fits import NAMES, PARTS, Development, Fits, make
from eval.squad import SQUAD
from eval.stories import FOLDER
from rag.choose import Choices
from rag.errors import UnusableInput
from rag.settings import Settings
from tests.conftest import ROOT
from tests.test_imports import imported

STORIES, QUESTIONS = ("bridge", "club", "dam", "ferry"), 10
TOPICS = {"Bridges": "bridge", "Clubs": "club", "Dams": "dam", "Ferries": "ferry"}


@pytest.fixture(scope="module")
def development(tmp_path_factory: pytest.TempPathFactory) -> Development:
    """A paragraph for each topic with a question that it answers and one that it does not, and a part of four stories."""
    data, stories = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("stories")
    articles = [{"title": title, "paragraphs": [paragraph(title, thing)]} for title, thing in TOPICS.items()]
    (data / SQUAD).write_text(json.dumps({"data": articles}))
    for name in STORIES:
        shutil.copytree(FOLDER / name / "articles", stories / name / "articles")
        lines = (FOLDER / name / "questions.jsonl").read_text().splitlines(keepends=True)
        (stories / name / "questions.jsonl").write_text("".join(lines[:: len(lines) // QUESTIONS]))
    return Development(data, stories)


def paragraph(title: str, thing: str) -> dict[str, object]:
    text = f"The {thing} of Oldham was opened in 1874. Its builder, Anna Reed, was paid nothing. {title} were rare then."
    answer = [{"text": "1874", "answer_start": text.index("1874")}]
    answered = {"id": f"{title}1", "question": f"When was the {thing} of Oldham opened?", "answers": answer, "is_impossible": False}
    unanswered = {"id": f"{title}2", "question": f"Who painted the {thing} of Oldham?", "answers": [], "is_impossible": True}
    return {"context": text, "qas": [answered, unanswered]}


def files(settings: Settings) -> dict[str, Path]:
    (folder,) = (settings.data_dir / "calibration").iterdir()
    return {name: folder / name for name in NAMES}


def values(fits: Fits) -> list[tuple[Ordered, list[float]]]:
    return [(a, [c.answerable, *(choice.probability for choice in c.ranked)]) for a, c in fits.held_out]


def test_fits_are_kept_and_what_is_missing_is_made_again_the_same(development: Development, settings: Settings) -> None:
    made = make(development, settings, [].append)
    kept = files(settings)
    weights = kept["everything"].read_bytes()
    of_stories = sum(len((development.stories / name / "questions.jsonl").read_text().splitlines()) for name in STORIES)
    assert len(made.held_out) == of_stories + 2 * len(TOPICS)
    assert all(not a.far for a, _ in made.held_out)
    (settings.data_dir / "calibration" / "of-other-data").mkdir()
    kept["2"].unlink()
    kept["everything"].unlink()
    times = {name: path.stat().st_mtime_ns for name, path in kept.items() if path.is_file()}
    said: list[str] = []
    again = make(development, settings, said.append, processes=1)
    assert kept["everything"].read_bytes() == weights
    assert values(again) == values(made)
    assert files(settings) == kept  # and nothing else
    assert {name: kept[name].stat().st_mtime_ns for name in times} == times
    assert [re.sub(r" in .*", "", line) for line in said] == [
        "To fit: everything, 2. What is made is kept",
        f"Asking {len(made.held_out)} questions …",
        "Fitting everything …",
        "Fitted everything",
        "Fitting 2 …",
        "Fitted 2",
    ]


def test_the_fits_depend_on_every_part_of_the_evaluation_that_makes_them_and_on_no_other() -> None:
    seen, to_see = set[str](), {"kept_fits"}
    while to_see:
        seen |= to_see
        to_see = {
            name.split(".")[1] for part in to_see for name in imported(ROOT / "eval" / f"{part}.py") if name.startswith("eval.")
        } - seen
    assert tuple(sorted(seen)) == PARTS


def test_without_the_data_the_folder_is_named(settings: Settings, tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(UnusableInput, match=f"There is no {SQUAD} in"):
        make(Development(tmp_path), settings, said.append)
    assert not said
    assert not (settings.data_dir / "calibration").exists()


def asked(source: str, answerable: bool, network: float, trees: float) -> tuple[Ordered, Choices]:
    """A question with what the network and the trees think of it."""
    gold = (("a", 0, 1),) if answerable else ()
    put = Ordered(source=source, gold=gold, far=False, groups=frozenset({source}), order=())
    return put, Choices((), 0.0, by_network=network, by_trees=trees)


def test_the_trees_count_as_much_as_is_best_for_both_kinds_of_questions() -> None:
    deceiving = [asked("squad", True, -2, 1), asked("squad", False, 2, -1)]  # told apart where the trees count more than twice
    honest = [asked("stories", True, 4, -1), asked("stories", False, -4, 1)]  # and here where they count less than four times
    assert trees_count([*deceiving, *honest]) == 3.0
    assert auroc(weigh(honest, 3.0)) == 1.0
    assert auroc(weigh(deceiving, 1.5)) == 0.0


def test_the_threshold_declines_the_share_of_unanswerable_questions_that_is_set() -> None:
    held_out = weigh([asked("squad", False, n / 100, 0) for n in range(-100, 100)] + [asked("stories", False, 9, 9)], 1.0)
    declined = [c.answerable < threshold(held_out) for _, c in held_out[:200]]
    assert sum(declined) / 200 == pytest.approx(DECLINED_AT_LEAST, abs=0.01)
