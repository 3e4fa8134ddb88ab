"""What a running call costs: counted token by token against the account's balance, settled once.

A settled call is committed before its figures are answered. A call that is never settled is free, which is what
a failed call costs (assumed). On cailag there are no credits: a meter without a model prices nothing.
"""

from __future__ import annotations

from caicaini_nb.sandbox.account import Account
from caicaini_nb.sandbox.pricing import cost
from caicaini_nb.sandbox.refusal import Refusal

__all__ = ["Meter"]


class Meter:
    """The running cost of one call; `release()` must follow, settled or not."""

    def __init__(self, account: Account, model: str | None, input_tokens: int) -> None:
        self._account = account
        self._model = model
        self._running = 0
        self._charged: int | None = None
        self.input_tokens = input_tokens
        self.output_tokens = 0
        if model is not None and not self._afford(1):
            needed = cost(model, input_tokens, 1)
            left = account.credits - account.pending
            raise Refusal(402, f"This call costs at least {needed} credits and {left} are left.")
        self._book(0)

    def spend(self, tokens: int) -> bool:
        """Count more output tokens; False when the balance does not pay them."""
        if not self._afford(self.output_tokens + tokens):
            return False
        self.output_tokens += tokens
        self._book(self.output_tokens)
        return True

    def settle(self) -> int | None:
        """Charge what was made so far, once, and return the credits charged, None where there are none."""
        if self._model is None or self._charged is not None:
            return self._charged
        credits_ = cost(self._model, self.input_tokens, self.output_tokens)
        self.release()
        self._account.charge(self._model, self.input_tokens, self.output_tokens, credits_)
        self._charged = credits_
        return credits_

    def release(self) -> None:
        """Give up the claim on the balance; harmless when it is given up."""
        self._account.pending -= self._running
        self._running = 0

    def _afford(self, output_tokens: int) -> bool:
        if self._model is None:
            return True
        others = self._account.pending - self._running
        return cost(self._model, self.input_tokens, output_tokens) <= self._account.credits - others

    def _book(self, output_tokens: int) -> None:
        if self._model is None:
            return
        running = cost(self._model, self.input_tokens, output_tokens)
        self._account.pending += running - self._running
        self._running = running
