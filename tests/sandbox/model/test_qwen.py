"""What a half-billion-parameter model gets right here: six of six tool questions, and a receipt to its last figure."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from caicaini_nb.sandbox import Sandbox
from tests.sandbox.calls import NO_TLS, chat_body, messages_body

pytestmark = [pytest.mark.needs("qwen"), pytest.mark.slow]


def tool(name: str, about: str, *required: str, **properties: dict[str, Any]) -> dict[str, Any]:
    """A tool on the messages surface."""
    return {
        "name": name,
        "description": about,
        "input_schema": {"type": "object", "properties": properties, "required": list(required)},
    }


TEXT = {"type": "string"}
UNIT = {"type": "string", "enum": ["celsius", "fahrenheit"]}
MONEY = {"amount": {"type": "number"}, "from_currency": TEXT, "to_currency": TEXT}
TOOLS = [
    tool("get_weather", "Current weather of a city", "city", city=TEXT, unit=UNIT),
    tool("convert_currency", "Convert an amount of money from one currency to another", *MONEY, **MONEY),
    tool("search_docs", "Search the product documentation", "query", query=TEXT),
]
QUESTIONS = {
    "What's the weather in Lisbon right now?": "get_weather",
    "Is it raining in Oslo? Use celsius.": "get_weather",
    "How much is 250 US dollars in euros?": "convert_currency",
    "Convert 1,000 yen to pounds.": "convert_currency",
    "Find in the documentation how to rotate an API key.": "search_docs",
    "Write one sentence that thanks a colleague.": None,
}
RECEIPT = """CAFE LUNA
12 Harbour Street
Date: 2026-03-14
Espresso 2 x 2.40  4.80
Croissant 2 x 2.95  5.90
Lunch plate  11.14
TOTAL EUR 21.84
Thank you!"""
ITEM = {"type": "object", "properties": {"name": TEXT, "price": {"type": "number"}}, "required": ["name", "price"]}
FIELDS = {
    "merchant": TEXT,
    "date": {"type": "string", "format": "date"},
    "total": {"type": "number"},
    "currency": TEXT,
    "items": {"type": "array", "items": ITEM},
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a sandbox with the model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAICAINI_SANDBOX_HOME", str(tmp_path_factory.mktemp("home")))
        with Sandbox(fresh=True, engine="model", model=os.environ["CAICAINI_QWEN"]) as box:
            headers = {"Authorization": f"Bearer {box.api_key}"}
            with httpx.Client(base_url=box.base_url, headers=headers, timeout=120, verify=NO_TLS) as client:
                yield client


@pytest.mark.parametrize(("question", "wanted"), QUESTIONS.items(), ids=range(len(QUESTIONS)))
def test_a_question_goes_to_the_right_tool(api: httpx.Client, question: str, wanted: str | None) -> None:
    turns = [{"role": "user", "content": question}]
    answer = api.post("/messages", json=messages_body(messages=turns, tools=TOOLS, max_tokens=120))
    assert answer.headers["x-sandbox-engine"] == "qwen2.5-coder-0.5b"
    called = [block["name"] for block in answer.json()["content"] if block["type"] == "tool_use"]
    assert called == ([wanted] if wanted else [])


def test_a_receipt_is_right_to_its_last_figure(api: httpx.Client) -> None:
    schema = {"type": "object", "properties": FIELDS, "required": list(FIELDS)}
    request = chat_body(
        messages=[{"role": "user", "content": f"Extract the receipt:\n{RECEIPT}"}],
        response_format={"type": "json_schema", "json_schema": {"name": "receipt", "schema": schema}},
        max_tokens=400,
    )
    value = json.loads(api.post("/chat/completions", json=request).json()["choices"][0]["message"]["content"])
    items = value.pop("items")
    assert value == {"merchant": "CAFE LUNA", "date": "2026-03-14", "total": 21.84, "currency": "EUR"}
    assert [(one["name"], one["price"]) for one in items] == [
        ("Espresso", 4.8),
        ("Croissant", 5.9),
        ("Lunch plate", 11.14),
    ]
