"""What a model's tokens have cost so far: the highest credits a token among a ledger's calls, hosted and sandbox apart.

The services publish no credits a token, so this is all there is to bound a call by. A ledger is read once; later
look-ups read only the rows added since, because a row that is finished never changes.
"""

from __future__ import annotations

import sqlite3
from fractions import Fraction
from typing import TypeAlias

__all__ = ["Rates"]

Whose: TypeAlias = tuple[str, str, str]
"""Provider, origin and the model as it was asked for: a model that picks another one has a rate of its own."""

READ_UP_TO = (
    "SELECT coalesce((SELECT min(id) - 1 FROM entries WHERE id > ? AND outcome IS NULL), max(id), 0) FROM entries"
)
# The other columns of a row with max() are those of the row that has the maximum: SQLite's documented rule.
HIGHEST = (
    "SELECT provider, origin, model, credits, input_tokens + output_tokens,"
    " max(CAST(credits AS REAL) / (input_tokens + output_tokens)) FROM entries"
    " WHERE id > ? AND surface IN ('messages', 'chat') AND model IS NOT NULL"
    " AND credits >= 0 AND input_tokens >= 0 AND output_tokens >= 0 AND input_tokens + output_tokens > 0"
    " GROUP BY provider, origin, model"
)


class Rates:
    """The rates of one ledger, remembered. Not for several threads at once: the ledger's lock is around it."""

    def __init__(self) -> None:
        self._connection: sqlite3.Connection | None = None
        self._read_up_to = 0
        self._highest: dict[Whose, Fraction] = {}

    def highest(self, connection: sqlite3.Connection, whose: Whose) -> Fraction | None:
        """Credits a token, or `None` where no call to this model has told both credits and tokens."""
        if connection is not self._connection:  # after a fork, or when the ledger went over to memory
            self._connection, self._read_up_to = connection, 0
        # First, so that a row finished between the two statements is read again and not passed over.
        (up_to,) = connection.execute(READ_UP_TO, (self._read_up_to,)).fetchone()
        for provider, origin, model, credits, tokens, _ in connection.execute(HIGHEST, (self._read_up_to,)):
            rate = Fraction(credits, tokens)
            self._highest[provider, origin, model] = max(rate, self._highest.get((provider, origin, model), rate))
        self._read_up_to = max(up_to, self._read_up_to)
        return self._highest.get(whose)
