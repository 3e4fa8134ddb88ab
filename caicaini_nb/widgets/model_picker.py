"""`ModelPicker`: the models you may call, what each can do, how much it reads and writes, what it costs.

The list is the service's own at the moment it was asked. What the service does not say reads *unknown*, and a filter
that no model of the list could answer cannot be set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import ConfigurationError
from ..models import Model, catalogue
from .default_client import default_client
from .live import Live
from .twin import Table, Twin

if TYPE_CHECKING:
    from ..client import Client
    from ..records import ModelInfo

__all__ = ["FEATURES", "ModelPicker"]

FEATURES = ("vision", "tools", "thinking")
HEAD = ("model", "context", "max output", *FEATURES, "price")
LABEL = {"description_width": "initial"}
MARK = {True: "yes", False: "no", None: "unknown"}


class ModelPicker(Live):
    """Pick one of a client's models; `value` is its id. By default the client is `connect()`.

    `value` chooses one from the start; `needs` lists features it must have, of *vision*, *tools*, *thinking*. Raises
    `ConfigurationError` for a model or a feature that is not there.
    """

    title: ClassVar[str] = "Model picker"

    def __init__(self, client: Client | None = None, *, value: str | None = None, needs: Iterable[str] = ()) -> None:
        super().__init__()
        self.client = default_client(client)
        self.models = tuple(self.client.models())
        self.needs = frozenset(needs)
        self.search = ""
        self._watchers: list[Callable[[str | None], None]] = []
        if unknown := sorted(self.needs - set(FEATURES)):
            raise ConfigurationError(f"There is no feature {unknown[0]!r}", action=f"Use {', '.join(FEATURES)}.")
        self._value: str | None = None
        self._controls: dict[str, Any] = {}
        self._is_showing = False
        offered = self.offered()
        self._pick(value if value is not None else offered[0].id if offered else None)

    @property
    def value(self) -> str | None:
        """The id of the chosen model; `None` where no model fits the filters."""
        return self._value

    @value.setter
    def value(self, model: str) -> None:
        self._pick(model)
        self._changed.now()

    @property
    def model(self) -> ModelInfo | None:
        """What the service says of the chosen model."""
        return next((model for model in self.models if model.id == self._value), None)

    def on_change(self, watcher: Callable[[str | None], None]) -> Callable[[], None]:
        """Call `watcher` with each newly chosen id; what comes back ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def offered(self) -> list[ModelInfo]:
        """The models that have what is needed and match the search."""
        return [
            model
            for model in self.models
            if all(_flag(model, need) is True for need in self.needs) and self.search.lower() in _text(model)
        ]

    def twin(self) -> Twin:
        rows = [_cells(model) for model in self.offered()]
        chosen = "No model fits." if self._value is None else f"Chosen: {self._value}."
        return Twin([Table(f"Models of {self.client.provider}, {self.client.origin}", HEAD, rows)], [chosen])

    def _pick(self, value: str | None) -> None:
        if value is not None and all(model.id != value for model in self.models):
            near = get_close_matches(value, [model.id for model in self.models], n=2, cutoff=0.5)
            hint = f"Did you mean {' or '.join(near)}?" if near else "%caicaini models lists them."
            raise ConfigurationError(f"{self.client.provider} does not offer {value!r} to this key", action=hint)
        if value != self._value:
            self._value = value
            for watcher in tuple(self._watchers):
                watcher(value)

    def _build(self) -> list[Any]:
        import ipywidgets

        search = ipywidgets.Text(description="Find", placeholder="part of a name", style=LABEL)
        search.observe(lambda change: self._filter(search=change["new"]), "value")
        boxes = []
        for feature in FEATURES:
            is_told = any(_flag(model, feature) is not None for model in self.models)
            box = ipywidgets.Checkbox(
                value=feature in self.needs,
                description=feature,
                disabled=not is_told,
                indent=False,
                layout={"width": "max-content"},
            )
            box.observe(lambda change, feature=feature: self._need(feature, change["new"]), "value")
            boxes.append(box)
        chosen = ipywidgets.Select(description="Model", rows=8, style=LABEL, layout={"width": "max-content"})
        chosen.observe(self._selected, "value")
        self._controls = {"chosen": chosen, "facts": ipywidgets.HTML()}
        filters = ipywidgets.HBox([search, *boxes], layout={"flex_flow": "row wrap", "grid_gap": "4px 14px"})
        return [filters, ipywidgets.HBox(list(self._controls.values()), layout={"flex_flow": "row wrap"})]

    def _show(self) -> None:
        chosen, names = self._controls["chosen"], tuple(model.id for model in self.offered())
        if tuple(chosen.options) != names:
            self._is_showing = True  # new options choose the first of them
            chosen.options = names
            self._is_showing = False
        if chosen.value != self._value:
            chosen.value = self._value
        model = self.model
        facts = [] if model is None else list(zip(HEAD[1:], _cells(model)[1:], strict=True))
        if model is not None and model.description:
            facts.append(("for", model.description))
        self._controls["facts"].value = str(Table(self._value or "No model fits", ("", ""), facts).html())

    def _selected(self, change: Any) -> None:
        if not self._is_showing and change["new"] not in (None, self._value):
            self.value = change["new"]

    def _need(self, feature: str, is_needed: bool) -> None:
        self.needs = self.needs | {feature} if is_needed else self.needs - {feature}
        self._filter()

    def _filter(self, *, search: str | None = None) -> None:
        """The first model that fits is chosen where the one before does not."""
        self.search = self.search if search is None else search
        names = [model.id for model in self.offered()]
        if self._value not in names:
            self._pick(names[0] if names else None)
        self._changed.now()


def _flag(model: ModelInfo, feature: str) -> bool | None:
    flag: bool | None = getattr(model, f"supports_{feature}")
    return flag


def _text(model: ModelInfo) -> str:
    return " ".join(filter(None, (model.id, model.display_name, model.description))).lower()


def _cells(model: ModelInfo) -> tuple[str, ...]:
    sizes = (_size(model.context_window), _size(model.max_output_tokens))
    return (model.id, *sizes, *(MARK[_flag(model, feature)] for feature in FEATURES), _price(model))


def _size(tokens: int | None) -> str:
    return "unknown" if tokens is None else f"{tokens:,}"


def _price(model: ModelInfo) -> str:
    """cailag's by its price table; Caicaini publishes none and says after each call what it took."""
    known: Model | None = catalogue().get(model.id)
    if known is not None and known.provider == "caicaini":
        return "credits, told with each answer"
    prices: list[Decimal | None] = [None, None] if known is None else [known.input_price, known.output_price]
    if None in prices:
        return "not published"
    return f"¥{prices[0]} in, ¥{prices[1]} out a million tokens"
