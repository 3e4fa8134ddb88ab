"""What calls cost in CNY by cailag's published prices, and what the same tokens would have cost at another model's.

Exact: prices are whole fen a million tokens, so sums are whole numbers until they are shown. A model whose price is not
published, and a call whose tokens nobody knows, is left out and counted: a cost always says how many calls it covers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import pandas as pd

from ..display.panel import Panel
from ..errors import ConfigurationError
from ..ledger import MODEL_SURFACES
from ..models import catalogue, near
from ..spending.amount import CNY
from .packing import whole_numbers
from .periods import Moment, moment
from .rows import Source, gathered, picked

__all__ = ["FREE", "Cost", "cost_in_cny", "decimals", "in_cny", "priced", "what_if"]

A_YUAN = 100_000_000  # of the units that sums are kept in: a hundredth of a fen a million tokens comes to 1
FREE = "error"
"""The outcome of what was refused before a model ran."""

UNPRICED = (None, None)


@dataclass(frozen=True)
class Cost:
    """An amount in CNY and what it covers: `priced` of `calls` calls. `amount` is `None` where it covers none.

    `by_model` has the same for each model that was called.
    """

    amount: Decimal | None
    priced: int
    calls: int
    basis: str = ""
    by_model: Mapping[str, Cost] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it covers every call."""
        return self.priced == self.calls

    def __str__(self) -> str:
        """*¥1.84 for 312 of 320 calls*; rounded to a fen where that leaves three figures."""
        shown = "unknown" if self.amount is None else CNY.shown(_shortened(self.amount))
        return f"{shown} for {self.priced:,} of {self.calls:,} calls"

    def __repr__(self) -> str:
        return self._panel().text

    def _repr_markdown_(self) -> str:
        return self._panel().markdown

    def _panel(self) -> Panel:
        parts = {**(self.by_model or {}), "all": self}
        rows = [(name, _yuan(cost.amount), f"{cost.priced:,} of {cost.calls:,}") for name, cost in parts.items()]
        note = f"{self}{self.basis and f', {self.basis}'}"
        return Panel.of(note, ("model called", "CNY", "calls covered"), rows)


def cost_in_cny(source: Source, *, since: Moment = None, until: Moment = None) -> Cost:
    """What the calls to cailag cost by its published prices, and how many of them that covers.

    Requests that were refused cost nothing and are not counted. Prices are those of the model that answered.
    """
    sums = _tokens(source, since, until, "cailag")
    return _cost(sums, sums["model"], "by the published price of each model")


def what_if(
    source: Source, model: str, *, since: Moment = None, until: Moment = None, provider: str | None = None
) -> Cost:
    """What the same tokens would have cost at `model`'s published price, in CNY.

    It counts all calls of `source`, or those to one provider. The same text may be more or fewer tokens to another
    model: no price table knows. Raises `ConfigurationError` for a model without a published price.
    """
    found = catalogue().get(model)
    if found is None or found.input_price is None or found.output_price is None:
        names = near(model, "cailag") if found is None else []
        hint = f"Did you mean {' or '.join(names)}?" if names else "%caicaini models cailag lists those that have one."
        raise ConfigurationError(f"No price is published for {model}", action=hint)
    sums = _tokens(source, since, until, provider)
    return _cost(sums, pd.Series(model, index=sums.index), f"at the published price of {model}")


def in_cny(models: pd.Series, input_tokens: pd.Series, output_tokens: pd.Series) -> pd.Series:
    """The published price of these tokens, in `A_YUAN`ths: NA where no price is published or neither count is known."""
    codes, names = pd.factorize(models)
    costs = []
    for place, tokens in enumerate((input_tokens, output_tokens)):
        fen = [_fen().get(name, UNPRICED)[place] for name in names] + [None]  # no model at all picks the last
        prices = pd.Series(whole_numbers(fen)[codes], index=models.index)
        costs.append(tokens.astype("Int64") * prices)
    known = costs[0].notna() | costs[1].notna()
    return (costs[0].fillna(0) + costs[1].fillna(0)).where(known)


def priced(models: pd.Series) -> pd.Series:
    """Whether a price is published for each."""
    return models.isin(set(_fen()))


def decimals(amounts: pd.Series) -> pd.Series:
    """CNY as `Decimal`s, out of `A_YUAN`ths; `None` where unknown."""
    missing, numbers = amounts.isna().tolist(), amounts.fillna(0).tolist()
    exact = [None if none else Decimal(number) / A_YUAN for none, number in zip(missing, numbers, strict=True)]
    return pd.Series(exact, index=amounts.index, dtype="object")


def _tokens(source: Source, since: Moment, until: Moment, provider: str | None) -> pd.DataFrame:
    """Calls to a model that may have cost something: by model and whether the tokens are known, their sums."""
    first, last = moment(since), moment(until)
    period = {"since": first, "until": last, "provider": provider} if not hasattr(source, "dtypes") else {}
    sums = gathered(source, lambda rows: _by_model(picked(rows, first, last, {"provider": provider})), **period)
    return sums.groupby(["model", "known"], dropna=False, sort=True).sum().reset_index()


def _by_model(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows[rows["surface"].isin(MODEL_SURFACES) & rows["outcome"].notna() & (rows["outcome"] != FREE)]
    table = pd.DataFrame(
        {
            "model": rows["model_answered"].astype("object").fillna(rows["model"].astype("object")),
            "known": (rows["input_tokens"].notna() & rows["output_tokens"].notna()).astype(bool),
            "calls": 1,
            "input_tokens": rows["input_tokens"].fillna(0).astype("int64"),
            "output_tokens": rows["output_tokens"].fillna(0).astype("int64"),
        }
    )
    return table.groupby(["model", "known"], dropna=False).sum().reset_index()


def _cost(sums: pd.DataFrame, at: pd.Series, basis: str) -> Cost:
    """Only calls whose tokens are all known are covered."""
    amounts = in_cny(at, sums["input_tokens"], sums["output_tokens"]).where(sums["known"])
    table = sums.assign(amount=amounts, priced=sums["calls"].where(amounts.notna(), 0))
    parts = {str(name): _one(part, basis) for name, part in table.groupby("model", dropna=False)}
    whole = _one(table, basis)
    return Cost(whole.amount, whole.priced, whole.calls, basis, parts)


def _one(table: pd.DataFrame, basis: str) -> Cost:
    covered = table["amount"].dropna()
    amount = Decimal(sum(map(int, covered))) / A_YUAN if len(covered) else None
    return Cost(amount, int(table["priced"].sum()), int(table["calls"].sum()), basis)


@cache
def _fen() -> dict[str, tuple[int, int]]:
    """Published prices in fen a million tokens."""
    return {
        name: (int(found.input_price * 100), int(found.output_price * 100))
        for name, found in catalogue().items()
        if found.input_price is not None and found.output_price is not None
    }


def _shortened(amount: Decimal) -> Decimal:
    """To a fen from a yuan on; below that to three figures."""
    if amount >= 1 or not amount:
        return round(amount, 2)
    return round(amount, 2 - amount.adjusted())


def _yuan(amount: Decimal | None) -> str:
    return "unknown" if amount is None else CNY.shown(amount)
