"""The verbs of `%caicaini`: each a row of a table, each returning something that shows itself."""

from __future__ import annotations

import getpass
import shlex
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from .budget_verb import budget_verb
from .chat_verb import chat_verb
from .client import Client
from .config import PROVIDERS
from .display.panel import Panel
from .errors import ConfigurationError
from .first_line.options import help_text
from .key import Key
from .models import catalogue
from .recipes.verb import recipe_verb
from .session import Session
from .usage_verb import reconcile_verb, usage_verb
from .widget_verbs import dashboard_verb, meter_verb

__all__ = ["VERBS", "run_verb"]


def run_verb(session: Session, line: str) -> Any:
    """What `%caicaini VERB [provider]` shows. Raises `ConfigurationError` for an unknown verb, with near ones."""
    verb, *words = shlex.split(line) or ["help"]
    if verb not in VERBS:
        near = get_close_matches(verb, VERBS, n=2)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"Use one of {', '.join(VERBS)}."
        raise ConfigurationError(f"There is no %caicaini {verb}", action=hint)
    run, _ = VERBS[verb]
    return run(session, words)


def _status(session: Session, words: list[str]) -> Panel:
    client = session.client(_provider(verb="status", words=words))
    rows = {
        "answers come from": "the sandbox on this machine: no key, no cost"
        if client.origin == "sandbox"
        else "the hosted service",
        "provider": client.provider,
        "base": client.base,
        "key": f"{client.key_prefix}…",
        "ledger": str(session.ledger.path),
    }
    if client.sandbox:
        rows["engine"] = client.sandbox.engine
    if client.provider == "caicaini":
        account = client.account()
        rows["tier"] = account.tier or "unknown"
        rows["credits"] = "unknown" if account.credits is None else f"{account.credits:,}"
    return Panel.of("", ("", ""), list(rows.items()))


def _models(session: Session, words: list[str]) -> Panel:
    client = session.client(_provider(verb="models", words=words))
    if client.provider == "cailag":
        return _priced(client)
    rows = [
        (
            model.id,
            _known(model.context_window),
            _known(model.max_output_tokens),
            _mark(model.supports_vision),
            _mark(model.supports_tools),
            _mark(model.supports_thinking),
        )
        for model in client.models()
    ]
    return Panel.of(
        f"{client.origin}, {client.base}", ("model", "context", "max output", "vision", "tools", "thinking"), rows
    )


def _priced(client: Client) -> Panel:
    known = catalogue()
    rows = []
    for model in client.models():
        listed = known.get(model.id)
        prices = (listed.input_price, listed.output_price) if listed else (None, None)
        rows.append((model.id, *("not published" if price is None else f"¥{price}" for price in prices)))
    return Panel.of(f"{client.origin}, CNY a million tokens", ("model", "input", "output"), rows)


def _account(session: Session, words: list[str]) -> Panel:
    client = session.client(_provider(verb="account", words=words))
    account = client.account()
    return Panel.of(
        f"{client.origin}, {client.base}",
        ("tier", "credits", "consumed this month"),
        [(account.tier or "unknown", _known(account.credits), _known(account.credits_consumed_this_month))],
    )


def _ledger(session: Session, words: list[str]) -> Any:
    return session.ledger


def _chat(session: Session, words: list[str]) -> Any:
    return chat_verb(session.conversations, words)


def _budget(session: Session, words: list[str]) -> Panel:
    return budget_verb(session.budgets, words)


def _usage(session: Session, words: list[str]) -> Any:
    return usage_verb(session.ledger, words)


def _reconcile(session: Session, words: list[str]) -> Any:
    return reconcile_verb(session.client, words)


def _meter(session: Session, words: list[str]) -> Any:
    return meter_verb(session.client, words)


def _dashboard(session: Session, words: list[str]) -> Any:
    return dashboard_verb(session.client, words)


def _recipe(session: Session, words: list[str]) -> Any:
    return recipe_verb(words)


def _cache(session: Session, words: list[str]) -> Panel:
    asked = " ".join(words) or "status"
    if asked not in ("on", "off", "clear", "status"):
        raise ConfigurationError(f"%caicaini cache does not take {asked!r}", action="Use on, off, clear or status.")
    if asked in ("on", "off"):
        session.caches = asked == "on"
    rows = [("cache", "on" if session.caches else "off, but for cells with --cache")]
    if asked == "clear":
        rows.append(("forgotten", f"{session.cache.clear():,}"))
    try:
        kept = session.cache.kept()
        rows += [("replies", f"{kept.replies:,}"), ("size", f"{kept.size / 1024:,.0f} kB")]
    except ConfigurationError as error:
        rows.append(("problem", f"{error.cause}. {error.action}"))
    return Panel.of("", ("", ""), [*rows, ("file", str(session.cache.path))])


def _key(session: Session, words: list[str]) -> Panel:
    provider = _provider(verb="key", words=words)
    variable = PROVIDERS[provider].key_variable
    try:
        typed = Key(getpass.getpass(f"Your {provider} key (kept in this kernel only): ").strip())
    except Exception as error:  # the front end has no way to ask, and each says so in its own way
        reason = f"Nobody can be asked for a key here ({type(error).__name__})"
    else:
        client = session.use_key(provider, typed)
        return Panel.of(
            "", ("", ""), [("key", f"{client.key_prefix}…"), ("base", client.base), ("kept", "in this kernel")]
        )
    raise ConfigurationError(reason, action=f"Set {variable} before you start Jupyter.")


def _help(session: Session, words: list[str]) -> Panel:
    verbs = "\n".join(f"  %caicaini {name:<10} {text}" for name, (_, text) in VERBS.items())
    return Panel.preformatted(f"%%caicaini [options], and the prompt below it\n{help_text()}\n\n{verbs}")


VERBS: Mapping[str, tuple[Callable[[Session, list[str]], Any], str]] = {
    "status": (_status, "where answers come from: sandbox or hosted, key, balance"),
    "models": (_models, "the models you may call, what they can do or cost"),
    "account": (_account, "tier and credits"),
    "ledger": (_ledger, "your last calls and what they cost"),
    "usage": (_usage, "where it went: --by model,day --since 7d, --plot for the chart"),
    "reconcile": (_reconcile, "the ledger against the service's own count: --since 7d"),
    "meter": (_meter, "balance, spending and limits, live while you work"),
    "dashboard": (_dashboard, "your ledger by model, day, notebook or outcome, live"),
    "chat": (_chat, "your conversations: NAME show, reset, export FILE"),
    "budget": (_budget, "a ceiling on what calls may cost: 500 credits, 2.50 CNY, or off"),
    "cache": (_cache, "replies that were paid for once: on, off, clear, status"),
    "recipe": (_recipe, "another tool's configuration to copy: TOOL, provider, model"),
    "key": (_key, "type a key; it stays in this kernel's memory"),
    "help": (_help, "this page"),
}


def _provider(*, verb: str, words: list[str]) -> str:
    provider = words[0] if words else "caicaini"
    if provider not in PROVIDERS or len(words) > 1:
        raise ConfigurationError(
            f"%caicaini {verb} takes a provider, not {' '.join(words)!r}", action="Use caicaini or cailag."
        )
    return provider


def _known(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"


def _mark(flag: bool | None) -> str:
    return {True: "yes", False: "no", None: "unknown"}[flag]
