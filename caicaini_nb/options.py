"""The first line of a `%%caicaini` cell, parsed to one typed value. The names are the API's; no option takes a key."""

from __future__ import annotations

import argparse
import shlex
from typing import Any, NoReturn

import msgspec

from .errors import ConfigurationError

__all__ = ["Options", "help_text", "parse", "request_fields"]


class Options(msgspec.Struct, frozen=True):
    """What a cell asks for beyond its prompt. `None` and `False` mean: as the service has it by default."""

    model: str | None = None
    max_tokens: int | None = None
    system: str | None = None
    temperature: float | None = None
    surface: str | None = None
    provider: str | None = None
    chat: str | None = None
    out: str | None = None
    no_stream: bool = False


class _Option(msgspec.Struct, frozen=True):
    name: str
    value: str
    type: type
    help: str
    choices: tuple[str, ...] | None = None


OPTIONS = (
    _Option("model", "ID", str, "which model answers; its id also picks the provider (caicaini/sonnet, deepseek-chat)"),
    _Option("max-tokens", "N", int, "stop after this many tokens (1024)"),
    _Option("system", "TEXT", str, "how to answer, in quotes; {{name}} works here too"),
    _Option("temperature", "X", float, "0 to 1 on messages, 0 to 2 on chat; lower repeats itself more"),
    _Option("surface", "NAME", str, "messages (Caicaini's own) or chat", ("messages", "chat")),
    _Option("provider", "NAME", str, "caicaini or cailag, where the model does not say", ("caicaini", "cailag")),
    _Option("chat", "NAME", str, "go on with the conversation of this name; running a cell again replaces its turn"),
    _Option("out", "NAME", str, "bind the reply to this variable: NAME.text, NAME.usage, NAME.raw"),
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigurationError(message[:1].upper() + message[1:], action="%caicaini help lists the options.")


def parse(line: str) -> Options:
    """Raises `ConfigurationError` for what is not an option (with near ones) or not a value of its type."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ConfigurationError(f"The first line cannot be read: {error}", action="Close the quotes.") from None
    _refuse_unknown(words)
    found = vars(_parser().parse_args(words))
    if found["out"] is not None and not found["out"].isidentifier():
        raise ConfigurationError(
            f"--out {found['out']!r} is not a variable's name", action="Use letters, digits and _."
        )
    return Options(**found)


def help_text() -> str:
    """Every option in one line each, for `%caicaini help` and `%%caicaini?`."""
    rows = [(f"--{option.name} {option.value}", option.help) for option in OPTIONS]
    rows.append(("--no-stream", "show the answer once, when it is complete"))
    return "\n".join(f"  {usage:<20} {text}" for usage, text in rows)


def _parser() -> _Parser:
    parser = _Parser(prog="%%caicaini", add_help=False, allow_abbrev=False)
    for option in OPTIONS:
        parser.add_argument(f"--{option.name}", type=option.type, choices=option.choices, metavar=option.value)
    parser.add_argument("--no-stream", action="store_true")
    return parser


def _refuse_unknown(words: list[str]) -> None:
    known = [f"--{option.name}" for option in OPTIONS] + ["--no-stream"]
    takes_value = False
    for word in words:
        name = word.split("=")[0]
        if takes_value:
            takes_value = False
        elif name in known:
            takes_value = name != "--no-stream" and "=" not in word
        else:
            raise _unknown(name, known)


def _unknown(name: str, known: list[str]) -> ConfigurationError:
    from difflib import get_close_matches  # only a mistake needs it

    near = get_close_matches(name.replace("_", "-"), known, n=2, cutoff=0.5)
    if not name.startswith("-"):
        return ConfigurationError(
            f"{name!r} stands on the first line, where only options do",
            action="Write the prompt below it; put values with spaces in quotes.",
        )
    if "key" in name:
        return ConfigurationError(
            f"There is no option {name}: a key on this line would be saved with the notebook",
            action="Use %caicaini key, or set CAICAINI_API_KEY before you start Jupyter.",
        )
    hint = f"Did you mean {' or '.join(near)}?" if near else "%caicaini help lists the options."
    return ConfigurationError(f"There is no option {name}", action=hint)


def request_fields(options: Options) -> dict[str, Any]:
    """The options that are fields of a request, under their names there; those left out are left out."""
    fields = {
        "model": options.model,
        "max_tokens": options.max_tokens,
        "temperature": options.temperature,
        "surface": options.surface,
    }
    return {name: value for name, value in fields.items() if value is not None}
