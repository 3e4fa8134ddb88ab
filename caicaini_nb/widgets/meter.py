"""`UsageMeter`: what you have, what you spend and what you may still send, on screen while you work.

It is told by the ledger of every call this kernel makes, whichever client makes it. The service is asked for the
balance when the meter is made and when you press Refresh, never on a clock; in between the balance is that answer less
what the ledger has seen since, and *at most* says that a call's cost is unknown.
"""

from __future__ import annotations

import threading
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from ..bookkeeping.file import process_name
from ..config import plain
from ..errors import CaicainiError
from ..place import here
from .default_client import default_client
from .figures import Sums, cost_of, level, shown_cost
from .live import Live
from .markup import Child, Markup, element
from .page import clock, page
from .twin import Table, Twin

if TYPE_CHECKING:
    from ..bookkeeping.entry import Entry
    from ..client import Client
    from ..records import Account
    from ..spending.budget import Budget

__all__ = ["UsageMeter"]


class UsageMeter(Live):
    """The meter of one client's provider and key; by default of `connect()`.

    `budget` is what it goes amber and red against, by default the client's own at each moment. `notebook` is the file
    name whose calls *this notebook* adds up, by default the one that runs here.
    """

    title: ClassVar[str] = "Usage meter"

    def __init__(
        self, client: Client | None = None, *, budget: Budget | None = None, notebook: str | None = None
    ) -> None:
        super().__init__()
        self.client = default_client(client)
        self._budget = budget
        self._lock = threading.RLock()
        provider, ledger = self.client.provider, self.client.ledger
        self.notebook = notebook or here().notebook
        self._kernel = Sums(provider, ledger.entries(process=process_name(), provider=provider))
        kept = ledger.entries(notebook=self.notebook, provider=provider) if self.notebook else ()
        self._in_notebook = Sums(provider, kept)
        self._last: Entry | None = None
        self._account: Account | None = None
        self._problem: str | None = None
        self._since = Sums(provider)
        self._page: Any = None
        self._said = ""
        self._ask()
        self._stop = ledger.subscribe(self._add)

    def refresh(self) -> None:
        """Ask the service for balance and tier again: one request, which your rate limit counts."""
        self._ask()
        self._changed()

    def close(self) -> None:
        """End it: no call is counted any more."""
        self._stop()
        super().close()

    def figures(self) -> dict[str, str]:
        """What it shows, as names and values in reading order."""
        with self._lock:
            client = self.client
            rows = {"answers come from": f"{client.provider}, {client.origin}"}
            if client.provider == "caicaini":
                rows |= {"tier": self._tier(), "balance": self._balance()}
            rows["this kernel"] = " in ".join(self._kernel.shown())
            if self.notebook:
                rows["this notebook"] = " in ".join(self._in_notebook.shown())
            rows["last call"] = " · ".join(self._last_call())
            if not plain() and (told := self._requests_left()) is not None:
                rows["requests left"] = told
            if (budget := self._bounded()) is not None:
                rows["budget"] = f"{_share(budget)} of {budget.unit.shown(Decimal(budget.limit))} gone"
            return rows

    def twin(self) -> Twin:
        rows = list(self.figures().items())
        return Twin([Table(self._caption(), ("", ""), rows)], [note] if (note := self._note()) else [])

    def _build(self) -> list[Any]:
        import ipywidgets

        self._page = page("")
        refresh = ipywidgets.Button(
            description="Refresh",
            tooltip="Ask the service for balance and tier",
            layout={"width": "max-content", "align_self": "flex-start"},
        )
        refresh.on_click(lambda _: self.refresh())
        return [self._page, refresh]

    def _show(self) -> None:
        with self._lock:
            self._page.value = str(self._tiles())

    def _add(self, row: Entry) -> None:
        """Told by the ledger, in the thread that made the call."""
        with self._lock:
            if row.provider != self.client.provider:
                return
            self._kernel.add(row)
            if row.notebook == self.notebook:
                self._in_notebook.add(row)
            if row.key_prefix == self.client.key_prefix:
                self._since.add(row)
            if row.surface in ("messages", "chat"):
                self._last = row
        self._changed()

    def _ask(self) -> None:
        if self.client.provider != "caicaini":
            return
        asker = self.client.apart()
        asker.max_attempts = 1  # a meter waits for nobody
        try:
            account, problem = asker.account(), None
        except CaicainiError as error:
            account, problem = None, f"{type(error).__name__}: {error.cause}"
        finally:
            asker.close()
        with self._lock:
            self._account, self._problem, self._since = account, problem, Sums(self.client.provider)

    def _balance(self) -> str:
        if self._account is None or self._account.credits is None:
            return "unknown"
        left = shown_cost("caicaini", Decimal(self._account.credits) - self._since.cost)
        return f"at most {left}" if self._since.unknown_cost else left

    def _tier(self) -> str:
        told = self._heard()
        newest = told.limit.tier if told is not None else None
        return newest or (self._account.tier if self._account is not None else None) or "unknown"

    def _heard(self) -> Any:
        return self.client.ledger.news.heard(self.client.provider, self.client.key_prefix)

    def _requests_left(self) -> str | None:
        told = self._heard()
        if told is None or told.limit.remaining is None:
            return None
        return f"{told.limit.remaining:,}{_of(told.limit.limit)}"

    def _last_call(self) -> list[str]:
        row = self._last
        if row is None:
            return ["none since the meter was made"]
        cost = cost_of(row)
        words = "no cost" if cost is None and row.outcome == "error" else shown_cost(row.provider, cost)
        parts = ["cost unknown" if words == "unknown" else words, row.model_answered or row.model or "unknown model"]
        parts += [row.outcome] if row.outcome not in (None, "ok") else []
        return parts if plain() or row.total_ms is None else [*parts, f"{row.total_ms:,.0f} ms"]

    def _bounded(self) -> Budget | None:
        budget = self._budget or self.client.budget
        return budget if budget is not None and budget.provider == self.client.provider else None

    def _level(self) -> str:
        budget = self._bounded()
        if budget is not None:
            return level(Decimal(budget.limit) - Decimal(budget.left), Decimal(budget.limit))
        told = None if self._account is None else self._account.credits
        return "red" if told is not None and told <= self._since.cost else "green"

    def _note(self) -> str | None:
        """The sentence that says in words what a colour says, or why something is unknown."""
        with self._lock:
            if self._problem is not None:
                return f"The service did not tell the balance: {self._problem}. Refresh asks again."
            budget, stands = self._bounded(), self._level()
            if stands == "green":
                return None
            if budget is None:
                return "Red: no credits are left. Top up, then press Refresh."
            left = budget.unit.shown(Decimal(budget.left))
            if stands == "red":
                return "Red: nothing of the budget is left. Set a new one with %caicaini budget."
            return f"Amber: {left} of the budget are left."

    def _caption(self) -> str:
        return self.title if plain() else f"{self.title}, {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC"

    def _tiles(self) -> Markup:
        stands = self._level()
        tiles = [_tile(name, *self._tile_parts(name, value, stands)) for name, value in self.figures().items()]
        said = element("p", self._note() or "", class_="said", role="status")
        tiles_list = element("dl", *tiles, class_="tiles")
        return element("div", tiles_list, said, role="group", aria_label=self.title)

    def _tile_parts(self, name: str, value: str, stands: str) -> tuple[str, list[Child]]:
        """The class of a tile and what stands in it: the figure, and below it what it is made of."""
        head, _, rest = value.partition(" in ") if name.startswith("this") else value.partition(" · ")
        below: list[Child] = [element("small", rest)] if rest else []
        if name == "requests left" and (told := self._heard()) is not None and told.reset_in is not None:
            whole = f"{told.limit.limit or ''} in a new minute".strip()
            below = [element("small", clock("reset in ", told.reset_in, whole, time.time()))]
        is_bounded = self._bounded() is not None
        if name == "budget" and (budget := self._bounded()) is not None:
            below = [_bar(budget)]
        coloured = name == ("budget" if is_bounded else "balance") and stands != "green"
        return f"tile {stands}" if coloured else "tile", [head, *below]


def _tile(name: str, kind: str, parts: list[Child]) -> Markup:
    return element("div", element("dt", name), element("dd", *parts), class_=kind)


def _bar(budget: Budget) -> Markup:
    return element("span", element("span", style=f"width: {_share(budget)}"), class_="track", aria_hidden="true")


def _share(budget: Budget) -> str:
    """How much of a budget is spent or held back for calls under way."""
    limit = Decimal(budget.limit)
    return f"{min(Decimal(1), (limit - Decimal(budget.left)) / limit):.0%}"


def _of(limit: int | None) -> str:
    return "" if limit is None else f" of {limit:,}"
