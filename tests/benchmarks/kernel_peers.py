"""What a reader would load in a kernel instead, each in its own environment, as its documentation has it used.

All of them ask the same question of the service they are given. What can stream prints each piece as it comes; the two
Jupyter AI magics show nothing before the whole answer is there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.kernel import Kernel, kernel
from tests.benchmarks.peers.installed import interpreter

__all__ = ["PLAIN", "STREAMED", "KernelPeer", "peers", "seconds_until_shown", "started"]

# The first words of the benchmark service's two answers: a warning that is shown earlier is no answer.
STREAMED = "0000"
PLAIN = "Four"

LANGCHAIN = """\
from langchain_openai import ChatOpenAI

for chunk in ChatOpenAI(model="gpt-4o").stream("What is 2 + 2?"):
    print(chunk.content, end="", flush=True)
"""
ANTHROPIC = """\
from anthropic import Anthropic

messages = [{"role": "user", "content": "What is 2 + 2?"}]
with Anthropic().messages.stream(model="claude-sonnet-4-5", max_tokens=1024, messages=messages) as stream:
    for text in stream.text_stream:
        print(text, end="", flush=True)
"""
CLAUDETTE = """\
from claudette import Chat

for text in Chat("claude-sonnet-4-5")("What is 2 + 2?", stream=True):
    print(text, end="", flush=True)
"""
OPENAI = """\
from openai import OpenAI

messages = [{"role": "user", "content": "What is 2 + 2?"}]
for chunk in OpenAI().chat.completions.create(model="gpt-4o", messages=messages, stream=True):
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
"""
HTTPX = """\
import json, os, httpx

body = {"model": "caicaini/auto", "max_tokens": 1024, "stream": True,
        "messages": [{"role": "user", "content": "What is 2 + 2?"}]}
headers = {"Authorization": "Bearer " + os.environ["PEER_KEY"]}
with httpx.stream("POST", os.environ["PEER_BASE"] + "/messages", json=body, headers=headers) as response:
    for line in response.iter_lines():
        if line.startswith("data: "):
            print(json.loads(line[6:]).get("delta", {}).get("text", ""), end="", flush=True)
"""


@dataclass(frozen=True)
class KernelPeer:
    """A peer: its environment among `peers/`, what loads it, the cell that asks, the first words it then shows."""

    name: str
    environment: str
    load: str
    cell: str
    answer: str = STREAMED

    @property
    def cells(self) -> Sequence[str]:
        """What is run for a first answer: a magic is loaded in a cell before, an import stands in the same one."""
        return (self.load, self.cell) if self.load.startswith("%") else (self.cell,)

    @property
    def is_slow(self) -> bool:
        """Whether it takes seconds, so that a quick run leaves it out."""
        return self.load.startswith("%")


def peers(base: str) -> Mapping[str, KernelPeer]:
    """All of them by name, asking the service at `base`."""
    question = "What is 2 + 2?"
    custom = f"%%ai openai-chat-custom:gpt-4o\n{question}"
    litellm = f"%%ai openai/gpt-4o --api-base {base}\n{question}"
    listed = (
        KernelPeer("jupyter_ai_magics", "jupyter-ai-magics", "%load_ext jupyter_ai_magics", custom, PLAIN),
        KernelPeer(
            "jupyter_ai_magic_commands",
            "jupyter-ai-magic-commands",
            "%load_ext jupyter_ai_magic_commands",
            litellm,
            PLAIN,
        ),
        KernelPeer("langchain-openai", "clients", "import langchain_openai", LANGCHAIN),
        KernelPeer("anthropic", "clients", "import anthropic", ANTHROPIC),
        KernelPeer("claudette", "claudette", "import claudette", CLAUDETTE),
        KernelPeer("openai", "clients", "import openai", OPENAI),
        KernelPeer("httpx", "clients", "import httpx", HTTPX),
    )
    return {peer.name: peer for peer in listed}


@contextmanager
def started(peer: KernelPeer, folder: Path, base: str, key: str) -> Iterator[Kernel]:
    """A settled kernel in the peer's environment, with the variables by which it finds the service."""
    variables = {
        "PEER_BASE": base,
        "PEER_KEY": key,
        "OPENAI_API_BASE": base,
        "OPENAI_BASE_URL": base,
        "OPENAI_API_KEY": key,
        "ANTHROPIC_BASE_URL": base.removesuffix("/v1"),
        "ANTHROPIC_API_KEY": key,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it asks the network for a price list
    }
    with kernel(folder, interpreter(peer.environment), **variables) as fresh:
        yield fresh


def seconds_until_shown(fresh: Kernel, cells: Sequence[str], answer: str) -> float:
    """Seconds from the first of these cells to the first output of the last that holds `answer`."""
    *before, asking = cells
    begin = time.monotonic()
    for cell in before:
        fresh.run(cell)
    outputs = [output for output in fresh.run(asking) if output.is_shown]
    found = next((output for output in outputs if answer in output.text), None)
    if found is None:
        raise RuntimeError(f"No {answer!r} in what was shown: {' '.join(output.text for output in outputs)[:500]}")
    return found.at - begin
