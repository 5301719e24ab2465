"""What a run looks like: the text in the terminal, and the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from rich.console import Console

from eval import html, plots, terminal
from eval.compare import compare
from eval.curves import Bin, judged_pairs
from eval.own import Evaluation
from eval.questions import Question
from eval.saved import Saved
from tests.conftest import SEEDS
from tests.eval_values import ASKED, FALSE_ANSWER, RIGHT, answer, run_of
from tests.scripted_page import browser  # noqa: F401  (a fixture)

ODD = "Is 1 < 2 <script>alert(1)</script> & [bold]so[/bold]?"


def shown(run: Evaluation, gates: bool = True) -> str:
    console = Console(width=100, file=None, record=True, highlight=False, quiet=False)
    with console.capture() as captured:
        console.print(terminal.report(run, gates, compare(Saved.of(run_of(RIGHT, RIGHT)), Saved.of(run))))
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def test_the_text_shows_verdicts_change_kinds_and_what_went_wrong() -> None:
    declined = replace(RIGHT, answer=answer(question=ODD, query="Is it so?"), right=False, cited=False, question=replace(ASKED, id="q3"))
    assert shown(run_of(RIGHT, FALSE_ANSWER, replace(declined, question=replace(declined.question, question=ODD)))) == TEXT


def test_without_gates_nothing_is_judged() -> None:
    text = shown(run_of(FALSE_ANSWER), gates=False)
    assert "FELL" not in text and "≤" not in text and text.endswith("1 of 1 questions went wrong.")


def test_the_text_fits_a_hundred_columns() -> None:
    long = Question(id="long", question="word " * 100 + "W" * 150, answerable=False, kind="premise")
    assert max(len(line) for line in shown(run_of(RIGHT, replace(FALSE_ANSWER, question=long))).splitlines()) <= 100


class Page(HTMLParser):
    """What a page would load, and its ids."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"src", "href", "xlink:href", "srcset", "action", "poster", "data"} and not (value or "").startswith("#"):
                self.loads.append(f"{tag} {value}")
            if name == "id":
                self.ids.append(value or "")


@pytest.fixture(scope="module")
def page(session_data_dir: Path) -> Iterator[str]:
    odd = replace(FALSE_ANSWER, question=replace(FALSE_ANSWER.question, question=ODD))
    run = replace(run_of(RIGHT, odd), corpus=str(SEEDS))
    yield html.render(run, True, compare(Saved.of(run_of(RIGHT)), Saved.of(run)))


def test_the_page_loads_nothing_and_may_load_nothing(page: str) -> None:
    assert Page(page).loads == []
    assert not re.search(r"url\((?!#)|@import|https?://", page)
    assert "default-src 'none'" in page


def test_the_page_has_every_id_once_and_every_plot_described(page: str) -> None:
    ids = Page(page).ids
    assert len(ids) == len(set(ids))
    assert page.count('<svg role="img" aria-label="') == page.count("<svg") == page.count("<summary>Its figures") == 4


def test_the_page_shows_the_words_of_a_question_and_runs_none_of_them(page: str) -> None:
    assert "<script>alert" not in page and "Is 1 &lt; 2 &lt;script&gt;alert(1)" in page


def test_the_page_has_the_same_figures_as_the_text(page: str) -> None:
    cells = re.findall(r"<tr><td>([^<]+)<span class=\"doc\">[^<]+</span></td><td>([\d.]+)</td>", page)
    run = run_of(RIGHT, FALSE_ANSWER)
    assert dict(cells) == {name: f"{figure.value:.3f}" for name, figure in run.figures.items()}
    assert page.count('<td class="bad">FELL</td>') == 1


def test_a_plot_is_the_same_every_time_and_takes_its_colours_from_the_page() -> None:
    bins = [Bin(0.1, 0.0, 3), Bin(0.9, 1.0, 5)]
    svg = plots.reliability("some", bins, "statements")
    assert svg == plots.reliability("some", bins, "statements")
    assert not re.search(r"#(?:[0-9a-f]{6})\b|<style|white", svg) and "var(--first)" in svg
    assert ">statements</text>" in svg and ">3</text>" in svg


