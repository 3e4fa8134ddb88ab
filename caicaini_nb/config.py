"""Where to call and with which key: arguments, then the environment. The only reader of the environment.

It refuses what would send a prompt or a key to the wrong place: plain http to another host, a sandbox key off
loopback, a base with a user name in it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import SplitResult, urlsplit

import msgspec

from .errors import ConfigurationError
from .key import Key

__all__ = [
    "PROVIDERS",
    "Config",
    "Provider",
    "Surface",
    "cache_path",
    "check_base",
    "environment_key",
    "is_loopback",
    "jobs_path",
    "ledger_path",
    "notebook_name",
    "pacing_path",
    "plain",
    "proxy_for",
    "resolve",
]

Surface: TypeAlias = Literal["messages", "chat"]


class Provider(msgspec.Struct, frozen=True):
    """What is fixed about a service. `surfaces` has the default first."""

    name: str
    base: str
    default_model: str
    surfaces: tuple[Surface, ...]
    key_variable: str
    base_variable: str


PROVIDERS: Mapping[str, Provider] = {
    "caicaini": Provider(
        "caicaini",
        "https://caicaini.com/v1",
        "caicaini/auto",
        ("messages", "chat"),
        "CAICAINI_API_KEY",
        "CAICAINI_BASE",
    ),
    "cailag": Provider("cailag", "https://cailag.xin/v1", "deepseek-chat", ("chat",), "CAILAG_API_KEY", "CAILAG_BASE"),
}


class Config(msgspec.Struct, frozen=True):
    """One provider at one base with one key. `origin` says whose answers these are: *hosted* or *sandbox*."""

    provider: Provider
    base: str
    key: Key
    origin: Literal["hosted", "sandbox"]

    def __post_init__(self) -> None:
        if not self.key.is_sendable:
            raise ConfigurationError(
                "The key holds a space, a line break or a character no key has",
                action="Copy it again; it is shown once, on the page that made it.",
            )
        if self.key.is_sandbox and not is_loopback(self.base):
            raise ConfigurationError(
                f"A sandbox key ({self.key.prefix}…) only works on this machine, not at {self.base}",
                action="Use a key of that service, or connect() without a base.",
            )


def resolve(provider: str, base: str | None, key: Key | None) -> Config | None:
    """The configuration that arguments and environment give, or `None` where there is no key: use the sandbox.

    A base without a key is an error: nobody can say which key was meant.
    """
    service = PROVIDERS[provider]
    key = key or _environment_key(service.key_variable)
    base = base or os.environ.get(service.base_variable, "").strip() or None
    if key is None and base is None:
        return None
    if key is None:
        raise ConfigurationError(
            f"There is a base ({shown(base or '')}) but no key",
            action=f"Set {service.key_variable}, or leave the base out to use the sandbox.",
        )
    checked = check_base(base or service.base)
    return Config(service, checked, key, "sandbox" if key.is_sandbox else "hosted")


def check_base(base: str) -> str:
    """The base without its last slash, or an error: https anywhere, http on this machine only."""
    parts = _split(base)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"{shown(base)!r} is not a base", action="Write https://…/v1.")
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError("The base holds a user name or password", action="Take it out: the key is enough.")
    if parts.query or parts.fragment:
        raise ConfigurationError(f"The base {shown(base)!r} has a '?' or '#' part", action="End it after /v1.")
    if parts.scheme == "http" and not is_loopback(base):
        raise ConfigurationError(
            f"{shown(base)} is plain http: your key and prompts would travel unencrypted",
            action="Use https; plain http is for this machine only.",
        )
    return base.strip().rstrip("/")


def is_loopback(base: str) -> bool:
    """Whether the base is on this machine, by its literal address: a name other than localhost is not looked up."""
    parts = _split(base)
    host = ((parts and parts.hostname) or "").rstrip(".")
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def shown(base: str) -> str:
    """A base as it may appear in a message: scheme, host, port and path, no user, no query."""
    parts = _split(base)
    if parts is None:
        return "what you gave"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else parts.path


def proxy_for(base: str) -> str | None:
    """The proxy the environment names for a base, by the usual variables; never one for this machine."""
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(base)
    if is_loopback(base) or proxy_bypass(parts.hostname or ""):
        return None
    found = getproxies()
    proxy = found.get(parts.scheme) or found.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def ledger_path() -> Path:
    """The ledger's file: `CAICAINI_LEDGER`, else `ledger.sqlite` in your data folder."""
    return _file("CAICAINI_LEDGER", "ledger.sqlite")


def cache_path() -> Path:
    """The file of kept replies: `CAICAINI_CACHE`, else `replies.sqlite` in your data folder."""
    return _file("CAICAINI_CACHE", "replies.sqlite")


def pacing_path() -> Path:
    """The file by which all kernels keep to a key's limits: `CAICAINI_PACING`, else `pacing.sqlite` in your data."""
    return _file("CAICAINI_PACING", "pacing.sqlite")


def jobs_path() -> Path:
    """The folder of bulk jobs: `CAICAINI_JOBS`, else `jobs` in your data folder."""
    return _file("CAICAINI_JOBS", "jobs")


def plain() -> bool:
    """Whether `CAICAINI_PLAIN` asks for one display at the end of a cell instead of a stream."""
    return os.environ.get("CAICAINI_PLAIN", "").strip().lower() not in ("", "0", "false", "no")


def notebook_name() -> str | None:
    """The notebook this kernel runs, where the front end says so (JupyterLab and nbval-style runners do)."""
    session = os.environ.get("JPY_SESSION_NAME", "").strip()
    return Path(session).name if session else None


def _file(variable: str, name: str) -> Path:
    given = os.environ.get(variable, "").strip()
    if given:
        return Path(given).expanduser()
    from platformdirs import user_data_path

    return user_data_path("caicaini-nb") / name


def _split(base: str) -> SplitResult | None:
    """The parts of a base, or `None` where it has none: a space inside, a bad port, half an IPv6 address."""
    if any(character <= " " or character in "\x7f\\" for character in base.strip()):
        return None  # urlsplit drops line breaks and tabs, others who read the base do not
    try:
        parts = urlsplit(base.strip())
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def environment_key(provider: str) -> Key | None:
    """The key the environment holds for a provider, or `None`."""
    return _environment_key(PROVIDERS[provider].key_variable)


def _environment_key(variable: str) -> Key | None:
    given = os.environ.get(variable, "").strip()
    return Key(given) if given else None
