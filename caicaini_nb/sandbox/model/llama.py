"""llama.cpp in this process: loads one model, counts a prompt's tokens, writes one answer at a time.

Measured traps: two spinning threads beside other work fall to a fifth of the speed of one that waits passively, so
there is one thread (and OMP_WAIT_POLICY is PASSIVE before the import); the same question gives the same answer at
temperature 0 only without the prompt cache. The library opens an HTTP port of its own, which cannot be left out: it
listens on loopback and takes a key that nobody else has. Templates and tokens are asked for there.
"""

from __future__ import annotations

import http.client
import json
import queue
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from caicaini_nb.sandbox.answering import OutOfRoomError
from caicaini_nb.sandbox.model.gguf import Header
from caicaini_nb.sandbox.model.memory import available
from caicaini_nb.sandbox.model.trouble import ModelError
from caicaini_nb.sandbox.model.weights import Weights

__all__ = ["LONGEST_WINDOW", "Llama"]

SMALL = 1_500_000_000  # bytes: a model below, once it called a tool, goes on calling for ever (measured on 0.5 B)
LONGEST_WINDOW = 4_096  # tokens: at some 50 tokens a second, more would take longer to read than clients wait
BATCH = 64  # tokens read between two looks at whether the client is still there
OVERHEAD = 150_000_000  # bytes beside the weights: window, buffers
LOOK_SECONDS = 0.1
ROUND_TRIP_SECONDS = 30
SEED = 20_261_121
QUIET = -1

Chunk = dict[str, Any]
Made = Chunk | BaseException | None


class Llama:
    """One loaded model. Answers queue: one is written at a time, in order.

    `window` is its context in tokens, `knows_tools` whether its template takes tools, `chains` whether it can be
    left to decide on further calls once it sees results.
    """

    def __init__(self, weights: Weights, header: Header) -> None:
        free = available()
        if free is not None and header.size + OVERHEAD > free:
            needed = (header.size + OVERHEAD) // 1_000_000
            raise ModelError(
                f"{weights.name} needs about {needed} MB of memory and {free // 1_000_000} MB are free:"
                " end other programs, or choose a smaller model."
            )
        self.window = min(header.context_length, LONGEST_WINDOW)
        self.knows_tools = "tools" in header.chat_template
        self.chains = self.knows_tools and header.size >= SMALL
        self._key = secrets.token_urlsafe(32)
        self._server: Any = _load(weights, self.window, self._key)
        self._port = urlsplit(str(self._server.listening_address)).port
        self._turns = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._closing = threading.Event()

    def template(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> str:
        """Return the text the model's own chat template makes of messages and tools."""
        body: dict[str, Any] = {"messages": messages}
        if tools:
            body["tools"] = tools
        return str(self._ask("/apply-template", body)["prompt"])

    def tokens(self, text: str) -> list[int]:
        """Return the tokens of a prompt, the template's control tokens among them."""
        body = {"content": text, "add_special": True, "parse_special": True}
        return list(self._ask("/tokenize", body)["tokens"])

    def write(
        self,
        prompt: list[int],
        stop: threading.Event,
        *,
        limit: int | None = None,
        schema: dict[str, Any] | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        choice: int = 0,
    ) -> Iterator[str]:
        """Yield the answer as it is made, at most `limit` tokens; ends soon after `stop` is set.

        Raises `OutOfRoomError` when the window is full before the answer is complete.
        """
        body: Chunk = {"prompt": prompt, "stream": True, "cache_prompt": False, "return_progress": True}
        body |= {"temperature": temperature or 0.0, "seed": SEED + choice, "n_predict": -1 if limit is None else limit}
        body |= {"top_p": top_p} if top_p is not None else {}
        body |= {"json_schema": schema} if schema is not None else {}
        made: queue.SimpleQueue[Made] = queue.SimpleQueue()
        left = threading.Event()

        def is_over() -> bool:
            return left.is_set() or stop.is_set() or self._closing.is_set()

        self._turns.submit(self._work, body, is_over, made.put)
        try:
            yield from _heard(made, is_over, limit)
        finally:
            left.set()

    def close(self) -> None:
        """Stop what is being written within a token."""
        self._closing.set()
        self._turns.shutdown(wait=False, cancel_futures=True)

    def _work(self, body: Chunk, is_over: Callable[[], bool], put: Callable[[Made], None]) -> None:
        """Have one answer written, in the one thread that does."""

        def hear(chunk: Chunk) -> bool:
            put(chunk)
            return is_over()

        try:
            if not is_over():
                self._server.handle_completions(body, hear)
            put(None)
        except BaseException as error:
            put(error)

    def _ask(self, path: str, body: Chunk) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ROUND_TRIP_SECONDS)
        try:
            headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise ModelError(f"The model's chat template does not take this conversation (status {answer.status}).")
        return json.loads(raw)


def _heard(made: queue.SimpleQueue[Made], is_over: Callable[[], bool], limit: int | None) -> Iterator[str]:
    """Yield the text of an answer that another thread makes."""
    while not is_over():
        try:
            chunk = made.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            continue
        if chunk is None:
            return
        if isinstance(chunk, BaseException):
            raise chunk
        if "error" in chunk:
            raise RuntimeError(f"llama.cpp: {chunk['error'].get('type')}")
        choice = chunk["choices"][0]
        if choice["text"]:
            yield str(choice["text"])
        if choice["finish_reason"] == "length" and not _reached(chunk, limit):
            raise OutOfRoomError


def _reached(chunk: Chunk, limit: int | None) -> bool:
    made = chunk.get("timings", {}).get("predicted_n", 0)
    return limit is not None and made >= limit


def _load(weights: Weights, window: int, key: str) -> Any:
    try:
        library: Any = import_module("xllamacpp")
    except ImportError as error:
        raise ModelError(
            f"The package xllamacpp does not load ({error}): pip install --force-reinstall 'caicaini-nb[model]'."
        ) from None
    settings: Any = library.CommonParams()
    settings.model.path = str(weights.path)
    settings.model_alias = {weights.name}
    for name, value in _settings(window, key).items():
        setattr(settings, name, value)
    for processor in (settings.cpuparams, settings.cpuparams_batch):
        processor.n_threads, processor.poll = 1, 0
    try:
        return library.Server(settings)
    except (RuntimeError, MemoryError, ValueError) as error:
        raise ModelError(
            f"llama.cpp does not load {weights.path.name} ({error}): the file may be damaged, of a kind it does not"
            " know, or too large for the memory. Choose another model, or --engine rules."
        ) from None


def _settings(window: int, key: str) -> Chunk:
    return {
        "n_ctx": window,
        "n_parallel": 1,
        "n_batch": BATCH,
        "n_ubatch": BATCH,
        "fit_params": False,
        "ctx_shift": False,
        "use_jinja": True,
        "ui": False,
        "hostnames": ["127.0.0.1"],
        "port": 0,
        "api_keys": [key],
        "n_threads_http": 2,
        "verbosity": QUIET,
    }
