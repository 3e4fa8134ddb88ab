"""The dashboard's sums, chart and CSV for every choice of filters."""

from __future__ import annotations

import csv
import io
import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from caicaini_nb.ledger import Ledger
from caicaini_nb.models import catalogue
from caicaini_nb.widgets.bars import Bar, bars, columns
from caicaini_nb.widgets.usage_table import BY, PERIODS, UNITS, Choice, usage
from tests.widgets.front import plain_text, tags

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MODELS = ("caicaini/haiku", "caicaini/sonnet", "caicaini/opus")


def write(ledger: Ledger, days_ago: int = 0, outcome: str = "ok", **values: Any) -> None:
    started = int((NOW - timedelta(days=days_ago)).timestamp() * 1000)
    start = {"provider": "caicaini", "origin": "sandbox", "surface": "messages", "operation": "a"}
    named = ("provider", "surface", "model", "notebook")
    start |= {name: values.pop(name) for name in named if name in values}
    ledger.finish(ledger.begin(started_ms=started, **start), outcome, **values)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "ledger.db")
    for number, (days, model) in enumerate(itertools.product((0, 3, 20, 90), MODELS), 1):
        write(made, days, model=model, notebook=f"{number % 2}.ipynb", input_tokens=10, output_tokens=5, credits=number)
    write(made, 0, "interrupted", model=MODELS[0], notebook=None)
    write(made, 0, "error", model=MODELS[0], notebook="0.ipynb")
    write(made, 0, surface="account")
    for model, tokens in (("deepseek-chat", 1000), ("glm-4-flash", 7)):
        write(made, 0, provider="cailag", surface="chat", model=model, input_tokens=tokens, output_tokens=tokens // 2)
    return made


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("unit", UNITS["caicaini"][:2])
def test_the_sum_is_the_same_however_it_is_cut(ledger: Ledger, by: str, unit: str) -> None:
    found = usage(ledger, Choice(by=by, unit=unit, period="everything"), now=NOW)
    assert (found.total.calls, found.total.failed, found.total.unknown) == (14, 2, 1)
    assert (found.total.cost, found.total.input_tokens) == (Decimal(78), 120)
    assert sum(row.calls for row in found.rows) == 14
    assert len({row.name for row in found.rows}) == len(found.rows)


@pytest.mark.parametrize(
    ("period", "calls"), [("today", 5), ("7 days", 8), ("30 days", 11), ("this month", 11), ("everything", 14)]
)
def test_a_period_is_whole_days_and_today_is_one_of_them(ledger: Ledger, period: str, calls: int) -> None:
    assert set(PERIODS) >= {period}
    assert usage(ledger, Choice(period=period), now=NOW).total.calls == calls


def test_days_stand_in_their_order_anything_else_by_size(ledger: Ledger) -> None:
    days = [row.name for row in usage(ledger, Choice(by="day", period="everything"), now=NOW).rows]
    assert days == sorted(days)
    assert len(days) == 4
    costs = [row.cost or 0 for row in usage(ledger, Choice(period="everything"), now=NOW).rows]
    assert costs == sorted(costs, reverse=True)


def test_what_has_no_notebook_says_so(ledger: Ledger) -> None:
    names = {row.name for row in usage(ledger, Choice(by="notebook", period="everything"), now=NOW).rows}
    assert names == {"0.ipynb", "1.ipynb", "no notebook"}


def test_cailag_is_in_yuan_where_a_price_is_published(ledger: Ledger) -> None:
    choice = Choice().changed(provider="cailag")
    assert choice.unit == "money"
    found = usage(ledger, choice, now=NOW)
    assert {row.name: row.cost for row in found.rows} == {"deepseek-chat": Decimal("0.00162"), "glm-4-flash": None}
    assert (found.total.cost, found.total.unknown) == (Decimal("0.00162"), 1)
    assert "¥0.0016" in found.table().text()
    assert "unknown" in found.table().text()


def test_dollars_come_from_the_packs_you_name(ledger: Ledger) -> None:
    choice = Choice(unit="money", period="everything")
    priced = usage(ledger, choice, packs=["50"], now=NOW)
    assert priced.total.cost is not None
    assert abs(priced.total.cost - Decimal(78) / 7600) < Decimal("0.000001")
    assert abs(sum(row.cost or 0 for row in priced.rows) - priced.total.cost) < Decimal("0.000001")
    silent = usage(ledger, choice, now=NOW)
    assert silent.total.cost is None
    assert silent.note is not None
    assert "packs=" in silent.note


def test_packs_that_hold_less_than_was_spent_are_said_to(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "big.db")
    write(ledger, model=MODELS[0], credits=100_000)
    found = usage(ledger, Choice(unit="money"), packs=[10], now=NOW)
    assert found.total.cost is None
    assert "70,000 credits" in (found.note or "")


def test_an_empty_ledger_is_an_empty_table(tmp_path: Path) -> None:
    for by, unit in itertools.product(BY, UNITS["caicaini"]):
        found = usage(Ledger(tmp_path / "empty.db"), Choice(by=by, unit=unit), now=NOW)
        assert (found.rows, found.total.calls, found.total.cost) == ((), 0, 0 if unit != "money" else None)
        assert found.chart() is None
        assert "all" in found.table().text()


def test_all_costs_unknown_is_a_table_that_says_so(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "unknown.db")
    write(ledger, outcome="unknown", model=MODELS[0])
    found = usage(ledger, Choice(), now=NOW)
    assert found.total.cost is None
    assert found.chart() is None
    assert found.table().text().count("unknown") >= 3


def test_a_hundred_models_are_all_in_the_table_and_twelve_bars(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "many.db")
    for number in range(1, 101):
        write(ledger, model=f"caicaini/model-{number:03}", credits=number)
    found = usage(ledger, Choice(), now=NOW)
    assert len(found.rows) == 100
    picture = found.chart()
    assert picture is not None
    assert [tag for tag, _ in tags(picture)].count("rect") == 12
    assert "89 others" in plain_text(picture)


def test_a_hostile_name_is_only_text(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "hostile.db")
    write(ledger, model="=cmd|' /C calc'!A0", notebook="<script>alert(1)</script>", credits=1)
    for by in ("model", "notebook"):
        found = usage(ledger, Choice(by=by), now=NOW)
        for made in (found.chart() or "", found.table().html()):
            assert not {"script", "img"} & {tag for tag, _ in tags(made)}
    assert usage(ledger, Choice(), now=NOW).csv().splitlines()[1].startswith("'=cmd")


def test_csv_has_the_rows_as_numbers(ledger: Ledger) -> None:
    found = usage(ledger, Choice(period="everything"), now=NOW)
    rows = list(csv.DictReader(io.StringIO(found.csv())))
    assert [row["model"] for row in rows] == [row.name for row in found.rows]
    assert sum(int(row["credits"]) for row in rows) == found.total.cost


def test_a_chart_says_in_words_what_it_shows() -> None:
    found = [Bar("a", 3.0, "3"), Bar("b", 9.0, "9 credits")]
    for draw in (bars, columns):
        picture = draw("Credits by model", found)
        assert picture is not None
        name, attributes = tags(picture)[0]
        assert name == "svg"
        assert attributes["role"] == "img"
        assert attributes["aria-label"] == "Bar chart: Credits by model. 2 bars; the longest is b, 9 credits."
        assert "9 credits" in plain_text(picture)


def test_a_bar_is_as_long_as_its_value() -> None:
    picture = bars("x", [Bar("a", 1.0, "1"), Bar("b", 4.0, "4"), Bar("c", 0.0, "0")])
    widths = [float(attributes["width"] or 0) for tag, attributes in tags(picture or "") if tag == "rect"]
    assert widths[0] == pytest.approx(4 * widths[1], rel=0.01)
    assert widths[2] == 0


def test_a_year_of_days_fits() -> None:
    picture = columns("x", [Bar(f"day {day}", float(day), str(day)) for day in range(366)])
    found = tags(picture or "")
    assert all(float(attributes["x"] or 0) <= 640 for tag, attributes in found if tag in ("rect", "text"))
    assert [tag for tag, _ in found].count("text") < 12


def test_every_catalogue_model_has_a_place(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "all.db")
    for model in catalogue().values():
        write(ledger, provider=model.provider, surface="chat", model=model.id, input_tokens=9, output_tokens=9)
    found = usage(ledger, Choice(provider="cailag", unit="money"), now=NOW)
    assert len(found.rows) == 70
    assert found.total.unknown == 35
