"""Live views for a notebook, each with a table that stays in the saved file: what it shows needs no kernel.

meter          `UsageMeter`: balance, this kernel, this notebook, the last call, requests left, budget
dashboard      `UsageDashboard`: calls and cost by model, day, notebook or outcome; reconcile; export
model_picker   `ModelPicker`: the models you may call, what they can do and cost
token_counter  `TokenCounter`: how many tokens a text is, counted while you type
chat_panel     `ChatPanel`: a conversation with pictures, a stop button and a receipt
live           what they share: shown live where a front end can, as a table everywhere; `repainting`, `timer`: when
twin, markup   that table, as HTML and as text; every text in it is escaped
figures        the sums behind the meter
style, bars    colours that follow JupyterLab's theme; a bar chart
page           HTML whose clocks run in the browser, where anywidget is installed: `ticking`
cell_text      what of an answer goes into a new cell; `cell_writer`: how the browser puts it there
allowance      how often one may ask on the side; `usage_table`: the dashboard's sums; `rendered`: a model's Markdown

Names load when they are first used. ipywidgets makes them live; without it each shows its table and says what to
install.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .chat_panel import ChatPanel
    from .dashboard import UsageDashboard
    from .meter import UsageMeter
    from .model_picker import ModelPicker
    from .token_counter import TokenCounter

__all__ = ["ChatPanel", "ModelPicker", "TokenCounter", "UsageDashboard", "UsageMeter"]

_HOME = {
    "ChatPanel": "chat_panel",
    "ModelPicker": "model_picker",
    "TokenCounter": "token_counter",
    "UsageDashboard": "dashboard",
    "UsageMeter": "meter",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"caicaini_nb.widgets has no {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value  # the next look-up does not come here
    return value


def __dir__() -> list[str]:
    return __all__
