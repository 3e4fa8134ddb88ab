"""What a call would post, without posting it. All that is sent is the question how many tokens it is.

An estimate comes from a published price or from what the ledger has measured, and says which; there is no other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING, Any

import msgspec

from ..display.panel import Panel
from ..errors import CaicainiError
from ..models import price
from ..plan import Plan
from .amount import CNY, CREDITS, Unit
from .bound import Bound

if TYPE_CHECKING:
    from ..client import Client

__all__ = ["Estimate", "Preview", "preview"]

DATA = re.compile(r"(data:[\w/+.-]+;base64,)?[A-Za-z0-9+/=_-]{200,}")
SHOWN = 24  # characters of a picture's base64
# JSON has an escape for them; shown as they are they would turn the text around.
TURNING = re.compile("[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Estimate(msgspec.Struct, frozen=True):
    """The most the call is expected to cost, and what that comes from."""

    unit: Unit
    amount: Decimal
    basis: str

    def __str__(self) -> str:
        return f"up to {self.unit.shown(self.amount)} ({self.basis})"


class Preview(msgspec.Struct, frozen=True):
    """`body` is exactly what would be posted to `url`, as JSON.

    `input_tokens` is the service's own count, `None` where it has not counted; `uncounted` says why. `estimate` is
    `None` where neither a price is published nor the ledger has measured one: unknown.
    """

    url: str
    origin: str
    body: Mapping[str, Any]
    bound: Bound
    input_tokens: int | None = None
    uncounted: str | None = None
    estimate: Estimate | None = None

    @property
    def json(self) -> str:
        """The body on many lines; only the base64 of pictures is shortened."""
        written = msgspec.json.format(msgspec.json.encode(_shortened(self.body)), indent=2).decode()
        return TURNING.sub(lambda found: f"\\u{ord(found[0]):04x}", written)

    def metadata(self) -> dict[str, Any]:
        """What was counted and estimated, for a notebook's output."""
        return {"dry_run": True, "input_tokens": self.input_tokens}

    def __repr__(self) -> str:
        return f"{self._panel()!r}\n\n{self.json}"

    def _repr_markdown_(self) -> str:
        # A line of JSON begins with a bracket, a quote or a figure, so no text in it can end the block.
        return f"{self._panel()._repr_markdown_()}\n\n```json\n{self.json}\n```"

    def _panel(self) -> Panel:
        counted = (
            f"unknown: {self.uncounted}"
            if self.input_tokens is None
            else f"{self.input_tokens:,}, by the service's count"
        )
        output = self.bound.output_tokens
        rows = [
            ("would post to", self.url),
            ("input tokens", counted),
            ("output tokens", "not bounded" if output is None else f"{output:,} at most"),
            ("cost", "unknown" if self.estimate is None else str(self.estimate)),
        ]
        return Panel.of(f"{self.origin}, dry run: no model was run, nothing was charged", ("", ""), rows)


def preview(client: Client, plan: Plan, *, stream: bool = False) -> Preview:
    """What `send`, or with `stream` what `stream`, would post for this plan. Only the token count is asked for."""
    body = plan.surface.encode(plan.request, stream=stream)
    bound = Bound.of(body)
    counted, uncounted = _counted(client, plan)
    tokens = None if bound.output_tokens is None else (counted or bound.input_tokens, bound.output_tokens)
    return Preview(
        url=client.base + plan.surface.path,
        origin=client.origin,
        body=msgspec.json.decode(body),
        bound=bound,
        input_tokens=counted,
        uncounted=uncounted,
        estimate=None if tokens is None else ESTIMATES[client.provider](client, bound.model, *tokens),
    )


def _counted(client: Client, plan: Plan) -> tuple[int | None, str | None]:
    """The service's count, or why there is none."""
    if client.provider != "caicaini":
        return None, f"{client.provider} does not count tokens"
    try:
        return client.count_planned(plan), None
    except CaicainiError as error:
        return None, error.cause


def _measured(client: Client, model: str, input_tokens: int, output_tokens: int) -> Estimate | None:
    rate = client.ledger.highest_rate(client.provider, client.origin, model)
    if rate is None:
        return None
    basis = f"by the highest your ledger has measured for {model}, {client.origin}: {float(rate):.3g} a token"
    return Estimate(CREDITS, Decimal(ceil(rate * (input_tokens + output_tokens))), basis)


def _published(client: Client, model: str, input_tokens: int, output_tokens: int) -> Estimate | None:
    """No cailag model counts tokens beforehand: the input is taken at its bound, one token a byte."""
    cost = price(model, input_tokens, output_tokens)
    basis = f"by the published price, for at most {input_tokens:,} tokens in and {output_tokens:,} out"
    return None if cost is None else Estimate(CNY, cost, basis)


ESTIMATES = {"caicaini": _measured, "cailag": _published}


def _shortened(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {name: _shortened(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    if name in ("data", "url") and isinstance(value, str) and DATA.fullmatch(value):
        kept = len(value.partition(",")[0]) + 1 + SHOWN if value.startswith("data:") else SHOWN
        return f"{value[:kept]}… ({len(value):,} characters)"
    return value
