"""What all charts share: a title that says where its numbers are from, words for who cannot see it, and its numbers.

Colours keep 3:1 against white and against JupyterLab's dark background and differ for colour-blind readers; beyond six
series they are hatched. The background is transparent, text is a grey that both themes carry. No global style is
touched, nothing is shown by itself.
"""

from __future__ import annotations

import html
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import matplotlib.dates
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from ..errors import ConfigurationError

__all__ = [
    "COLOURS",
    "INK",
    "OTHERS",
    "Picture",
    "alt_text",
    "axes",
    "beside",
    "by_day",
    "complete",
    "picture",
    "stack",
    "table",
]

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b07a00", "#8a6fd1")
HATCHES = ("", "", "", "", "", "", "//", "..", "xx", "\\\\")
OTHERS = "#797979"
INK = "#797979"  # 4.3:1 against white and against the dark theme's #111111: the best that one grey can do
KEPT = "caicaini_chart"  # the attribute of an Axes that holds what `complete` was told
LONGEST = 3_660  # days: beyond ten years idle ones are not drawn


@dataclass(frozen=True)
class Chart:
    """What a chart says in words, and its numbers."""

    alt: str
    table: pd.DataFrame


def alt_text(ax: Axes) -> str:
    """What the chart shows, in words: kind, source, period, sums and peaks. Raises for an `Axes` not drawn here."""
    return _chart(ax).alt


def table(ax: Axes) -> pd.DataFrame:
    """The chart's numbers, exact, as a DataFrame."""
    return _chart(ax).table.copy()


@dataclass(frozen=True)
class Picture:
    """A chart as it is saved: an image with its alt text, and its numbers folded below it."""

    png: bytes
    alt: str
    table: pd.DataFrame

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        image = f'<img alt="{html.escape(self.alt)}" src="data:image/png;base64,{b64encode(self.png).decode()}">'
        numbers = self.table.to_html(border=0, index=False, max_rows=60)
        return {
            "text/html": f"{image}<details><summary>Numbers</summary>{numbers}</details>",
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        return f"{self.alt}\n\n{self.table.to_string(index=False, max_rows=60)}"


def picture(ax: Axes, *, dpi: float = 90) -> Picture:
    """The chart with its alt text and its numbers, to stand in a saved notebook.

    A front end that shows a figure shows no alt text with it. The figure is closed, so that it is not shown twice.
    """
    chart = _chart(ax)
    figure, file = ax.get_figure(root=True), BytesIO()
    assert figure is not None
    figure.savefig(file, dpi=dpi, format="png", transparent=figure.patch.get_alpha() == 0)
    plt.close(figure)
    return Picture(file.getvalue(), chart.alt, chart.table)


def axes(ax: Axes | None, *, height: float = 3.2) -> Axes:
    """The given `Axes`, or one in a new figure that suits both themes."""
    if ax is not None:
        return ax
    figure: Figure = plt.figure(figsize=(8, height), layout="constrained")
    figure.patch.set_alpha(0)
    made = figure.add_subplot()
    made.patch.set_alpha(0)
    return made


def complete(ax: Axes, *, title: str, source: str, numbers: pd.DataFrame, words: str, empty: bool = False) -> Axes:
    """Put the title on the chart, its colours, and keep what `alt_text` and `table` give.

    `source` is the title's second line: where the numbers are from, the time zone, unknown costs.
    """
    ax.set_title(f"{title}\n{source}", loc="left", fontsize=10, color=INK)
    ax.tick_params(colors=INK, which="both", length=0)
    ax.grid(True, axis="y", color=INK, alpha=0.25, linewidth=0.7)
    ax.set_axisbelow(True)
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set_color(INK)
    ax.xaxis.get_offset_text().set_color(INK)
    for name, spine in ax.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color(INK)
    if empty:
        ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", color=INK)
        ax.set(xticks=[], yticks=[])
    elif (legend := ax.get_legend()) is not None:
        for text in legend.get_texts():
            text.set_color(INK)
    sentence = f"{title}. From: {source}. {words}".replace("\n", " ")
    setattr(ax, KEPT, Chart(sentence, numbers))
    return ax


def by_day(numbers: pd.DataFrame) -> pd.DataFrame:
    """Numbers by day with the idle days between them as zeros, so that a weekend shows."""
    if len(numbers) == 0 or (numbers.index[-1] - numbers.index[0]).days > LONGEST:
        return numbers
    return numbers.reindex(pd.date_range(numbers.index[0], numbers.index[-1], freq="D"), fill_value=0)


def stack(ax: Axes, numbers: pd.DataFrame, *, label: str, whole: bool) -> None:
    """Stacked bars, one for each day of the index, a colour for each column; past six columns they are hatched."""
    bottom = pd.Series(0.0, index=numbers.index)
    days: Any = numbers.index.to_numpy()
    for place, name in enumerate(numbers):
        heights = numbers[name].astype("float64")
        colour = OTHERS if str(name).endswith(" others") else COLOURS[place % len(COLOURS)]
        hatch = HATCHES[place % len(HATCHES)] if colour != OTHERS else ""
        ax.bar(days, heights, bottom=bottom, width=0.8, label=str(name), color=colour, hatch=hatch, linewidth=0)
        bottom += heights
    ax.set_ylabel(label)
    ax.yaxis.set_major_locator(MaxNLocator(6, integer=whole))
    if whole:
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    dates: Any = matplotlib.dates  # its classes carry no types
    locator = dates.AutoDateLocator(maxticks=10)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    beside(ax)


def beside(ax: Axes, names: Sequence[Any] | None = None) -> None:
    """A legend to the right, where it covers no bar; its order is that of the stack."""
    handles, labels = ax.get_legend_handles_labels()
    if names is not None:
        handles, labels = list(names), [name.get_label() for name in names]
    ax.legend(handles[::-1], labels[::-1], loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=9)


def _chart(ax: Axes) -> Chart:
    found = getattr(ax, KEPT, None)
    if not isinstance(found, Chart):
        raise ConfigurationError(
            "This Axes holds no chart of caicaini_nb.analytics", action="Pass what a plot function returned."
        )
    return found
