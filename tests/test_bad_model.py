"""A model that is right, half right, invents, cites another article or changes one fact, in equal parts, over all minimal pairs.

What it writes is known, so what is displayed can be counted: `pytest tests/test_bad_model.py -s` prints the figures.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from tests.conftest import ROOT, SEEDS, own_settings
from tests.ollama_server import Script, scripted_ollama

# What the verifier claims to check. Who did what to whom, and how sure somebody is, it can hardly tell (`python -m eval pairs`).
CHECKED = ("number", "unit", "date", "name", "place", "organisation", "negation", "direction")
ALL: list[dict[str, Any]] = [json.loads(line) for line in (ROOT / "eval" / "minimal_pairs.jsonl").read_text().splitlines()]
PAIRS = [pair for pair in ALL if pair["change"] in CHECKED]
# About the same places and people as the articles; none of them says any of it.
INVENTED = (
    "The United Nations opened a field hospital in Irbil for the wounded of Mosul.",
    "Iraqi engineers rebuilt two bridges over the Tigris within a week.",
    "Baghdadi offered a truce in a letter to the Iraqi government.",
    "French artillery fired from positions on Mount Sinjar.",
    "The Scorpion Unit lost its commander to a sniper at the airport.",
    "Schools in eastern Mosul opened again with the help of UNICEF.",
    "A court in Baghdad sentenced three captured fighters to death.",
    "The peshmerga found a mass grave outside Bashiqa.",
    "Turkey closed its border to people who fled from Mosul.",
    "Militants set fire to oil wells south of the city to hide from aircraft.",
    "The price of bread in Mosul has tripled since the offensive began.",
    "Two journalists were wounded when their car drove over a mine near Sada.",
    "Residents of Qadissiya handed food to the soldiers.",
    "The governor of Nineveh called for an international peacekeeping force.",
    "Iraqi jets dropped leaflets that told civilians to stay indoors.",
    "Brett McGurk met the leaders of the militias in Tal Afar.",
)


@dataclass(frozen=True)
class Written:
    """A sentence that the model writes, whether an article says it, and how it goes wrong."""

    text: str
    supported: bool
    kind: str


def answers() -> Iterator[tuple[dict[str, Any], str, tuple[Written, ...]]]:
    """For each pair the pair, what the model says, and its sentences."""
    ids = sorted({pair["article_id"] for pair in PAIRS})
    for n, pair in enumerate(PAIRS):
        true, false = Written(pair["claim_true"], True, "right"), Written(pair["claim_false"], False, "one fact changed")
        invented = Written(INVENTED[n % len(INVENTED)], False, "invented")
        elsewhere = ids[(ids.index(pair["article_id"]) + 1) % len(ids)]
        kind = ("right", "half right", "invented", "another article", "one fact changed")[n % 5]
        own = pair["article_id"]
        if kind == "half right":
            yield (
                pair,
                f"{true.text} [{own}] {invented.text} [{own}]",
                (Written(true.text, True, kind), Written(invented.text, False, kind)),
            )
        elif kind == "another article":
            yield pair, f"{true.text} [{elsewhere}]", (Written(true.text, True, kind),)
        else:
            only = {"right": true, "invented": invented, "one fact changed": false}[kind]
            yield pair, f"{only.text} [{own}]", (only,)


@pytest.fixture(scope="module")
def counted(session_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Counter[tuple[str, bool, bool]]:
    """How often a sentence of a kind, supported or not, was displayed."""
    counts: Counter[tuple[str, bool, bool]] = Counter()
    with scripted_ollama(Script()) as server:
        settings = own_settings(session_data_dir, tmp_path_factory.mktemp("bad") / "data")
        settings = settings.model_copy(update={"writer": "ollama", "ollama_host": server.host, "ollama_model": "tiny:1b"})
        assistant = Assistant.open(SEEDS, settings)
        for pair, said, sentences in answers():
            server.script = Script(words=tuple(f"{word} " for word in said.split()))
            answer = assistant.ask(f"Is it true that {pair['quotation'].rstrip('.')}?")
            if answer.writer != "ollama" and not answer.withheld:
                continue  # declined before the model was asked
            displayed = {s.text for s in answer.statements} if answer.writer == "ollama" else set()
            for sentence in sentences:
                counts[sentence.kind, sentence.supported, sentence.text in displayed] += 1
                if not sentence.supported and sentence.text in displayed:
                    print(f"displayed though no article says it: {sentence.text}")
        assistant.close()
    return counts


def share(counts: Counter[tuple[str, bool, bool]], supported: bool, displayed: bool) -> float:
    of = {key: n for key, n in counts.items() if key[1] is supported}
    return sum(n for key, n in of.items() if key[2] is displayed) / sum(of.values())


def test_two_hundred_answers_and_more_are_written(counted: Counter[tuple[str, bool, bool]]) -> None:
    for kind, supported, displayed in sorted(counted):
        print(f"{kind}: {'supported' if supported else 'unsupported'}, {'displayed' if displayed else 'withheld'}: "
              f"{counted[kind, supported, displayed]}")  # fmt: skip
    print(f"unsupported displayed {share(counted, False, True):.3f}, supported withheld {share(counted, True, False):.3f}")
    assert sum(counted.values()) >= 200


def test_few_of_the_displayed_statements_are_unsupported(counted: Counter[tuple[str, bool, bool]]) -> None:
    """Two of 137 when this was written; one of them another article says of the other side of the city."""
    assert share(counted, False, True) <= 0.02


def test_at_most_ten_in_a_hundred_of_the_supported_ones_are_withheld(counted: Counter[tuple[str, bool, bool]]) -> None:
    assert share(counted, True, False) <= 0.10
