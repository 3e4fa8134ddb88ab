"""What a request must be: every 400 that the contract implies, each naming its field."""

from __future__ import annotations

__all__: list[str] = []
