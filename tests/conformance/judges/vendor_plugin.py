"""A pytest plugin for the suites inside the vendors' SDKs: it sets what a service decides, and skips what it lacks.

Set in every request: the model and the key (CAICAINI_MODEL, CAICAINI_API_KEY), through the hooks that the SDKs offer
for changing a request, and a token limit where the suite sends 0, which is a 400 here. Skipped, by name and with the
reason: endpoints that the contract does not have. It touches nothing else of a request and nothing of an answer.
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

import pytest

MODEL = os.environ["CAICAINI_MODEL"]
KEY = os.environ["CAICAINI_API_KEY"]
CLIENTS = {"openai": ("OpenAI", "AsyncOpenAI"), "anthropic": ("Anthropic", "AsyncAnthropic")}
LIMITS = ("max_tokens", "max_completion_tokens")
SKIPPED = {
    "_retrieve": "there are no stored completions: the contract has no GET /chat/completions/{id}",
    "_update": "there are no stored completions: the contract has no POST /chat/completions/{id}",
    "_list": "there are no stored completions: the contract has no GET /chat/completions",
    "_delete": "there are no stored completions: the contract has no DELETE /chat/completions/{id}",
}


def set_body(options: Any) -> Any:
    """Put the model of the service into a body that names one, and a limit above 0."""
    body = options.json_data
    if isinstance(body, dict) and "model" in body:
        limits = {field: 64 for field in LIMITS if body.get(field) == 0}
        options.json_data = body | {"model": MODEL} | limits
    return options


def synchronous(before: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap the hook of a client."""
    return lambda client, options: set_body(before(client, options))


def asynchronous(before: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap the hook of an asynchronous client."""

    async def prepare(client: Any, options: Any) -> Any:
        return set_body(await before(client, options))

    return prepare


def keyed(request: Any) -> None:
    """Put the key where the service reads it."""
    request.headers["Authorization"] = f"Bearer {KEY}"


async def keyed_asynchronously(client: Any, request: Any) -> None:
    """The same for an asynchronous client."""
    keyed(request)


def pytest_configure() -> None:
    """Set the hooks on the clients' classes before a suite makes one."""
    package = os.environ["CAICAINI_VENDOR"]
    client, asynchronous_client = (getattr(importlib.import_module(package), name) for name in CLIENTS[package])
    client._prepare_options = synchronous(client._prepare_options)
    client._prepare_request = lambda self, request: keyed(request)
    asynchronous_client._prepare_options = asynchronous(asynchronous_client._prepare_options)
    asynchronous_client._prepare_request = keyed_asynchronously


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what the service does not have."""
    for item in items:
        for part, reason in SKIPPED.items():
            if part in item.name:
                item.add_marker(pytest.mark.skip(reason=reason))
