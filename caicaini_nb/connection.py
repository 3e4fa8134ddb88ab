"""`connect()`: arguments, then the environment, then the sandbox. It never asks and never prints."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .client import Client
from .config import PROVIDERS, Config, is_loopback, resolve
from .errors import ConfigurationError
from .key import Key
from .ledger import Ledger
from .transport import Timeouts

if TYPE_CHECKING:
    from .sandbox import Sandbox

__all__ = ["connect"]


def connect(
    provider: str = "caicaini",
    *,
    base: str | None = None,
    key: str | Key | None = None,
    sandbox: Sandbox | None = None,
    timeout: float | None = None,
    max_attempts: int | None = None,
    ledger: Ledger | None = None,
) -> Client:
    """A client for *caicaini* or *cailag*.

    Without `base` and `key` it takes `CAICAINI_API_KEY` and `CAICAINI_BASE` (`CAILAG_…` for cailag); without those it
    starts or finds the local sandbox, where this kernel has an account of its own. `sandbox` names one of your own.
    `timeout` is seconds for a plain call and between two events of a stream (default 120 and 300), `max_attempts`
    (1 to 6) replaces the default number of attempts. Raises `ConfigurationError` for what cannot work.
    """
    # The name must not hold the secret any longer: tracebacks with variables print it.
    key = Key(key.strip()) if isinstance(key, str) and key.strip() else key or None
    _check(provider, max_attempts)
    timeouts = Timeouts() if timeout is None else Timeouts(plain=timeout, stream=timeout)
    config = None if sandbox is not None else resolve(provider, base, key if isinstance(key, Key) else None)
    if config is None:
        home = sandbox or _kernel_sandbox()
        return Client(
            _sandbox_config(provider, home),
            ledger=ledger,
            sandbox=home,
            timeouts=timeouts,
            max_attempts=max_attempts,
            revive=lambda: _revived(provider, home),
        )
    _refuse_real_key_in_sandbox(config)
    return Client(config, ledger=ledger, timeouts=timeouts, max_attempts=max_attempts)


def _check(provider: str, max_attempts: int | None) -> None:
    if provider not in PROVIDERS:
        from difflib import get_close_matches  # only a mistake needs it

        names = get_close_matches(provider, PROVIDERS, n=1)
        hint = f"Did you mean {names[0]!r}?" if names else f"Use one of {', '.join(PROVIDERS)}."
        raise ConfigurationError(f"There is no provider {provider!r}", action=hint)
    if max_attempts is not None and not 1 <= max_attempts <= 6:
        raise ConfigurationError(f"max_attempts is 1 to 6, not {max_attempts!r}", action="Change max_attempts.")


_sandboxes: dict[int, Sandbox] = {}
"""This process's sandbox account, by process number: every `connect()` of a kernel shares it, a fork does not."""


def _kernel_sandbox() -> Sandbox:
    from .sandbox import Sandbox

    if os.getpid() not in _sandboxes:
        _sandboxes[os.getpid()] = Sandbox.shared()
    return _sandboxes[os.getpid()]


def _sandbox_config(provider: str, sandbox: Sandbox) -> Config:
    base = sandbox.base_url if provider == "caicaini" else sandbox.cailag_base_url
    return Config(PROVIDERS[provider], base, Key(sandbox.api_key), "sandbox")


def _revived(provider: str, sandbox: Sandbox) -> Config:
    sandbox.revive()
    return _sandbox_config(provider, sandbox)


def _refuse_real_key_in_sandbox(config: Config) -> None:
    if config.key.is_sandbox or not is_loopback(config.base):
        return
    from .sandbox.process import known_bases

    # By port: every spelling of this machine's address reaches the same server.
    if urlsplit(config.base).port in {urlsplit(base).port for base in known_bases()}:
        raise ConfigurationError(
            f"{config.base} is the sandbox, and this key ({config.key.prefix}…) is a real one",
            action="Leave the base out to call the hosted service, or leave both out for the sandbox.",
        )
