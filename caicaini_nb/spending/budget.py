"""A ceiling on what calls may cost: a call that could pass it is refused before it goes out.

What is counted is what the service said a call cost; while a call is under way, the most it could cost is reserved.
On Caicaini that is the highest credits a token the ledger has measured for the model, times the bound on its tokens:
nothing is published, so a call dearer than any before it can still cost more than was reserved, and then what it
really cost is counted. On cailag it is the published price of the bound, exact. A budget counts from when it is made,
in one unit: credits bound calls to Caicaini, CNY calls to cailag, and calls to the other provider pass uncounted.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

from ..display.panel import Panel
from ..errors import BudgetExceededError, ConfigurationError
from ..models import price
from ..usage import Usage
from .amount import CNY, CREDITS, Unit, read_amount
from .bound import Bound

if TYPE_CHECKING:
    from ..client import Client
    from ..ledger import Ledger

__all__ = ["Budget", "Reservation"]


class Reservation:
    """What one request may cost while nobody knows what it does cost. `unbounded` marks a pilot call."""

    def __init__(self, budget: Budget, model: str, amount: Decimal, *, unbounded: bool = False) -> None:
        self.budget = budget
        self.model = model
        self.amount = amount
        self.unbounded = unbounded

    def settle(self, outcome: str, usage: Usage) -> None:
        """Count what it did cost, once. `outcome` is the ledger's; *error* means that it failed free of charge."""
        # Only handed over: the garbage collector may end an abandoned stream amid the budget's own arithmetic.
        self.budget._settled.append((self, outcome, usage))


