"""The ledger against the service's own figures, by model and day, each difference with its explanation.

Two counters that disagree are shown, not smoothed over. On the sandbox, where a kernel's calls are all there is,
nothing may stay unexplained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..bookkeeping.file import process_name
from ..display.panel import Panel
from ..errors import NotOfferedError
from ..ledger import MODEL_SURFACES
from .matching import CLOCK, EDGE, KINDS, UNEXPLAINED, Counted, Difference, Doubtful, explain
from .periods import Moment, moment

if TYPE_CHECKING:
    from ..client import Client

__all__ = ["Reconciliation", "reconcile"]

NAMES = (
    "started_ms", "surface", "model", "model_answered", "status", "outcome", "input_tokens", "output_tokens", "credits",
    "key_prefix", "process",
)  # fmt: skip
ANY_MODEL = "caicaini/auto"  # which one it picks, only the answer tells
Days = Mapping[tuple[date, str], Counted]


@dataclass(frozen=True)
class Reconciliation:
    """`service` and `ledger` are the two counts, `differences` what explains the one minus the other.

    `doubtful` is how many calls of the ledger may have been charged, nobody says how much.
    """

    since: date | None
    until: date | None
    service: Counted
    ledger: Counted
    doubtful: int
    differences: tuple[Difference, ...]
    source: str = ""

    @property
    def unexplained(self) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.kind == UNEXPLAINED)

    @property
    def agrees(self) -> bool:
        """Whether every difference is explained."""
        return not self.unexplained

    def credits(self, kind: str) -> int:
        """The credits of one kind of difference, service minus ledger."""
        return sum(one.counted.credits for one in self.differences if one.kind == kind and one.counted is not None)

    def frame(self) -> pd.DataFrame:
        """One row for each difference, the unexplained first: `kind`, `model`, `first`, `last` (days), `calls`, and
        service minus ledger: `requests`, `input_tokens`, `output_tokens`, `credits`."""
        rows = [
            (one.kind, one.model, one.first, one.last, one.calls, *(one.counted or [None] * 4))
            for one in self.differences
        ]
        table = pd.DataFrame(rows, columns=["kind", "model", "first", "last", "calls", *Counted._fields])
        whole = dict.fromkeys(("calls", *Counted._fields), "Int64")
        return table.astype({"kind": "string", "model": "string", **whole})

    def __str__(self) -> str:
        """The unexplained first, in one sentence."""
        wrong = self.unexplained
        if wrong:
            named = ", ".join(f"{one.model} on {_days(one)}" for one in wrong[:3])
            count = "1 difference is" if len(wrong) == 1 else f"{len(wrong)} differences are"
            return f"{count} unexplained ({named}): {self.credits(UNEXPLAINED):+,} credits"
        if not self.differences:
            return f"Ledger and service agree: {self.ledger.credits:,} credits in {self.ledger.requests:,} calls"
        parts = []
        for kind in KINDS:
            calls = sum(one.calls for one in self.differences if one.kind == kind)
            if kind in (EDGE, CLOCK) and calls:
                parts.append(f"{calls:,} call{'s' * (calls != 1)} on another day ({kind})")
            elif calls:
                parts.append(f"{self.credits(kind):+,} credits {kind}")
        return f"Nothing is unexplained: {', '.join(parts)}"

    def __repr__(self) -> str:
        return "\n\n".join(panel.text for panel in self._panels())

    def _repr_markdown_(self) -> str:
        return "\n\n".join(panel.markdown for panel in self._panels())

    def _panels(self) -> list[Panel]:
        apart = self.service.plus(self.ledger, -1)
        rows = [("service", *_figures(self.service)), ("ledger", *_figures(self.ledger))]
        rows.append(("difference", *_figures(apart, sign="+")))
        head = ("", "calls", "tokens in", "out", "credits")
        unknown = (
            f"{self.doubtful:,} call{'s' * (self.doubtful != 1)} of the ledger may have cost something nobody says"
        )
        note = f"{self.source}; {unknown}"
        panels = [Panel.of(note, head, rows)]
        told = [(one.kind, one.model, _days(one), f"{one.calls:,}", _credits(one)) for one in self.differences] or [
            ("none", "", "", "", "")
        ]
        panels.append(Panel.of(str(self), ("difference", "model", "days, UTC", "calls", "credits"), told))
        return panels


def reconcile(client: Client, since: Moment = None, until: Moment = None) -> Reconciliation:
    """The client's ledger against the service's `GET /usage`, by model and day; both periods are whole UTC days.

    Without `since` it begins with the ledger's first row. It counts the rows of this client's key; on the sandbox,
    where every kernel has an account of its own, those of this kernel. Raises `NotOfferedError` for cailag, which
    publishes neither usage nor balance, and any `CaicainiError` of the call.
    """
    if client.provider != "caicaini":
        raise NotOfferedError(
            f"{client.provider} publishes no usage, so there is nothing to hold your ledger against",
            action="cost_in_cny(client.ledger) has what your ledger counted, by the published prices.",
        )
    first, last = _day(since), _day(until)
    ledger, doubtful = _counted(client, first, last)
    days = [day for day, _ in ledger] + [one.day for one in doubtful]
    if first is None and days:
        first = min(days)
        service = _begun(_service(client, first - timedelta(days=1), last), ledger, first)
    else:
        service = _service(client, first, last)
    return Reconciliation(
        first,
        last,
        _sum(service),
        _sum(ledger),
        len(doubtful),
        tuple(explain(service, ledger, doubtful, movable=client.origin == "sandbox")),
        f"{client.origin}, {_period(first, last)}",
    )


def _counted(client: Client, first: date | None, last: date | None) -> tuple[Days, list[Doubtful]]:
    """The ledger's calls to a model with this client's key: those whose credits are known, and those that may cost."""
    ledger: dict[tuple[date, str], Counted] = {}
    doubtful: list[Doubtful] = []
    process = process_name() if client.origin == "sandbox" else None
    batches = client.ledger.batches(NAMES, since=first, until=last, provider=client.provider, origin=client.origin)
    for batch in batches:
        for values in zip(*(batch[name] for name in NAMES), strict=True):
            row = dict(zip(NAMES, values, strict=True))
            if row["surface"] not in MODEL_SURFACES or row["key_prefix"] != client.key_prefix:
                continue
            if process is not None and row["process"] != process:
                continue
            day = datetime.fromtimestamp(row["started_ms"] / 1000, UTC).date()
            model = row["model_answered"] or row["model"] or ANY_MODEL
            if row["credits"] is not None:
                call = Counted(1, row["input_tokens"] or 0, row["output_tokens"] or 0, row["credits"])
                ledger[day, model] = ledger.get((day, model), Counted()).plus(call)
            elif not _was_free(row):
                unsure = row["model_answered"] is None and model == ANY_MODEL
                doubtful.append(Doubtful(day, None if unsure else model))
    return ledger, doubtful


def _was_free(row: Mapping[str, Any]) -> bool:
    """Whether it was refused, or never reached the service. An error amid an answer may have been charged."""
    return row["outcome"] == "error" and (row["status"] is None or row["status"] >= 300)


def _service(client: Client, first: date | None, last: date | None) -> dict[tuple[date, str], Counted]:
    """What the service counts; a figure it does not tell counts as none, and so shows up as a difference."""
    found: dict[tuple[date, str], Counted] = {}
    end = None if last is None else last - timedelta(days=1)  # the service counts its last day in
    for row in client.usage(first, end):
        if row.date is None or row.model is None:
            continue
        counted = Counted(row.requests or 0, row.input_tokens or 0, row.output_tokens or 0, row.credits or 0)
        key = (date.fromisoformat(row.date[:10]), row.model)
        found[key] = found.get(key, Counted()).plus(counted)
    return found


def _begun(service: Days, ledger: Days, first: date) -> dict[tuple[date, str], Counted]:
    """Without the day before the ledger's first, but for models of which the first day lacks calls: its days may begin
    at another hour."""
    short = {
        model
        for (day, model), counted in ledger.items()
        if day == first and service.get((day, model), Counted()).requests < counted.requests
    }
    return {key: counted for key, counted in service.items() if key[0] >= first or key[1] in short}


def _sum(days: Days) -> Counted:
    total = Counted()
    for counted in days.values():
        total = total.plus(counted)
    return total


def _day(value: Moment) -> date | None:
    read_as = moment(value, now=datetime.now(UTC))
    return None if read_as is None else read_as.date()


def _period(first: date | None, last: date | None) -> str:
    return f"{first or 'the beginning'} to {'now' if last is None else last - timedelta(days=1)}, UTC"


def _days(one: Difference) -> str:
    return f"{one.first}" if one.first == one.last else f"{one.first} to {one.last}"


def _credits(one: Difference) -> str:
    return "counted above" if one.counted is None else f"{one.counted.credits:+,}"


def _figures(counted: Counted, sign: str = "") -> tuple[str, ...]:
    return tuple(f"{value:{sign},}" for value in counted)