def test_the_minimal_pairs_are_judged_over_the_articles_they_are_from_and_no_others(corpus: Path) -> None:
    judged = judged_pairs(SEEDS)
    assert judged and len(judged[0]) == len(judged[1]) and sum(judged[0]) * 2 == len(judged[0])
    assert judged_pairs(corpus) is None


@pytest.mark.browser
def test_the_filters_show_the_questions_of_a_kind_and_a_verdict(page: str, tmp_path: Path, browser: Browser) -> None:  # noqa: F811
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    tab = browser.new_page()
    problems: list[str] = []
    tab.on("console", lambda message: problems.append(message.text))
    tab.on("request", lambda request: problems.append(request.url) if not request.url.startswith("file:") else None)
    tab.goto((tmp_path / "report.html").as_uri())
    visible = tab.locator(".question:visible > summary")
    assert tab.inner_text("#count") == "2 of 2 questions"
    tab.select_option("#verdict", "!right")
    assert [text.split(" · ")[0] for text in visible.all_inner_texts()] == ["q2"]
    tab.select_option("#verdict", "")
    tab.fill("#words", "who leads")
    assert [text.split(" · ")[0] for text in visible.all_inner_texts()] == ["q1"]
    tab.select_option("#kind", "near")
    assert tab.inner_text("#count") == "0 of 2 questions"
    assert problems == []
    tab.close()


TEXT = """\
3 questions about seeds, 2 answered: 3 statements shown, 0 withheld.

measure                          value  95 % interval  n    gate  verdict  change
Answers
  right and rightly cited        0.500  0.000 – 1.000  2  ≥ 0.90     FELL  -0.500
  right or rightly declined      0.333  0.000 – 1.000  3                   -0.667
  accepted variants displayed    0.500  0.000 – 1.000  2                   -0.500
  token F1                       1.000  0.158 – 1.000  2                        =
Abstention
  false refusals                 0.500  0.000 – 1.000  2  ≤ 0.07     FELL  +0.500
  false answers, near the topic  1.000  0.025 – 1.000  1  ≤ 0.15     FELL     new
  AUROC of answerable            1.000  0.000 – 1.000  3                      new
Citations
  citation recall (gold)         1.000  0.025 – 1.000  1                        =
  citation precision (gold)      1.000  0.025 – 1.000  1                        =
  citation recall (verifier)     0.750  0.500 – 1.000  2                   -0.250
  citation precision (verifier)  0.750  0.500 – 1.000  2                   -0.250
  faithfulness (verifier)        0.667  0.500 – 1.000  2                   -0.333
  faithfulness (gold)            0.333  0.000 – 1.000  2                   -0.667
  quotations exact               1.000  0.158 – 1.000  2  ≥ 1.00    holds       =
Retrieval
  Success@1                      0.000  0.000 – 0.842  2                        =
  Success@5                      1.000  0.158 – 1.000  2                        =
  nDCG@10                        0.500  0.500 – 0.500  2                        =
  RR@10                          0.500  0.500 – 0.500  2                        =

milliseconds by stage  retrieve  write  verify  total
  p50                       4.0    1.0     0.0    5.0
  p95                       4.0    1.0     0.0    5.0

kind    n  right or rightly declined  right and rightly cited  false refusals  token F1  Success@1
  fact  2                       0.50                     0.50            0.50      1.00       0.00
  near  1                       0.00                        –               –         –          –

q2 · near · false answer ───────────────────────────────────────────────────────────────────────────
  question  Who follows?
  answer    Mara leads. [a] So it is. [a]
  right     (the articles have no answer)
q3 · fact · false refusal ──────────────────────────────────────────────────────────────────────────
  question  Is 1 < 2 <script>alert(1)</script> & [bold]so[/bold]?
  read as   Is it so?
  answer    I found no answer to this.
  right     Mara leads.
  gold      [a] Mara leads.
2 of 3 questions went wrong. Fell: right and rightly cited; false refusals; false answers, near the
topic."""
