"""Plots as SVG that stands in a page: its colours are the page's, so that they follow light and dark."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eval.curves import Bin, Point

# Colours that nothing else has stand for the page's own until the SVG is written.
INK, FIRST, SECOND, GRID = "#010101", "#020202", "#030303", "#040404"
PAGE = {INK: "var(--ink)", FIRST: "var(--first)", SECOND: "var(--second)", GRID: "var(--line)"}
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "font.size": 10, "text.color": INK, "axes.edgecolor": INK, "axes.labelcolor": INK, "axes.titlecolor": INK,
    "xtick.color": INK, "ytick.color": INK, "axes.grid": True, "grid.color": GRID, "axes.axisbelow": True, "legend.frameon": False,
    "axes.spines.top": False, "axes.spines.right": False,
}  # fmt: skip


def risk_coverage(points: Sequence[Point], answered: float) -> str:
    def draw(axes: Any) -> None:
        coverage = [p.coverage for p in points]
        axes.plot(coverage, [p.risk for p in points], color=FIRST, label="wrong, or no answer in the articles")
        axes.plot(coverage, [p.unanswerable for p in points], color=SECOND, linestyle="--", label="no answer in the articles")
        axes.axvline(answered, color=INK, linestyle=":", label="answered in this run")
        axes.set(xlabel="coverage: share of the questions answered, surest first", ylabel="risk", xlim=(0, 1), ylim=(0, 1))
        axes.legend(loc="upper left")

    return _svg("risk-coverage", draw, "Share of wrong answers against the share of questions answered")


def reliability(name: str, bins: Sequence[Bin], about: str) -> str:
    def draw(axes: Any) -> None:
        axes.plot([0, 1], [0, 1], color=INK, linestyle=":", label="as probable as said")
        axes.plot([b.probability for b in bins], [b.share for b in bins], color=FIRST, marker="o", label=about)
        for b in bins:
            axes.annotate(str(b.n), (b.probability, b.share), xytext=(6, 4), textcoords="offset points", fontsize=8)
        axes.set(xlabel="probability", ylabel="share that was true", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        axes.legend(loc="upper left")

    return _svg(name, draw, f"Reliability diagram: {about}")


def latency(spent: Mapping[str, Mapping[str, float]]) -> str:
    def draw(axes: Any) -> None:
        places = range(len(spent))
        for offset, (p, color) in zip((-0.2, 0.2), (("p50", FIRST), ("p95", SECOND)), strict=True):
            bars = axes.barh([i + offset for i in places], [s[p] for s in spent.values()], height=0.36, color=color, label=p)
            axes.bar_label(bars, fmt="%.1f", padding=3)
        axes.set_yticks(places, list(spent))
        axes.invert_yaxis()
        axes.margins(x=0.12)
        axes.set(xlabel="milliseconds")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)

    return _svg("latency", draw, "Milliseconds by stage")


def _svg(name: str, draw: Callable[[Any], None], title: str) -> str:
    """`name` tells the ids of this plot from those of the others on the page."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(6.2, 3.9), layout="constrained")
        draw(figure.add_subplot())
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None})
    return _embedded(written.getvalue(), title)


def _embedded(svg: str, title: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r"<defs>\s*<style.*?</defs>", "", svg, flags=re.S)  # it would hold for the whole page
    svg = re.sub(r'<g id="patch_[12]">.*?</g>', "", svg, flags=re.S)  # the white ground
    used = set(re.findall(r'(?:url\(#|href="#)([\w-]+)', svg))
    svg = re.sub(r' id="([\w.-]+)"', lambda m: m[0] if m[1] in used else "", svg)
    svg = re.sub(r"font-family: [^;\"]*", "font-family: inherit", svg)
    svg = re.sub(r'<svg [^>]*?viewBox="([^"]+)"[^>]*>', rf'<svg role="img" aria-label="{title}" viewBox="\1">', svg, count=1)
    for color, variable in PAGE.items():
        svg = svg.replace(color, variable)
    return svg
