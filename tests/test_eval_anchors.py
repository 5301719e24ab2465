"""Published figures in the public table: shown with what differs and where they stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval.__main__ import app
from eval.anchors import ANCHORS, published


def test_the_public_table_shows_them_with_source_and_what_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a model server: the set itself says why it was left out."""
    for half in ("answerable", "unanswerable"):
        (tmp_path / f"clapnq_dev_half_{half}.jsonl").write_text("")
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    out = tmp_path / "public.json"
    shown = CliRunner().invoke(app, ["public", "--data", str(tmp_path), "--only", "citing", "--json", str(out)])
    assert shown.exit_code == 0, shown.output
    assert "citing: by a model\nleft out" in shown.output
    lines = shown.output.split("citing: published, in another setting\n")[1].splitlines()
    assert len(lines) == len(ANCHORS["citing"])
    for line, anchor in zip(lines, ANCHORS["citing"], strict=True):
        assert line.startswith(f"{anchor.system}: {anchor.measure}")
        assert line.endswith(f"value {anchor.value}  differs {anchor.differs}  source {anchor.source}")
    assert json.loads(out.read_text()).items() >= published("citing").items()


def test_a_set_without_published_figures_has_no_such_table() -> None:
    assert published("clapnq") == {}
