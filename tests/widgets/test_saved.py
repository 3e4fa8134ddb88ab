"""A saved notebook with live views in it, as nbconvert writes it for readers without a kernel."""

from __future__ import annotations

from typing import Any

import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output

from caicaini_nb import Client
from caicaini_nb.widgets import ChatPanel, ModelPicker, TokenCounter, UsageDashboard, UsageMeter
from tests.widgets.front import Front, Timers, plain_text


def test_every_number_is_there_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    front, timers = Front.opened(monkeypatch), Timers.of_repainting(monkeypatch)
    client.send("Count from 1 to 12.", model="caicaini/opus")
    panel, counter = ChatPanel(client), TokenCounter(client)
    counter.count("How many tokens is this?")
    meter = UsageMeter(client)
    for view in (meter, UsageDashboard(client), ModelPicker(client), counter, panel):
        view._ipython_display_()
    panel.send("What is 12 * 12?")
    panel.wait(30)
    timers.run_all()

    outputs = [new_output("display_data", data=output["data"]) for output in front.outputs]  # type: ignore[no-untyped-call]
    cell: Any = new_code_cell("views", outputs=outputs)  # type: ignore[no-untyped-call]
    html, _ = HTMLExporter().from_notebook_node(new_notebook(cells=[cell]))  # type: ignore[no-untyped-call]
    text = plain_text(html)
    for value in (
        meter.figures()["balance"],
        "Credits by model",
        "256,000",
        "24 characters, 5 words",
        "12 * 12 = 144",
    ):
        assert text.count(value) == 1, value
    assert "widget" not in text.partition("views")[2]
