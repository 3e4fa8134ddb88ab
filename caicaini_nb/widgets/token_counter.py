"""`TokenCounter`: how many input tokens a text is, by the service's own count, while you type.

It waits until you pause, counts one text at a time, and never asks more often than your rate limit leaves room for
beside your calls. Nothing is run and nothing charged. It refuses cailag, which counts no tokens.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import CaicainiError, NotOfferedError, RateLimitError
from ..models import CAICAINI
from .allowance import Allowance
from .default_client import default_client
from .live import Live
from .markup import Markup, element
from .page import clock, page
from .timer import later
from .twin import Table, Twin

if TYPE_CHECKING:
    from ..client import Client

__all__ = ["TokenCounter"]

PAUSE = 0.4  # seconds without a key before a text is counted


class TokenCounter(Live):
    """Count with a client, by default `connect()`, for a `model`; `text` is what stands there first, uncounted."""

    title: ClassVar[str] = "Token counter"

    def __init__(self, client: Client | None = None, *, model: str = "caicaini/auto", text: str = "") -> None:
        super().__init__()
        self.client = default_client(client)
        if self.client.provider != "caicaini":
            raise NotOfferedError(
                f"{self.client.provider} counts no tokens", action="The tokens of each call are in its reply."
            )
        self.model = model
        self.text = text
        self.tokens: int | None = None
        self.problem: str | None = None
        self._counted: str | None = None
        self._allowance = Allowance()
        self._lock = threading.RLock()
        self._timer: threading.Timer | None = None
        self._due = 0.0
        self._box: Any = None
        self._told: Any = None

    def count(self, text: str | None = None) -> int:
        """Count at once, also where the limit is near: this text, or the one that stands there.

        Raises any `CaicainiError`.
        """
        if text is not None:
            self.text = text
        tokens = self._ask(self.text)
        self._changed.now()
        return tokens

    def typed(self, text: str) -> None:
        """What the text field does at each key: take the text, and count it when nothing more comes."""
        with self._lock:
            self.text = text
            self._schedule(PAUSE)
        self._changed()

    def close(self) -> None:
        """End it: nothing is counted any more."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
        super().close()

    def twin(self) -> Twin:
        return Twin([Table(self.title, ("", ""), list(self.figures().items()))], [self.problem] if self.problem else [])

    def figures(self) -> dict[str, str]:
        """What it shows, as names and values."""
        with self._lock:
            is_counted = self.tokens is not None and self._counted == self.text
            rows = {"tokens": f"{self.tokens:,}" if is_counted else "not counted yet"}
            rows["text"] = f"{len(self.text):,} characters, {len(self.text.split()):,} words"
            context = CAICAINI[self.model].context if self.model in CAICAINI else None
            if is_counted and context and self.tokens is not None:
                rows["of the context"] = f"{self.tokens / context:.2%} of {context:,} ({self.model})"
            return rows

    def _build(self) -> list[Any]:
        import ipywidgets

        self._box = ipywidgets.Textarea(
            self.text,
            description="Text",
            rows=6,
            style={"description_width": "initial"},
            layout={"width": "100%", "max_width": "640px"},
        )
        self._box.observe(lambda change: self.typed(change["new"]) if change["new"] != self.text else None, "value")
        self._told = page("")
        return [self._box, self._told]

    def _show(self) -> None:
        if self._box.value != self.text:
            self._box.value = self.text
        self._told.value = str(self._tiles())

    def _tiles(self) -> Markup:
        tiles = [
            element("div", element("dt", name), element("dd", value), class_="tile")
            for name, value in self.figures().items()
        ]
        with self._lock:
            wait = self._due - time.monotonic() if self._timer is not None else 0.0
        said: str | Markup = self.problem or ""
        if wait > PAUSE and not self.problem:
            said = clock("The rate limit leaves room for the next count in ", wait, "Counting …", time.time())
        told = element("div", element("dl", *tiles, class_="tiles"), role="status")
        return element("div", told, element("p", said, class_="said"), role="group", aria_label=self.title)

    def _schedule(self, seconds: float) -> None:
        """Count the text in so many seconds, or when the limit leaves room."""
        if self._timer is not None:
            self._timer.cancel()
        if not self.text.strip() or self.text == self._counted:
            self._timer = None
            return
        self._due = time.monotonic() + max(seconds, self._wait())
        self._timer = later(max(seconds, self._wait()), self._tick)

    def _wait(self) -> float:
        told = self.client.ledger.news.heard(self.client.provider, self.client.key_prefix)
        limit, remaining = (told.limit.limit, told.limit.remaining) if told is not None else (None, None)
        reset_in = told.reset_in if told is not None else None
        return self._allowance.wait(time.monotonic(), limit=limit, remaining=remaining, reset_in=reset_in)

    def _tick(self) -> None:
        """In a thread of its own: you have paused."""
        with self._lock:
            self._timer = None
            text = self.text
            if (wait := self._wait()) > 0:  # others have asked meanwhile
                self._schedule(wait)
                return
        try:
            self._ask(text)
        except CaicainiError as error:
            self.problem = f"{type(error).__name__}: {error}"
        with self._lock:
            if self.text not in (text, self._counted):
                self._schedule(PAUSE)
        self._changed()

    def _ask(self, text: str) -> int:
        asker = self.client.apart()
        asker.max_attempts = 1
        with self._lock:
            self._allowance.asked(time.monotonic())
        try:
            tokens = asker.count_tokens(text, model=self.model)
        except RateLimitError as error:
            self._allowance.refused(time.monotonic(), error.retry_after)
            raise
        finally:
            asker.close()
        with self._lock:
            self.tokens, self._counted, self.problem = tokens, text, None
        return tokens
