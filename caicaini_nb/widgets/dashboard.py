"""`UsageDashboard`: your calls by model, day, notebook or outcome, in credits, tokens or money, as a table and a chart.

It reads the ledger, and follows it while you work. Only the Reconcile tab asks the service, when you press its button.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from ..config import plain
from ..errors import CaicainiError, ConfigurationError
from .default_client import default_client
from .live import Live
from .markup import Markup, element, joined
from .twin import Table, Twin
from .usage_table import BY, PERIODS, UNITS, Choice, Usage, usage

if TYPE_CHECKING:
    from ..analytics.money import Usd
    from ..analytics.reconciliation import Reconciliation
    from ..client import Client

__all__ = ["UsageDashboard"]

INTERVAL = 0.5  # seconds between two readings of the ledger while calls go on
SHARED = {"layout": {"width": "max-content"}, "style": {"description_width": "initial"}}


class UsageDashboard(Live):
    """The dashboard of a client's ledger; by default of `connect()`'s.

    `period`, `by` and `unit` are what it shows first: one of *today*, *7 days*, *30 days*, *this month*, *everything*;
    of *model*, *day*, *notebook*, *outcome*; of *credits*, *tokens*, *money*. `packs` are the top-ups you bought, in
    dollars. Raises `ConfigurationError` for anything else.
    """

    title: ClassVar[str] = "Usage dashboard"

    def __init__(
        self,
        client: Client | None = None,
        *,
        period: str = "30 days",
        by: str = "model",
        unit: str | None = None,
        packs: Sequence[Usd] | None = None,
    ) -> None:
        super().__init__(interval=INTERVAL, eager=False)
        self.client = default_client(client)
        self._packs = packs
        provider = self.client.provider
        self.choice = _checked(Choice(provider, period, by, unit or UNITS[provider][0]))
        self._reconciled: Reconciliation | str | None = None
        self._figures: Any = None
        self._report: Any = None
        self._unit: Any = None
        self._is_showing = False
        self._stop = self.client.ledger.subscribe(lambda row: self._changed())

    def choose(self, **values: str) -> None:
        """Set filters as the controls do: `period`, `by`, `unit`, `provider`."""
        self.choice = _checked(self.choice.changed(**values))
        self._changed.now()

    def usage(self) -> Usage:
        """The rows and sums it shows."""
        return usage(self.client.ledger, self.choice, packs=self._packs)

    def reconcile(self) -> Reconciliation:
        """Hold the ledger against the service's own figures, show it and return it; one request.

        Raises any `CaicainiError` of that.
        """
        from ..analytics.reconciliation import reconcile

        found = self._reconciled = reconcile(self.client, since=self.choice.since(datetime.now(UTC)))
        self._changed.now()
        return found

    def close(self) -> None:
        """End it: it follows the ledger no longer."""
        self._stop()
        super().close()

    def twin(self) -> Twin:
        found = self.usage()
        tables = [found.table(), *_differences(self._reconciled)]
        said = [found.note or "", self._stamp(), *([_sentence(self._reconciled)] if self._reconciled else [])]
        return Twin(tables, [note for note in said if note], found.chart())

    def _build(self) -> list[Any]:
        import ipywidgets

        self._figures, self._report = ipywidgets.HTML(), ipywidgets.HTML()
        ask = ipywidgets.Button(description="Ask the service", layout={"width": "max-content"})
        ask.on_click(lambda _: self._asked())
        tabs = ipywidgets.Tab(
            [ipywidgets.VBox([self._controls(), self._figures]), ipywidgets.VBox([ask, self._report])]
        )
        tabs.titles = ("Usage", "Reconcile")
        return [tabs]

    def _controls(self) -> Any:
        import ipywidgets

        providers = sorted({self.client.provider, *self.client.ledger.daily(by=("provider",))["provider"]})
        made = {
            "provider": ipywidgets.Dropdown(options=providers, description="Provider", **SHARED),
            "period": ipywidgets.Dropdown(options=list(PERIODS), description="Range", **SHARED),
            "by": ipywidgets.Dropdown(options=BY, description="By", **SHARED),
            "unit": ipywidgets.Dropdown(options=UNITS[self.choice.provider], description="In", **SHARED),
        }
        for name, control in made.items():
            control.value = getattr(self.choice, name)
            control.observe(lambda change, name=name: self._chosen(name, change["new"]), "value")
        self._unit = made["unit"]
        return ipywidgets.HBox(list(made.values()), layout={"flex_flow": "row wrap", "grid_gap": "4px 14px"})

    def _chosen(self, name: str, value: str | None) -> None:
        if not self._is_showing and value not in (None, getattr(self.choice, name)):
            self.choose(**{name: value})

    def _asked(self) -> None:
        """The button: what fails is told beside it."""
        try:
            self.reconcile()
        except CaicainiError as error:
            self._reconciled = f"{type(error).__name__}: {error}"
            self._changed.now()

    def _show(self) -> None:
        found = self.usage()
        self._is_showing = True  # new options choose the first of them
        if tuple(self._unit.options) != UNITS[self.choice.provider]:
            self._unit.options = UNITS[self.choice.provider]
        self._unit.value = self.choice.unit
        self._is_showing = False
        link = _download(found)
        table = element(
            "div", found.table().html(), class_="scrolled", tabindex="0", role="region", aria_label=found.title
        )
        notes = [element("p", note) for note in (found.note, self._stamp()) if note]
        self._figures.value = str(joined([found.chart() or element("p", "Nothing to draw."), table, *notes, link]))
        self._report.value = str(self._reconciliation())

    def _reconciliation(self) -> Markup:
        if self._reconciled is None:
            return element("p", "The ledger against the service's own figures: one request, nothing is charged.")
        tables = (table.html() for table in _differences(self._reconciled))
        return joined([element("p", _sentence(self._reconciled), role="status"), *tables])

    def _stamp(self) -> str:
        return "" if plain() else f"As of {datetime.now(UTC):%Y-%m-%d %H:%M} UTC."


def _checked(choice: Choice) -> Choice:
    allowed = {"provider": tuple(UNITS), "period": tuple(PERIODS), "by": BY, "unit": UNITS.get(choice.provider, ())}
    for name, values in allowed.items():
        if (value := getattr(choice, name)) not in values:
            raise ConfigurationError(f"{name} is not {value!r}", action=f"Use one of {', '.join(values)}.")
    return choice


def _sentence(found: Reconciliation | str | None) -> str:
    return str(found or "")


def _differences(found: Reconciliation | str | None) -> list[Table]:
    """The two counts and what lies between them."""
    if found is None or isinstance(found, str):
        return []
    head = ("count", "calls", "tokens in", "out", "credits")
    counts = [("service", found.service), ("ledger", found.ledger)]
    rows = [(name, *(f"{amount:,}" for amount in counted)) for name, counted in counts]
    tables = [Table("The two counts", head, rows)]
    told = [
        (one.kind, one.model, f"{one.calls:,}", "unknown" if one.counted is None else f"{one.counted.credits:+,}")
        for one in found.differences
    ]
    return (
        [*tables, Table("What lies between them", ("difference", "model", "calls", "credits"), told)]
        if told
        else tables
    )


def _download(found: Usage) -> Markup:
    """A link that saves the table as CSV: the browser makes the file, wherever the kernel runs."""
    data = b64encode(found.csv().encode()).decode()
    name = f"usage-by-{found.choice.by}-{found.choice.provider}.csv"
    return element("a", "Export CSV", class_="action", download=name, href=f"data:text/csv;base64,{data}")
