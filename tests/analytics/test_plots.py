"""Charts: their numbers, their words, their colours; the odd ledger; and that they leave everything else alone."""

from __future__ import annotations

import colorsys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from caicaini_nb import Client, Ledger, connect
from caicaini_nb.analytics import (
    alt_text,
    by_model_and_day,
    frame,
    picture,
    plot_balance,
    plot_errors,
    plot_latency,
    plot_spend,
    plot_tokens,
    table,
)
from caicaini_nb.analytics.chart import COLOURS, INK, OTHERS
from caicaini_nb.errors import ConfigurationError, NotOfferedError
from caicaini_nb.sandbox import Sandbox
from tests.analytics.made import DAY, NOON, add, ledger_at, random_ledger

PLOTS = [plot_spend, plot_tokens, plot_errors, plot_latency]
BACKGROUNDS = ("#ffffff", "#111111")  # JupyterLab's themes


@pytest.fixture(autouse=True)
def no_figure_is_left() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def month(tmp_path: Path) -> Ledger:
    ledger = ledger_at(tmp_path)
    for day in (0, 1, 4):
        for model, credits in (("caicaini/opus", 400), ("caicaini/haiku", 10 + day)):
            add(ledger, NOON + day * DAY, model=model, credits=credits, input_tokens=7, output_tokens=3, total_ms=9.5)
    add(ledger, NOON, "interrupted")
    add(ledger, NOON + DAY, provider="cailag", surface="chat", model="qwen-max", input_tokens=100, output_tokens=10)
    return ledger


def test_a_chart_has_the_numbers_of_its_table(month: Ledger) -> None:
    numbers = table(plot_spend(month))
    assert list(numbers) == ["day", "caicaini/opus", "caicaini/haiku"]
    assert numbers["caicaini/opus"].tolist() == [400, 400, 0, 0, 400]  # idle days are days
    assert numbers["caicaini/haiku"].sum() == by_model_and_day(month, provider="caicaini")["credits"].sum() - 1_200
    heights = [bar.get_height() for bar in plot_spend(month).patches]  # type: ignore[attr-defined]
    assert sum(heights) == numbers.drop(columns="day").to_numpy().sum()


def test_a_chart_says_where_its_numbers_are_from(month: Ledger) -> None:
    assert plot_spend(month).get_title(loc="left").endswith("ledger · UTC · 1 of 7 calls of unknown cost")
    assert "DataFrame · UTC" in plot_spend(frame(month)).get_title(loc="left")
    words = alt_text(plot_spend(month))
    for part in ("5 days from 2026-11-21 to 2026-11-25", "1,235 credits", "most on 2026-11-25 (414)", "opus 1,200"):
        assert part in words


def test_cny_are_exact_in_the_table(month: Ledger) -> None:
    numbers = table(plot_spend(month, unit="cny"))
    assert numbers["qwen-max"].tolist() == [Decimal("0.000414")]
    with pytest.raises(ConfigurationError, match="no unit 'usd'"):
        plot_spend(month, unit="usd")


