"""A sandbox of the run's own, with an account of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caicaini_nb.sandbox import Sandbox


@pytest.fixture
def box(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The session's sandbox with room for every call of the suite, and no fault left from another test."""
    sandbox.set_tier("enterprise", requests=100_000, input_tokens=10**9, streams=20)
    yield sandbox
    sandbox.set_tier("pay_as_you_go")
