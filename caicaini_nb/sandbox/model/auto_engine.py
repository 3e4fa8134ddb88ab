"""The engine `auto` where a model is at hand: rules answer what they can compute, the model everything else."""

from __future__ import annotations

from collections.abc import Iterator

from caicaini_nb.sandbox.answering import UnfitError
from caicaini_nb.sandbox.engine import Engine, Piece, Question
from caicaini_nb.sandbox.model.model_engine import ModelEngine
from caicaini_nb.sandbox.model.trouble import ModelError
from caicaini_nb.sandbox.model.weights import Weights
from caicaini_nb.sandbox.rules import RulesEngine

__all__ = ["AutoEngine"]


class AutoEngine:
    """Without a working model it is the rules engine, and `trouble` says why."""

    def __init__(self, weights: Weights) -> None:
        self.name = f"rules, else {weights.name}"
        self._rules = RulesEngine()
        self._model = ModelEngine(weights)
        self._trouble = ""

    def ready(self) -> None:
        """Load the model now; raises `ModelError`."""
        self._model.ready()

    def choose(self, question: Question) -> Engine:
        """Return the engine that answers: the rules also where a prompt is too long for the model."""
        if self._trouble or self._rules.computes(question):
            return self._rules
        try:
            return self._model.choose(question)
        except UnfitError:
            return self._rules
        except ModelError as error:
            self._trouble = str(error)
            return self._rules

    def trouble(self) -> str:
        """Return why the model is not used, empty while nothing is wrong."""
        return self._trouble

    def answer(self, question: Question) -> Iterator[Piece]:
        """Yield the pieces of one answer by whichever engine it is for."""
        return self.choose(question).answer(question)

    def close(self) -> None:
        """Stop all answers under way within a token."""
        self._model.close()