def test_without_credits_the_unit_is_cny(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    add(ledger, provider="cailag", surface="chat", model="qwen-max", input_tokens=100, output_tokens=10)
    assert "CNY" in plot_spend(ledger).get_title(loc="left")


def test_the_other_charts_have_their_numbers(month: Ledger) -> None:
    assert table(plot_tokens(month))[["input", "output"]].sum().tolist() == [142, 28]
    assert table(plot_errors(month))["interrupted"].tolist() == [1]
    assert table(plot_latency(month))["total_p50"].dropna().tolist() == [9.5, 9.5]


@pytest.mark.parametrize("plot", PLOTS)
def test_nothing_is_an_empty_chart_that_says_so(tmp_path: Path, plot: Any) -> None:
    ax = plot(ledger_at(tmp_path))
    assert "in this period" in alt_text(ax)
    assert table(ax).empty
    assert picture(ax).png.startswith(b"\x89PNG")


@pytest.mark.parametrize("plot", PLOTS)
def test_one_row_and_any_row_are_drawn(tmp_path: Path, seed: int, plot: Any) -> None:
    (tmp_path / "one").mkdir()
    one = ledger_at(tmp_path / "one")
    add(one)
    for source in (one, random_ledger(tmp_path, seed), frame(one)):
        assert picture(plot(source)).png.startswith(b"\x89PNG")


def test_all_costs_unknown_is_an_empty_chart_with_the_count(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    for outcome in ("unknown", "interrupted"):
        add(ledger, outcome=outcome)
    ax = plot_spend(ledger)
    assert "2 of 2 calls of unknown cost" in ax.get_title(loc="left")
    assert table(ax).drop(columns="day").empty


def test_a_hundred_models_are_six_series(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    for number in range(100):
        add(ledger, model=f"caicaini/made-{number}", credits=number + 1, total_ms=5.0)
    numbers = table(plot_spend(ledger))
    assert list(numbers)[1:] == [*(f"caicaini/made-{number}" for number in range(99, 94, -1)), "95 others"]
    assert numbers.drop(columns="day").to_numpy().sum() == sum(range(101))
    latency = plot_latency(ledger)
    assert len(latency.get_yticks()) == 15
    assert "85 models more" in latency.get_title(loc="left")
    assert len(table(latency)) == 100


def test_it_draws_on_the_axes_it_is_given_and_changes_no_style(month: Ledger) -> None:
    before = dict(matplotlib.rcParams)
    figure, given = plt.subplots()
    face = given.get_facecolor()
    for plot in PLOTS:
        given.clear()
        assert plot(month, ax=given) is given
    assert plt.get_fignums() == [figure.number]
    assert dict(matplotlib.rcParams) == before
    assert given.get_facecolor() == face


def test_a_picture_has_words_and_numbers_and_closes_its_figure(month: Ledger) -> None:
    made = picture(plot_spend(month))
    bundle = made._repr_mimebundle_()
    assert bundle["text/html"].startswith('<img alt="Credits, by day and model.')
    assert "<details><summary>Numbers</summary><table" in bundle["text/html"]
    assert "2026-11-25" in bundle["text/plain"]
    assert plt.get_fignums() == []


def test_a_models_name_is_text_in_a_picture(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path)
    add(ledger, model='"><script>alert(1)</script>$x_1$', credits=4)
    shown = picture(plot_spend(ledger))._repr_mimebundle_()["text/html"]
    assert "<script" not in shown


def test_an_axes_of_somebody_else_has_no_words() -> None:
    _, ax = plt.subplots()
    for ask in (alt_text, table, picture):
        with pytest.raises(ConfigurationError, match="holds no chart"):
            ask(ax)


def test_the_balance_is_the_services(sandbox: Sandbox, tmp_path: Path) -> None:
    with Sandbox(fresh=True, engine="rules") as own:
        with connect(sandbox=own, ledger=Ledger(tmp_path / "l.sqlite")) as client:
            for _ in range(9):
                client.send("Count from 1 to 20.", model="caicaini/opus")
                own.advance(minutes=24 * 60)
            own.top_up(50)
            client.send("What is 17 * 23?")
            ax = plot_balance(client)
            numbers = table(ax)
            assert numbers["balance"].iloc[-1] == client.account().credits
            left = client.account().credits or 0
            assert numbers["consumed"].sum() == 70_000 + 380_000 - left
            assert numbers["balance"].iloc[0] > 70_000  # as if there had been no top-up
            assert "service, sandbox · UTC" in ax.get_title(loc="left")
            last = numbers["day"].iloc[-1]
            told = table(plot_balance(client, top_ups={f"{last:%Y-%m-%d}": 50}))
            assert told["balance"].iloc[0] == 70_000 - numbers["consumed"].iloc[0]
            assert told["topped_up"].iloc[-1] == 380_000


def test_cailag_has_no_balance(sandbox: Sandbox) -> None:
    with connect("cailag", sandbox=sandbox) as cailag, pytest.raises(NotOfferedError, match="tells no balance"):
        plot_balance(cailag)


def test_an_account_without_usage_is_drawn(client: Client) -> None:
    assert picture(plot_balance(client, days=1)).png.startswith(b"\x89PNG")


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_colours_can_be_seen_in_both_themes(background: str) -> None:
    for colour in (*COLOURS, OTHERS):
        assert contrast(colour, background) >= 3, colour
    assert contrast(INK, background) >= 4.3


# How the commonest kinds see colours: Machado, Oliveira, Fernandes 2009, severity 1.
SIGHT = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


@pytest.mark.parametrize("sight", SIGHT.values(), ids=SIGHT)
def test_neighbours_in_a_stack_can_be_told_apart(sight: tuple[tuple[float, ...], ...]) -> None:
    for one, other in zip(COLOURS, [*COLOURS[1:], OTHERS], strict=True):
        seen = [
            [sum(weight * part for weight, part in zip(row, linear(colour), strict=True)) for row in sight]
            for colour in (one, other)
        ]
        distance = sum((first - second) ** 2 for first, second in zip(*seen, strict=True)) ** 0.5
        assert distance > 0.06, (one, other)


def linear(colour: str) -> list[float]:
    """Linear light of a #rrggbb colour, as sRGB defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio."""
    light, dark = sorted(
        (sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True)))
        for colour in (one, other)
    )[::-1]
    return (light + 0.05) / (dark + 0.05)


def test_a_hue_is_used_once() -> None:
    hues = {round(colorsys.rgb_to_hsv(*linear(colour))[0], 2) for colour in COLOURS}
    assert len(hues) == len(COLOURS)
    assert pd.Series(COLOURS).is_unique
