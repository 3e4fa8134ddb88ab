"""The engine `model`: a question answered by a language model, in text, tool calls or JSON to a schema.

It never repairs words: what the model writes is what is shown. Only what must hold is held: calls name offered tools
with valid arguments, JSON satisfies its schema, thinking is what the model wrote when asked for steps.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from caicaini_nb.sandbox.answering import UnfitError
from caicaini_nb.sandbox.engine import Engine, Piece, Question
from caicaini_nb.sandbox.model.answer import ModelAnswer
from caicaini_nb.sandbox.model.gguf import read_header
from caicaini_nb.sandbox.model.llama import Llama
from caicaini_nb.sandbox.model.trouble import ModelError
from caicaini_nb.sandbox.model.weights import Weights, check_hash, need_runtime
from caicaini_nb.sandbox.model.writer import Writer

__all__ = ["ModelEngine"]

SMALLEST_ROOM = 32  # tokens that must be left for the answer


class ModelEngine:
    """Loads its weights once, when `ready` is called or a first question comes."""

    def __init__(self, weights: Weights) -> None:
        self.name = weights.name
        self._weights = weights
        self._loading = threading.Lock()
        self._loaded: Llama | None = None

    def ready(self) -> Llama:
        """Return the loaded model; raises `ModelError`."""
        with self._loading:
            if self._loaded is None:
                need_runtime()
                check_hash(self._weights)
                self._loaded = Llama(self._weights, read_header(self._weights.path))
            return self._loaded

    def choose(self, question: Question) -> Engine:
        """Return itself, once the model is loaded and the question is known to fit its window."""
        llama = self.ready()
        try:
            size = Writer(question, llama, threading.Event()).prompt_tokens()
        except ModelError as error:
            raise UnfitError(f"messages: {error} Change their order, or use another model.") from None
        if size + SMALLEST_ROOM > llama.window:
            raise UnfitError(
                f"messages: the prompt is {size} tokens for the sandbox model {self.name}, whose window is"
                f" {llama.window}; shorten it, or start the sandbox with --engine rules."
            )
        return self

    def trouble(self) -> str:
        """Nothing: a model that was chosen and does not load does not start."""
        return ""

    def answer(self, question: Question) -> Iterator[Piece]:
        """Yield the pieces of one answer as the model makes them; the iterator can be cancelled."""
        llama = self.ready()
        return ModelAnswer(lambda stop: Writer(question, llama, stop).pieces())

    def close(self) -> None:
        """Stop all answers under way within a token."""
        if self._loaded is not None:
            self._loaded.close()
