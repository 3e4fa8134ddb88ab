"""Every capability over every surface of every provider, whole and streamed; the README's table is what is seen here.

A cell is *works*, or the error that says why not and where it is to be had.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from caicaini_nb import Client, connect
from caicaini_nb.errors import BudgetExceededError, NotOfferedError
from caicaini_nb.reply import Reply
from caicaini_nb.sandbox import Sandbox
from caicaini_nb.spending.budget import Budget

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


@dataclass(frozen=True)
class Route:
    """One way to the model: whose client, over which surface, whole or streamed."""

    client: Client
    surface: str
    streamed: bool

    def ask(self, prompt: Any, **asked: Any) -> Reply:
        if not self.streamed:
            return self.client.send(prompt, surface=self.surface, **asked)
        with self.client.stream(prompt, surface=self.surface, **asked) as stream:
            for _ in stream:
                pass
        return stream.reply


@dataclass
class Invoice:
    merchant: str
    total: float


def weather(city: str) -> str:
    """The weather in a city."""
    return f"4 °C in {city}"


def picture() -> bytes:
    """A PNG of 2 × 2 red pixels."""
    rows = b"".join(b"\x00" + b"\xff\x00\x00" * 2 for _ in range(2))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def text(route: Route) -> None:
    reply = route.ask("What is 17 * 23?", system="Be brief.", temperature=0, top_p=0.9, stop_sequences="###")
    assert "391" in reply.text
    assert reply.stop_reason == "end_turn"


def tools(route: Route) -> None:
    reply = route.ask("What is the weather in Oslo?", tools=[weather])
    assert [(use.name, use.input) for use in reply.tool_uses] == [("weather", {"city": "Oslo"})]
    assert reply.stop_reason == "tool_use"


def tool_choice(route: Route) -> None:
    asked = {"tools": [weather], "prompt": "What is the weather in Oslo?"}
    assert not route.ask(**asked, tool_choice="none").tool_uses
    assert route.ask(**asked, tool_choice="any").tool_uses
    assert route.ask(**asked, tool_choice="weather").tool_uses


def tool_loop(route: Route) -> None:
    seen: list[Any] = []
    reply = route.client.run_tools(
        "What is the weather in Oslo?",
        tools=[weather],
        surface=route.surface,
        on_event=seen.append if route.streamed else None,
    )
    assert "4 °C" in reply.text
    assert [run.result for run in reply.earlier[0].runs] == ["4 °C in Oslo"]
    assert bool(seen) == route.streamed


def pictures(route: Route) -> None:
    model = "glm-4v-plus" if route.client.provider == "cailag" else None  # not all of cailag's 70 models see
    reply = route.ask("How large is this picture?", images=[picture()], model=model)
    assert re.search(r"2\s*[×x]\s*2", reply.text)


def thinking(route: Route) -> None:
    reply = route.ask("What is 17 * 23?", thinking=512)
    assert reply.thinking
    assert reply.thinking not in reply.text


def data(route: Route) -> None:
    reply = route.ask("Invoice from Acme GmbH, total 21.84 EUR. Extract it.", schema=Invoice)
    assert isinstance(reply.value, Invoice)
    assert reply.value.total == 21.84
    assert list(reply.frame().columns) == ["merchant", "total"]


def conversation(route: Route) -> None:
    chat = route.client.chat()
    if route.streamed:
        with chat.stream("My name is Ada.", surface=route.surface) as stream:
            list(stream)
    else:
        chat.send("My name is Ada.", surface=route.surface)
    assert "Ada" in chat.send("What is my name?", surface=route.surface).text


UNDOCUMENTED = "sent, but Caicaini does not document it"


def several_answers(route: Route) -> str | None:
    reply = route.ask("What is 17 * 23?", n=2)
    if route.client.provider == "caicaini":
        return UNDOCUMENTED
    assert len(reply.choices) == 2
    return None


def penalties(route: Route) -> str | None:
    assert route.ask("What is 17 * 23?", presence_penalty=0.5, frequency_penalty=0.5).text
    return UNDOCUMENTED if route.client.provider == "caicaini" else None


def cache(route: Route) -> None:
    before = len(route.client.ledger)
    first, again = (route.ask("What is 17 * 24?", cache=True) for _ in range(2))
    assert (first.cached, again.cached) == (False, True)
    assert again.text == first.text
    assert len(route.client.ledger) == before + 1


def budget(route: Route) -> None:
    unit: dict[str, Any] = {"credits": 1} if route.client.provider == "caicaini" else {"cny": "0.000001"}
    route.ask("What is 1 + 1?")  # what a token costs is known then
    route.client.budget = Budget(**unit)
    before = len(route.client.ledger)
    with pytest.raises(BudgetExceededError):
        route.ask("Count to 500.", max_tokens=8000)
    assert len(route.client.ledger) == before


def preview(route: Route) -> None:
    before = len(route.client.ledger.entries(surface=route.surface))
    shown = route.client.preview("What is 17 * 23?", surface=route.surface)
    assert "17 * 23" in str(shown.body)
    assert len(route.client.ledger.entries(surface=route.surface)) == before
    assert (shown.input_tokens is not None) == (route.client.provider == "caicaini")


CAPABILITIES: dict[str, Callable[[Route], str | None]] = {
    "Text, system, temperature, top-p, stop": text,
    "Tools a model may ask for": tools,
    "Tool choice: any, none, one": tool_choice,
    "Tools run in a loop": tool_loop,
    "Pictures": pictures,
    "Thinking": thinking,
    "Data by a schema": data,
    "Conversations": conversation,
    "Several answers (`n`)": several_answers,
    "Presence and frequency penalty": penalties,
    "Reply cache": cache,
    "Budget": budget,
    "Preview": preview,
}
ROUTES = {"Caicaini messages": ("caicaini", "messages"), "Caicaini chat": ("caicaini", "chat"),
          "cailag messages": ("cailag", "messages"), "cailag chat": ("cailag", "chat")}  # fmt: skip


@pytest.fixture
def clients(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Client]]:
    monkeypatch.setenv("CAICAINI_CACHE", str(tmp_path / "cache.db"))
    key = sandbox.mint_key()
    opened = {
        "caicaini": connect(base=sandbox.base_url, key=key),
        "cailag": connect("cailag", base=sandbox.cailag_base_url, key=key),
    }
    yield opened
    for client in opened.values():
        client.close()
    sandbox.revoke_key(key)


def seen(prove: Callable[[Route], str | None], route: Route) -> str:
    """What the README says of it: that it works, or why not."""
    try:
        return prove(route) or "✓"
    except NotOfferedError as error:
        return error.cause


def claimed(capability: str, column: str) -> str:
    """The cell of the README's table."""
    lines = [line for line in README.splitlines() if line.startswith("|")]
    (head,) = (line for line in lines if "| Caicaini messages |" in line)
    rows = {cells(line)[0]: cells(line) for line in lines}
    return rows[capability][cells(head).index(column)]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("streamed", [False, True], ids=["send", "stream"])
@pytest.mark.parametrize("column", ROUTES)
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_the_readme_says_what_is_so(clients: dict[str, Client], capability: str, column: str, streamed: bool) -> None:
    provider, surface = ROUTES[column]
    route = Route(clients[provider], surface, streamed)
    assert seen(CAPABILITIES[capability], route) == claimed(capability, column)


def test_the_table_has_no_row_that_is_not_tested() -> None:
    start = README.index("| Caicaini messages |")
    table = README[README.rindex("\n", 0, start) : README.index("\n\n", start)].strip().splitlines()
    assert {cells(row)[0] for row in table[2:]} == set(CAPABILITIES)
