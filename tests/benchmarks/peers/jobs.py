"""The peers of a job, each as its own documentation has it done: many calls at once, a bounded number under way.

Run as a script by an interpreter that has them: `jobs.py NAME BASE KEY CALLS AT_ONCE` prints the seconds.
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


def asked(number: int) -> dict[str, Any]:
    return {"model": MODEL, "max_tokens": 1024, "messages": [{"role": "user", "content": question(number)}]}


async def timed(one: Callable[[int], Coroutine[Any, Any, None]], calls: int, at_once: int) -> float:
    """The seconds of so many calls, no more at once than that, after a first of each connection."""
    gate = asyncio.Semaphore(at_once)

    async def gated(number: int) -> None:
        async with gate:
            await one(number)

    await asyncio.gather(*(gated(number) for number in range(at_once)))
    begin = time.perf_counter()
    await asyncio.gather(*(gated(number) for number in range(calls)))
    return time.perf_counter() - begin


async def httpx(base: str, key: str, calls: int, at_once: int) -> float:
    """By hand, with as many connections as calls at once."""
    library = import_module("httpx")
    limits = library.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    async with library.AsyncClient(limits=limits, timeout=60, headers={"Authorization": f"Bearer {key}"}) as client:

        async def one(number: int) -> None:
            (await client.post(f"{base}/chat/completions", json=asked(number))).json()

        return await timed(one, calls, at_once)


async def aiohttp(base: str, key: str, calls: int, at_once: int) -> float:
    """By hand: what is left of the time when nothing but the exchange is done."""
    library = import_module("aiohttp")
    connector = library.TCPConnector(limit=at_once)
    async with library.ClientSession(connector=connector, headers={"Authorization": f"Bearer {key}"}) as client:

        async def one(number: int) -> None:
            async with client.post(f"{base}/chat/completions", json=asked(number)) as response:
                await response.json()

        return await timed(one, calls, at_once)


async def openai(base: str, key: str, calls: int, at_once: int) -> float:
    client = import_module("openai").AsyncOpenAI(base_url=base, api_key=key, max_retries=0)

    async def one(number: int) -> None:
        await client.chat.completions.create(**asked(number))

    return await timed(one, calls, at_once)


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
    options = {"api_base": base, "api_key": key, "num_retries": 0}

    async def one(number: int) -> None:
        await library.acompletion(**asked(number) | {"model": f"openai/{MODEL}"}, **options)

    return await timed(one, calls, at_once)


PEERS: dict[str, Callable[[str, str, int, int], Coroutine[Any, Any, float]]] = {
    "httpx": httpx,
    "aiohttp": aiohttp,
    "openai": openai,
    "langchain": langchain,
    "litellm": litellm,
}

if __name__ == "__main__":
    _, name, base, key, calls, at_once = sys.argv
    print(asyncio.run(PEERS[name](base, key, int(calls), int(at_once))))
