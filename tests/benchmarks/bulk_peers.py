"""The peers of a job, each as its own documentation has it done: many calls at once, a bounded number under way.

Run as a script by an interpreter that has them: `bulk_peers.py NAME BASE KEY CALLS AT_ONCE` prints the seconds.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import Any

__all__ = ["PEERS"]

MODEL = "caicaini/auto"


def question(number: int) -> str:
    return f"Label ticket {number}: the app crashes when I open it, and then my card is charged twice."


async def openai(base: str, key: str, calls: int, at_once: int) -> float:
    client = import_module("openai").AsyncOpenAI(base_url=base, api_key=key, max_retries=0)
    gate = asyncio.Semaphore(at_once)

    async def one(number: int) -> None:
        async with gate:
            await client.chat.completions.create(
                model=MODEL, max_tokens=1024, messages=[{"role": "user", "content": question(number)}]
            )

    await asyncio.gather(*(one(number) for number in range(at_once)))
    begin = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(calls)))
    return time.perf_counter() - begin


async def langchain(base: str, key: str, calls: int, at_once: int) -> float:
    model = import_module("langchain_openai").ChatOpenAI(
        model=MODEL, base_url=base, api_key=key, max_tokens=1024, max_retries=0
    )
    at = {"max_concurrency": at_once}
    await model.abatch([question(number) for number in range(at_once)], config=at)
    begin = time.perf_counter()
    await model.abatch([question(number) for number in range(calls)], config=at)
    return time.perf_counter() - begin


async def litellm(base: str, key: str, calls: int, at_once: int) -> float:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the network for a price list
    library = import_module("litellm")
    gate = asyncio.Semaphore(at_once)

    async def one(number: int) -> None:
        async with gate:
            await library.acompletion(
                model=f"openai/{MODEL}", api_base=base, api_key=key, max_tokens=1024, num_retries=0,
                messages=[{"role": "user", "content": question(number)}],
            )  # fmt: skip

    await asyncio.gather(*(one(number) for number in range(at_once)))
    begin = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(calls)))
    return time.perf_counter() - begin


PEERS: dict[str, Callable[[str, str, int, int], Coroutine[Any, Any, float]]] = {
    "openai": openai,
    "langchain": langchain,
    "litellm": litellm,
}

if __name__ == "__main__":
    _, name, base, key, calls, at_once = sys.argv
    print(asyncio.run(PEERS[name](base, key, int(calls), int(at_once))))
