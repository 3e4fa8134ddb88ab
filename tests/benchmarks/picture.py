"""`results.svg`: for each thing that is measured, how many times as much each peer takes as we do."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from tests.benchmarks.rounds import Figure

__all__ = ["PICTURE", "draw"]

PICTURE = Path(__file__).with_name("results.svg")
AHEAD, BEHIND, LINE, TEXT = "#2a78b5", "#c4542d", "#888888", "#777777"  # readable on light and on dark
ROW, TITLE = 0.22, 0.42  # inches


def draw(figures: Sequence[Figure]) -> None:
    """Replace the picture. Its background is transparent, and it is the same for the same figures."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    mpl.rcParams |= {"svg.hashsalt": "caicaini_nb", "svg.fonttype": "none", "font.family": "sans-serif"}
    rows = _rows(figures)
    height = sum(TITLE if factor is None else ROW for _, factor in rows) + 0.8
    drawn, axes = plt.subplots(figsize=(9, height), layout="constrained")
    _bars(axes, rows)
    drawn.savefig(PICTURE, transparent=True, metadata={"Date": None})
    plt.close(drawn)


def _rows(figures: Sequence[Figure]) -> list[tuple[str, float | None]]:
    """A title without a factor, then each of its peers with one, largest first."""
    groups: dict[str, dict[str, float]] = {}
    for figure in figures:
        if figure.about == "peer" and figure.ratio:
            groups.setdefault(figure.what, {})[figure.peer_name] = 1 / figure.ratio
    rows: list[tuple[str, float | None]] = []
    for title, factors in groups.items():
        rows.append((title, None))
        rows += sorted(factors.items(), key=itemgetter(1), reverse=True)
    return rows


def _bars(axes: Any, rows: Sequence[tuple[str, float | None]]) -> None:
    place = 0.0
    names: list[str] = []
    places: list[float] = []
    for name, factor in rows:
        place += TITLE if factor is None else ROW
        if factor is None:
            axes.text(0, place, name, transform=axes.get_yaxis_transform(), va="center", color=TEXT, weight="bold")
            continue
        axes.barh(place, factor - 1, ROW * 0.7, left=1, color=AHEAD if factor >= 1 else BEHIND)
        axes.text(
            max(factor, 1) * 1.05,
            place,
            f"{factor:,.0f} ×" if factor >= 100 else f"{factor:.3g} ×",
            va="center",
            fontsize=8,
            color=TEXT,
        )
        names.append(name)
        places.append(place)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_ylim(place + ROW, 0)
    axes.set_yticks(places, names)
    axes.axvline(1, color=LINE, linewidth=1)
    axes.set_xlabel("times as much as caicaini_nb (1 = the same, to the left: less)", color=TEXT)
    axes.tick_params(colors=TEXT, length=0)
    axes.spines[:].set_visible(False)
