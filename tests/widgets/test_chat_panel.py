"""The chat panel: streams, stops, shows what it cost, and lets nothing that a model writes act."""

from __future__ import annotations

import io
import threading
from typing import Any

import pytest
from PIL import Image

from caicaini_nb import Client, ConfigurationError, connect
from caicaini_nb.sandbox import Sandbox
from caicaini_nb.widgets import ChatPanel, chat_panel
from caicaini_nb.widgets.cell_text import cell_text
from caicaini_nb.widgets.rendered import rendered
from tests.browser.payloads import payloads
from tests.fake_service import FakeService, dial, error
from tests.widgets.front import Front, Timers, plain_text, tags

ACTIVE = {"script", "img", "image", "iframe", "object", "embed", "svg", "form", "input", "style", "link", "video"}


def ask(panel: ChatPanel, question: str, **options: Any) -> str:
    panel.send(question, **options)
    panel.wait(30)
    assert not panel.is_answering
    return panel._parts["said"].value if panel._parts else ""


def test_an_answer_is_shown_with_its_receipt_and_remembered(client: Client) -> None:
    panel = ChatPanel(client, model="caicaini/haiku")
    assert panel.widget is not None
    text = plain_text(ask(panel, "My name is Ada."))
    assert "YouMy name is Ada." in text
    assert "caicaini/haiku · " in text
    assert "credits" in text
    assert "Ada" in plain_text(ask(panel, "What is my name?")).split("What is my name?")[1]
    assert len(panel.chat.messages) == 4
    assert "You: What is my name?" in repr(panel)


def test_it_grows_while_it_comes_and_stop_ends_it() -> None:
    with Sandbox(fresh=True, engine="rules", pace=0.02) as sandbox, connect(sandbox=sandbox) as client:
        panel = ChatPanel(client)
        assert panel.widget is not None
        begun = threading.Event()
        panel._parts["growing"].observe(lambda change: begun.set() if "1, 2" in change["new"] else None, "value")
        panel.send("Count from 1 to 400.")
        assert begun.wait(30)
        assert not panel._parts["Stop"].disabled
        assert panel._parts["Send"].disabled
        with pytest.raises(ConfigurationError, match="under way"):
            panel.send("And now?")
        panel._parts["Stop"].click()
        panel.wait(10)
        said = plain_text(panel._parts["said"].value)
        assert "1, 2" in said
        assert "Stopped" in said
        assert panel._parts["Stop"].disabled
        assert panel.chat.messages == ()
        assert [row.outcome for row in client.ledger.entries(limit=1)] == ["interrupted"]
        sandbox.set_pace(0)
        assert "17 * 23 = 391" in plain_text(ask(panel, "What is 17 * 23?"))


def test_stop_ends_a_wait_for_another_attempt(service: FakeService) -> None:
    service.play(error(529, "overloaded_error", headers={"Retry-After": "60"}))
    with dial(service) as client:
        panel = ChatPanel(client)
        panel.send("What is 1 + 1?")
        while not service.received:
            panel.wait(0.01)
        panel.stop()
        panel.wait(10)
        assert not panel.is_answering
        assert "Stopped" in repr(panel)


def test_an_error_is_told_and_the_next_question_works(service: FakeService) -> None:
    service.play(error(401, "authentication_error", "no <b>such</b> key"))
    with dial(service) as client:
        panel = ChatPanel(client)
        assert panel.widget is not None
        said = ask(panel, "What is 1 + 1?")
        assert "AuthenticationError" in plain_text(said)
        assert "no <b>such</b> key" in plain_text(said)
        assert not panel._parts["Send"].disabled


def test_a_question_without_words_is_refused(client: Client) -> None:
    panel = ChatPanel(client)
    assert panel.widget is not None
    panel._parts["Send"].click()
    assert "There is no question" in plain_text(panel._parts["problem"].value)
    with pytest.raises(ConfigurationError, match="no answer yet"):
        panel.to_cell()


def test_pictures_go_along(client: Client) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    panel = ChatPanel(client)
    ask(panel, "What is in this picture?", images=[file.getvalue()])
    assert "image" in str(panel.chat.messages[0].content).lower()
    ask(panel, "And this?", images=[b"no picture"])
    assert "ConfigurationError" in repr(panel)


@pytest.mark.parametrize("payload", payloads("http://127.0.0.1:9/"))
def test_nothing_a_model_writes_acts(payload: str) -> None:
    for tag, attributes in tags(rendered(payload)):
        assert tag not in ACTIVE
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "srcset", "style")]
        if tag == "a":
            assert (attributes["href"] or "").startswith(("http:", "https:", "mailto:", "#"))
            assert attributes["rel"] == "noopener noreferrer"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("So:\n\n```python\nx = 1\n```\nand\n```py\ny = 2\n```", "x = 1\n\ny = 2"),
        ("```\nz = 3\n```", "z = 3"),
        ("```bash\nrm -rf /\n```", "%%caicaini\nHow?"),
        ("Just words.", "%%caicaini\nHow?"),
        ("```python\n\n```", "%%caicaini\nHow?"),
    ],
)
def test_a_cell_gets_the_code_else_the_question(answer: str, expected: str) -> None:
    assert cell_text(" How?\n", answer) == expected


def test_to_cell_puts_it_below_and_runs_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    front = Front.opened(monkeypatch)
    monkeypatch.setattr(chat_panel, "running_shell", lambda: front)
    panel = ChatPanel(client)
    ask(panel, "What is 17 * 23?")
    assert panel.to_cell() == "%%caicaini\nWhat is 17 * 23?"
    assert front.inputs == ["%%caicaini\nWhat is 17 * 23?"]


def test_the_file_keeps_what_was_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    timers = Timers.of_repainting(monkeypatch)
    front = Front.opened(monkeypatch)
    panel = ChatPanel(client)
    panel._ipython_display_()
    ask(panel, "What is 17 * 23?")
    timers.run_all()
    saved = front.outputs[0]["data"]
    for shown in (plain_text(saved["text/html"]), saved["text/plain"]):
        assert "17 * 23 = 391" in shown
        assert "credits" in shown