class Budget:
    """`Budget(credits=500)` or `Budget(cny="2.50")`; give it to a client as `client.budget`, or to several at once."""

    def __init__(self, *, credits: int | None = None, cny: Decimal | int | str | float | None = None) -> None:
        if (credits is None) == (cny is None):
            raise ConfigurationError(
                "A budget is in credits or in CNY", action='Write Budget(credits=500) or Budget(cny="2.50").'
            )
        self.unit: Unit = CREDITS if cny is None else CNY
        self._limit = self.unit.checked(credits if cny is None else cny)
        self._spent = Decimal(0)
        self._calls = 0
        self._under_way: dict[Reservation, Decimal] = {}
        self._unsettled: list[Decimal] = []
        self._settled: deque[tuple[Reservation, str, Usage]] = deque()
        self._lock = threading.RLock()

    @classmethod
    def read(cls, text: str) -> Budget:
        """From *500 credits* or *2.50 CNY*. Raises `ConfigurationError`."""
        unit, amount = read_amount(text)
        return cls(credits=int(amount)) if unit.is_whole else cls(cny=amount)

    @property
    def provider(self) -> str:
        """Whose calls it bounds."""
        return self.unit.provider

    @property
    def limit(self) -> int | Decimal:
        return self.unit.figure(self._limit)

    @property
    def spent(self) -> int | Decimal:
        """What its calls have cost, by the service's word or the published prices."""
        with self._counted():
            return self.unit.figure(self._spent)

    @property
    def reserved(self) -> int | Decimal:
        """The most that calls under way, and calls whose cost nobody knows, could cost."""
        with self._counted():
            return self.unit.figure(self._reserved())

    @property
    def left(self) -> int | Decimal:
        """What is neither spent nor reserved, never below zero."""
        with self._counted():
            return self.unit.figure(self._left())

    def reservation(self, client: Client, body: bytes) -> Callable[[], Reservation] | None:
        """What to ask before each attempt to post this body; `None` where the budget does not bound this provider.

        What is returned raises `BudgetExceededError`.
        """
        if client.provider != self.provider:
            return None
        bound = Bound.of(body)
        return lambda: self._reserve(client.ledger, client.origin, bound)

    def __repr__(self) -> str:
        with self._counted():
            figures = [f"{self.unit.shown(self._spent)} spent", f"{self.unit.shown(self._reserved())} reserved"]
            return f"Budget({', '.join([*figures, f'{self.unit.shown(self._left())} left'])})"

    def _repr_markdown_(self) -> str:
        return self.panel()._repr_markdown_()

    def panel(self) -> Panel:
        return Panel.of(f"it bounds calls to {self.provider}, since it was made", ("", ""), self.rows())

    def rows(self) -> list[tuple[str, str]]:
        """The ceiling, what of it is gone, and what is held back, as names and values."""
        with self._counted():
            shown = self.unit.shown
            rows = [("budget", shown(self._limit)), ("spent", f"{shown(self._spent)} in {_calls(self._calls)}")]
            if self._under_way:
                held = _sum(self._under_way.values())
                rows.append(("reserved", f"{shown(held)} for {_calls(len(self._under_way))} under way"))
            if self._unsettled:
                held = _sum(self._unsettled)
                rows.append(("kept back", f"{shown(held)} for {_calls(len(self._unsettled))} whose cost nobody knows"))
            rows.append(("left", shown(self._left())))
            if self._spent > self._limit:
                rows.append(("over", f"{shown(self._spent - self._limit)}: calls cost more than was measured before"))
            return rows

    def _reserve(self, ledger: Ledger, origin: str, bound: Bound) -> Reservation:
        with self._counted():
            worst = self._worst(ledger, origin, bound)  # in here: two calls must not both be the first
            left = self._left()
            pilot = next((one for one in self._under_way if one.unbounded), None)
            if pilot is not None:
                raise BudgetExceededError(
                    f"The first call to {pilot.model} is under way, and nobody knows yet what it can cost",
                    action="Send this one when that one is over.",
                )
            if worst is None and (self._under_way or left <= 0):
                raise self._refused_pilot(bound.model)
            if worst is not None and worst > left:
                raise self._refused(bound.model, worst, left)
            # A pilot holds all that is left, so that nothing else goes out beside it.
            reservation = Reservation(self, bound.model, left if worst is None else worst, unbounded=worst is None)
            self._under_way[reservation] = reservation.amount
            return reservation

    def _worst(self, ledger: Ledger, origin: str, bound: Bound) -> Decimal | None:
        """The most the call can cost, or `None` where no call to this model has told yet. Raises for what never can."""
        if bound.output_tokens is None:
            raise BudgetExceededError(
                "The call has no max_tokens, so nothing bounds its cost", action="Set max_tokens to a whole number."
            )
        if self.unit.is_whole:
            rate = ledger.highest_rate(self.provider, origin, bound.model)
            return None if rate is None else Decimal(ceil(rate * (bound.input_tokens + bound.output_tokens)))
        cost = price(bound.model, bound.input_tokens, bound.output_tokens)
        if cost is None:
            raise BudgetExceededError(
                f"No price is published for {bound.model}, so a budget in CNY cannot bound it",
                action="Use a model whose price %caicaini models cailag lists, or take the budget off.",
            )
        return cost

    def _refused(self, model: str, worst: Decimal, left: Decimal) -> BudgetExceededError:
        shown = self.unit.shown
        under_way = _sum(self._under_way.values())
        cause = f"A call to {model} could cost {shown(worst)}, and {shown(left)} of {shown(self._limit)} remain"
        if self._under_way and worst <= left + under_way:
            cause += f", with {shown(under_way)} reserved for calls under way"
            return BudgetExceededError(cause, action="Send it again when they are over.")
        return BudgetExceededError(cause, action="Ask for fewer max_tokens, or set a new budget.")

    def _refused_pilot(self, model: str) -> BudgetExceededError:
        if self._under_way:
            return BudgetExceededError(
                f"No call to {model} has told yet what it costs, so the first one runs alone, and others are under way",
                action="Send it again when they are over.",
            )
        return BudgetExceededError(
            f"Nothing of {self.unit.shown(self._limit)} is left, and nobody knows what {model} costs",
            action="Set a new budget.",
        )

    def _counted(self) -> threading.RLock:
        """The lock, with everything settled so far counted."""
        with self._lock:
            while self._settled:
                self._count(*self._settled[0])
                self._settled.popleft()
        return self._lock

    def _count(self, reservation: Reservation, outcome: str, usage: Usage) -> None:
        reserved = self._under_way.pop(reservation, None)
        if reserved is None:
            return
        cost = self._cost(reservation.model, usage)
        if cost is not None:
            self._spent += cost
            self._calls += 1
        elif outcome != "error":
            self._unsettled.append(reserved)

    def _cost(self, model: str, usage: Usage) -> Decimal | None:
        """By the service's word or the published price; what nobody would charge is as good as unknown."""
        if self.unit.is_whole:
            cost = None if usage.credits is None else Decimal(usage.credits)
        else:
            cost = price(model, usage.input_tokens, usage.output_tokens)
        return None if cost is None or cost < 0 else cost

    def _reserved(self) -> Decimal:
        return _sum(self._under_way.values()) + _sum(self._unsettled)

    def _left(self) -> Decimal:
        return max(Decimal(0), self._limit - self._spent - self._reserved())


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _calls(number: int) -> str:
    return f"{number:,} call{'s' * (number != 1)}"
