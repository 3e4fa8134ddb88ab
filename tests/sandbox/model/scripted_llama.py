"""A llama that writes what a test scripted and remembers what it was asked; it stands in for the library alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

from caicaini_nb.sandbox.model.llama import Llama

__all__ = ["ScriptedLlama"]


class ScriptedLlama(Llama):
    """Writes its lines one after the other, in parts of a few characters."""

    def __init__(self, *lines: str, knows_tools: bool = True, chains: bool = False) -> None:
        self.window = 4_096
        self.knows_tools = knows_tools
        self.chains = chains
        self.lines = list(lines)
        self.prompts: list[str] = []
        self.schemas: list[dict[str, Any] | None] = []
        self.settings: list[dict[str, Any]] = []

    def template(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> str:
        """Show messages and tools as JSON."""
        return json.dumps({"messages": messages, "tools": [tool["function"]["name"] for tool in tools]})

    def tokens(self, text: str) -> list[int]:
        """Note the prompt; a token a character."""
        self.prompts.append(text)
        return [0] * len(text)

    def write(
        self, prompt: list[int], stop: threading.Event, *, limit: int | None = None,
        schema: dict[str, Any] | None = None, temperature: float | None = None, top_p: float | None = None,
        choice: int = 0,
    ) -> Iterator[str]:  # fmt: skip
        """Write the next line."""
        self.schemas.append(schema)
        self.settings.append({"limit": limit, "temperature": temperature, "top_p": top_p, "choice": choice})
        line = self.lines.pop(0)
        yield from (line[at : at + 5] for at in range(0, len(line), 5))
