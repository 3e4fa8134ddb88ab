"""What is wrong between you and a reply: key, model and base, then the way there, then what each kind of call gives.

It goes step by step and stops at the first that fails, with one sentence. Its questions cost a few tokens; it shows no
key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ..client import Client
from ..config import PROVIDERS, is_loopback, resolve
from ..connection import connect
from ..errors import CaicainiError, ConfigurationError, NotFoundError, UnreadableReplyError
from ..ledger import Ledger
from ..models import catalogue, near, provider_of
from .reach import check_connection, check_is_api, check_name, check_tls, with_or_without, wrong_base

__all__ = ["Finding", "examine"]

QUESTION = "Count to 5"
WEATHER = {
    "name": "get_weather",
    "description": "Current weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
SLOW_MS, LATE = 3_000, 0.9  # a stream that shows nothing for nine tenths of more than this was held back


class Finding(msgspec.Struct, frozen=True):
    """One step: what was found, or the sentence that says what is wrong. `trap` is the kind of mistake it is."""

    step: str
    ok: bool
    text: str
    trap: str | None = None


class Patient:
    """What is examined: a provider, a base and a model, and the client once there is one."""

    def __init__(self, provider: str, base: str | None, model: str | None, ledger: Ledger | None) -> None:
        self.provider = provider
        self.service = PROVIDERS[provider]
        self.asked_base = base
        self.model = model or self.service.default_model
        self.ledger = ledger
        self.client: Client | None = None
        self.usages: dict[str, bool] = {}

    @property
    def base(self) -> str:
        assert self.client is not None
        return self.client.base

    def connected(self) -> Client:
        """The client; one attempt a call, so that what is wrong shows at once."""
        if self.client is None:
            self.client = connect(self.provider, base=self.asked_base, max_attempts=1, timeout=60, ledger=self.ledger)
        return self.client


def examine(
    provider: str = "caicaini", base: str | None = None, model: str | None = None, *, ledger: Ledger | None = None
) -> Iterator[Finding]:
    """The findings, as they come; the last one is not ok where something is wrong.

    Without a key it examines the sandbox. Raises `ConfigurationError` for a provider nobody knows.
    """
    if provider not in PROVIDERS:
        raise ConfigurationError(f"There is no provider {provider!r}", action=f"Use {' or '.join(PROVIDERS)}.")
    patient = Patient(provider, base, model, ledger)
    try:
        for step, check in STEPS.items():
            try:
                yield Finding(step, True, check(patient))
            except CaicainiError as error:
                yield Finding(step, False, str(error), TRAPS.get(error.status or step, TRAPS.get(step)))
                return
    finally:
        if patient.client is not None:
            patient.client.close()


def _key(patient: Patient) -> str:
    variable = patient.service.key_variable
    config = resolve(patient.provider, patient.asked_base, None)
    if config is None:
        return f"{variable} is not set: this is the sandbox"
    host = urlsplit(config.base).hostname or ""
    for other in PROVIDERS.values():
        if other.name != patient.provider and host == urlsplit(other.base).hostname:
            raise ConfigurationError(
                f"{variable} is {patient.provider}'s key, and {host} is {other.name}'s base",
                action=f"Say --provider {other.name}, with {other.key_variable} set.",
            )
    is_theirs = config.key.prefix.startswith("cai_api_")
    if not is_loopback(config.base) and is_theirs != (patient.provider == "caicaini"):
        kind = "begin with cai_api_" if patient.provider == "caicaini" else "do not begin with cai_api_"
        raise ConfigurationError(
            f"{variable} ({config.key.prefix}…) is no {patient.provider} key: those {kind}",
            action="Use the key that was made for this service; each works at its own base only.",
        )
    return f"{config.key.prefix}… in {variable}"


def _model(patient: Patient) -> str:
    owner = provider_of(patient.model)
    if owner not in (None, patient.provider):
        raise ConfigurationError(
            f"{patient.model} is a model of {owner}, not of {patient.provider}",
            action=f"Say --provider {owner}, or take another model.",
        )
    return patient.model if patient.model in catalogue() else f"{patient.model}, which is not on the documented list"


def _base(patient: Patient) -> str:
    client = patient.connected()
    return f"{client.base}{'' if client.origin == 'hosted' else ', the sandbox'}"


def _access(patient: Patient) -> str:
    """Where the base is wrong, an API says so only to who has a key."""
    try:
        _knock(patient.connected())
        return "the key is accepted"
    except NotFoundError as error:
        missing = error
    other = with_or_without(patient.base)
    with connect(patient.provider, base=other, max_attempts=1, timeout=60, ledger=patient.ledger) as client:
        try:
            _knock(client)
        except CaicainiError:
            raise missing from None
    raise wrong_base(patient.base)


def _knock(client: Client) -> None:
    if client.provider == "caicaini":
        client.account()
    else:
        client.models()


def _balance(patient: Patient) -> str:
    if patient.provider != "caicaini":
        return "cailag does not tell it"
    account = patient.connected().account()
    if account.credits == 0:
        raise ConfigurationError(
            "There are no credits left", action="Top up on the billing page; waiting does not help."
        )
    credits = "unknown" if account.credits is None else f"{account.credits:,} credits"
    return f"{credits}, tier {account.tier or 'unknown'}"


def _models(patient: Patient) -> str:
    listed = [model.id for model in patient.connected().models()]
    if not listed:
        raise UnreadableReplyError(
            "You are connected, but no models are listed", action="Check that the base is the API's."
        )
    if patient.model not in listed:
        close = [name for name in near(patient.model, patient.provider) if name in listed] or listed[:3]
        raise NotFoundError(
            f"{patient.model} is not among its {len(listed)} models", action=f"Try {' or '.join(close)}."
        )
    return f"{len(listed)}, {patient.model} among them"


def _plain(patient: Patient) -> str:
    reply = patient.connected().send(QUESTION, model=patient.model, max_tokens=64)
    patient.usages["a plain answer"] = reply.usage.output_tokens is not None
    return f"{len(reply.text)} characters"


def _stream(patient: Patient) -> str:
    client = patient.connected()
    with client.stream(QUESTION, model=patient.model, max_tokens=64) as stream:
        events = sum(1 for _ in stream)
    patient.usages["a stream"] = stream.reply.usage.output_tokens is not None
    entry = client.ledger.entries(limit=1)[0]
    first, total = entry.first_event_ms, entry.total_ms
    if first and total and total > SLOW_MS and first > LATE * total and events > 8:
        raise UnreadableReplyError(
            f"The stream came all at once, after {total / 1000:.1f} s",
            action="Turn off buffering in the proxy in between.",
        )
    return f"{events} events" + (f", the first after {first:.0f} ms" if first else "")


def _tools(patient: Patient) -> str:
    asked: Mapping[str, Any] = {"tools": [WEATHER], "tool_choice": "get_weather"}
    reply = patient.connected().send("What is the weather in Rome?", model=patient.model, max_tokens=128, **asked)
    if not reply.tool_uses:
        raise UnreadableReplyError(f"{patient.model} did not call the tool it was told to", action="Try another model.")
    return f"{reply.tool_uses[0].name}({dict(reply.tool_uses[0].input or {})})"


def _usage(patient: Patient) -> str:
    missing = [what for what, known in patient.usages.items() if not known]
    if missing:
        raise UnreadableReplyError(
            f"The service tells no usage for {' and '.join(missing)}",
            action="What such a call costs stays unknown; look at the service's own pages.",
        )
    return "told for plain answers and streams"


STEPS: Mapping[str, Callable[[Patient], str]] = {
    "key": _key,
    "model": _model,
    "base": _base,
    "DNS": lambda patient: check_name(patient.base),
    "connection": lambda patient: check_connection(patient.base),
    "TLS": lambda patient: check_tls(patient.base),
    "API": lambda patient: check_is_api(patient.base),
    "auth": _access,
    "balance": _balance,
    "models": _models,
    "plain": _plain,
    "stream": _stream,
    "tools": _tools,
    "usage": _usage,
}

# By status where one was given, else by step: what people get wrong there.
TRAPS: Mapping[int | str, str] = {
    "API": "base with or without /v1",
    401: "key, or x-api-key instead of Bearer",
    402: "no credits left",
    404: "base with or without /v1",
    429: "more requests than the tier allows",
    "auth": "base with or without /v1",
    "balance": "no credits left",
    "base": "base with or without /v1",
    "key": "wrong provider's key for a base",
    "model": "unknown model",
    "models": "connected, but the model is not listed",
    "plain": "unknown model",
    "stream": "a proxy buffers the stream",
    "usage": "streaming usage missing",
}
