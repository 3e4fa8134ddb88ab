"""The `rules` engine: deterministic, honest, standard library only; it computes what it can and writes no prose."""

from caicaini_nb.sandbox.rules.rules_engine import RulesEngine

__all__ = ["RulesEngine"]
