"""What all live views share: shown live where a front end can, and as a table in the saved file and everywhere else.

A cell gets two outputs. The first is the table, updated in place, so that what is saved is what was last seen; the
second the live view, which hides the first for as long as it is there. Running the cell again ends the view that
stood there before.
"""

from __future__ import annotations

import secrets
import weakref
from typing import Any, ClassVar

from ..config import plain
from ..errors import ConfigurationError
from ..place import here, running_shell
from .markup import Markup, element, joined
from .repainting import Repainting
from .style import hiding, style
from .twin import Twin

__all__ = ["INSTALL", "Live"]

INSTALL = "pip install ipywidgets"
SAVED = 0.5  # seconds until the table follows
MIME = "application/vnd.jupyter.widget-view+json"


class Live:
    """A view that shows itself as the last line of a cell. `widget` is its live part, for a layout of your own."""

    title: ClassVar[str]

    def __init__(self, **repainting: Any) -> None:
        # In plain mode two runs must give the same output.
        self._name = "plain" if plain() else secrets.token_hex(4)
        self._displays: list[str] = []
        self._view: Any = None
        self._changed = Repainting(self._paint, **repainting)
        # What is saved may follow a moment later: the call that is being counted need not wait for it.
        self._saved = Repainting(self._paint_twin, interval=SAVED, eager=False)

    def twin(self) -> Twin:
        """Its numbers as they stand, for a file that has no kernel."""
        raise NotImplementedError

    def _build(self) -> list[Any]:
        """The ipywidgets it is made of."""
        raise NotImplementedError

    def _show(self) -> None:
        """Bring those ipywidgets up to date."""

    @property
    def widget(self) -> Any:
        """The live view as an ipywidget. Raises `ConfigurationError` where ipywidgets is not installed."""
        if self._view is None:
            widgets = _ipywidgets()
            if widgets is None:
                raise ConfigurationError(f"The {self.title} is live with ipywidgets only", action=f"Run {INSTALL}.")
            sheet = widgets.HTML(str(style(self._name)), layout=widgets.Layout(display="none"))
            self._view = widgets.VBox([sheet, *self._build()])
            for name in ("caicaini", "caicaini-live"):
                self._view.add_class(name)
            self._show()
        return self._view

    def close(self) -> None:
        """End it: the live view goes, the table stays."""
        self._changed.end()
        self._saved.end()
        if self._view is not None:
            self._view.close()

    def __repr__(self) -> str:
        return self.twin().text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        twin = self.twin()
        return {"text/html": str(self._html(twin)), "text/plain": twin.text()}

    def _ipython_display_(self) -> None:
        shell = running_shell()
        if shell is None:
            return
        is_live = hasattr(shell, "kernel") and not plain()
        if not is_live or _ipywidgets() is None:
            data = self._repr_mimebundle_()
            if is_live:
                data = _advised(data)
            shell.display_pub.publish(data=data, metadata={})
            return
        _replace(self)
        self._displays.append(f"caicaini-{self._name}-{len(self._displays)}")
        shell.display_pub.publish(
            data=self._repr_mimebundle_(), metadata={}, transient={"display_id": self._displays[-1]}
        )
        # A front end that has no live view shows this HTML, which is nothing: the table stands above.
        view = self.widget._repr_mimebundle_()[MIME]
        shell.display_pub.publish(
            data={MIME: view, "text/html": "", "text/plain": f"({self.title}, live)"}, metadata={}
        )

    def _paint(self) -> None:
        if self._view is not None:
            self._show()
        if self._displays:
            self._saved()

    def _paint_twin(self) -> None:
        shell = running_shell()
        if shell is None:
            return
        data = self._repr_mimebundle_()
        for name in self._displays:
            shell.display_pub.publish(data=data, metadata={}, transient={"display_id": name}, update=True)

    def _html(self, twin: Twin) -> Markup:
        inner = element("div", twin.html(), class_=f"caicaini caicaini-twin caicaini-twin-{self._name}")
        return joined([hiding(self._name), inner])


def _ipywidgets() -> Any:
    """The package, or `None` where it is not installed."""
    try:
        import ipywidgets
    except ImportError:
        return None
    return ipywidgets


def _advised(data: dict[str, str]) -> dict[str, str]:
    said = f"This is a table as it stands. For a live view: {INSTALL}, then restart the kernel."
    return {"text/html": data["text/html"] + element("p", said), "text/plain": f"{data['text/plain']}\n\n{said}"}


_SHOWN: dict[str, tuple[str | None, weakref.WeakSet[Live]]] = {}
"""What each cell of this kernel shows, and in which of its runs: a view that is off the page must cost nothing."""


def _replace(live: Live) -> None:
    place = here()
    if place.cell is None:
        return
    run, shown = _SHOWN.get(place.cell, (place.run, weakref.WeakSet()))
    if run != place.run:
        for earlier in shown:
            if earlier is not live:
                earlier.close()
        shown = weakref.WeakSet()
    shown.add(live)
    _SHOWN[place.cell] = (place.run, shown)
