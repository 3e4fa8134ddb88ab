"""The clients that are measured, each as its own documentation has it used: one plain call, one streamed one.

Read by `contender`, which runs in the interpreter that has the client: so each imports what it needs in its `__init__`,
and nothing here needs more than the standard library.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Protocol
from urllib.parse import urlsplit

__all__ = ["CLIENTS", "Client"]

MODEL = "caicaini/auto"
LIMIT = 1024


class Client(Protocol):
    """`events` are whatever the client gives its caller while an answer comes."""

    def __init__(self, base: str, key: str) -> None: ...

    def plain(self, prompt: str) -> object: ...

    def events(self, prompt: str) -> Iterator[object]: ...


def asked(prompt: str, *, stream: bool = False) -> dict[str, Any]:
    body = {"model": MODEL, "max_tokens": LIMIT, "messages": [{"role": "user", "content": prompt}]}
    return {**body, "stream": True} if stream else body


class Caicaini:
    """Ours, with its ledger."""

    surface = "messages"

    def __init__(self, base: str, key: str) -> None:
        self._client = import_module("caicaini_nb").connect(base=base, key=key)

    def plain(self, prompt: str) -> object:
        return self._client.send(prompt, surface=self.surface)

    def events(self, prompt: str) -> Iterator[object]:
        yield from self._client.stream(prompt, surface=self.surface)


class CaicainiChat(Caicaini):
    surface = "chat"


class ByHand:
    """httpx, lines and `json`: no types, no ledger, no errors told apart."""

    library = "httpx"

    def __init__(self, base: str, key: str) -> None:
        self._http = import_module(self.library).Client(headers={"Authorization": f"Bearer {key}"}, timeout=120)
        self._url = f"{base}/messages"

    def plain(self, prompt: str) -> object:
        return self._http.post(self._url, json=asked(prompt)).json()

    def events(self, prompt: str) -> Iterator[object]:
        with self._http.stream("POST", self._url, json=asked(prompt, stream=True)) as response:
            for line in response.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line[6:])


class ByHand2(ByHand):
    library = "httpx2"


class Socket:
    """The limit: bytes out, bytes in, each event's JSON read. It understands this one service's framing alone."""

    def __init__(self, base: str, key: str) -> None:
        address = urlsplit(base)
        self._socket = socket.create_connection((str(address.hostname), int(address.port or 80)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f"POST {address.path}/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n".encode()

    def plain(self, prompt: str) -> object:
        self._send(asked(prompt))
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._socket.recv(65_536)
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += self._socket.recv(65_536)
        return json.loads(body)

    def events(self, prompt: str) -> Iterator[object]:
        self._send(asked(prompt, stream=True))
        received = b""
        while not received.endswith(b"\r\n0\r\n\r\n"):
            received += self._socket.recv(65_536)
            *whole, received = received.split(b"\n\n")
            for event in whole:
                yield json.loads(event.partition(b"data: ")[2].decode())

    def _send(self, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self._socket.sendall(self._head + b"content-length: %d\r\n\r\n" % len(data) + data)


class OpenAI:
    def __init__(self, base: str, key: str) -> None:
        self._client = import_module("openai").OpenAI(base_url=base, api_key=key, max_retries=0)

    def plain(self, prompt: str) -> object:
        return self._client.chat.completions.create(**asked(prompt))

    def events(self, prompt: str) -> Iterator[object]:
        yield from self._client.chat.completions.create(**asked(prompt, stream=True))


class Anthropic:
    def __init__(self, base: str, key: str) -> None:
        root = base.removesuffix("/v1")
        self._client = import_module("anthropic").Anthropic(base_url=root, api_key=key, max_retries=0)

    def plain(self, prompt: str) -> object:
        return self._client.messages.create(**asked(prompt))

    def events(self, prompt: str) -> Iterator[object]:
        yield from self._client.messages.create(**asked(prompt, stream=True))


class AnthropicAccumulated(Anthropic):
    """Its `stream`, which puts the message together, as our client does too."""

    def events(self, prompt: str) -> Iterator[object]:
        with self._client.messages.stream(**asked(prompt)) as stream:
            yield from stream
            stream.get_final_message()


class LangChain:
    def __init__(self, base: str, key: str) -> None:
        chat = import_module("langchain_openai").ChatOpenAI
        self._model = chat(model=MODEL, base_url=base, api_key=key, max_tokens=LIMIT, max_retries=0)

    def plain(self, prompt: str) -> object:
        return self._model.invoke(prompt)

    def events(self, prompt: str) -> Iterator[object]:
        yield from self._model.stream(prompt)


class Claudette:
    def __init__(self, base: str, key: str) -> None:
        anthropic = import_module("anthropic").Anthropic(base_url=base.removesuffix("/v1"), api_key=key, max_retries=0)
        self._client = import_module("claudette").Client(MODEL, anthropic)

    def plain(self, prompt: str) -> object:
        return self._client(prompt, maxtok=LIMIT)

    def events(self, prompt: str) -> Iterator[object]:
        yield from self._client(prompt, maxtok=LIMIT, stream=True)


class LiteLLM:
    def __init__(self, base: str, key: str) -> None:
        os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the network for a price list
        self._complete = import_module("litellm").completion
        self._options = {"api_base": base, "api_key": key, "num_retries": 0}

    def plain(self, prompt: str) -> object:
        return self._complete(**asked(prompt) | {"model": f"openai/{MODEL}"}, **self._options)

    def events(self, prompt: str) -> Iterator[object]:
        yield from self._complete(**asked(prompt, stream=True) | {"model": f"openai/{MODEL}"}, **self._options)


CLIENTS: dict[str, type[Client]] = {
    "caicaini_nb": Caicaini,
    "caicaini_nb, chat": CaicainiChat,
    "httpx by hand": ByHand,
    "httpx2 by hand": ByHand2,
    "raw socket": Socket,
    "openai": OpenAI,
    "anthropic": Anthropic,
    "anthropic, accumulated": AnthropicAccumulated,
    "langchain-openai": LangChain,
    "claudette": Claudette,
    "litellm": LiteLLM,
}
