"""The first line of a `%%caicaini` cell, parsed to one typed value. The names are the API's; no option takes a key."""

from __future__ import annotations

import argparse
import shlex
from typing import Any, NoReturn

import msgspec

from ..errors import ConfigurationError

__all__ = ["OPTIONS", "Option", "Options", "call_arguments", "help_text", "parse"]


class Options(msgspec.Struct, frozen=True):
    """What a cell asks for beyond its prompt. `None`, `False` and `()` mean: as the service has it by default."""

    model: str | None = None
    max_tokens: int | None = None
    system: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    thinking: int | None = None
    image: tuple[str, ...] = ()
    tools: str | None = None
    tool_choice: str | None = None
    rounds: int | None = None
    schema: str | None = None
    n: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    user_id: str | None = None
    surface: str | None = None
    provider: str | None = None
    chat: str | None = None
    compare: str | None = None
    map: str | None = None
    job: str | None = None
    limit: int | None = None
    out: str | None = None
    cache: bool = False
    dry_run: bool = False
    no_stream: bool = False


class Option(msgspec.Struct, frozen=True):
    """One option of the first line. `value` is empty for a flag; an option that `repeats` may stand several times."""

    name: str
    value: str
    type: type
    help: str
    example: str
    choices: tuple[str, ...] | None = None
    repeats: bool = False

    @property
    def flag(self) -> str:
        return f"--{self.name}"

    @property
    def field(self) -> str:
        return self.name.replace("-", "_")


OPTIONS = (
    Option("model", "ID", str, "which model answers; its id also picks the provider", "--model caicaini/sonnet"),
    Option("max-tokens", "N", int, "stop after this many tokens (1024, and what thinking takes)", "--max-tokens 200"),
    Option("system", "TEXT", str, "how to answer; {{name}} works here too", '--system "One sentence."'),
    Option(
        "temperature", "X", float, "0 to 1 on messages, 0 to 2 on chat; lower repeats itself more", "--temperature 0"
    ),
    Option("top-p", "X", float, "choose among the likeliest words of this share, 0 to 1", "--top-p 0.5"),
    Option("stop", "TEXT", str, "end before this text; up to four times", '--stop "###"', repeats=True),
    Option("thinking", "N", int, "tokens to think with first, in a folded block (messages)", "--thinking 2048"),
    Option(
        "image", "NAME", str, "a picture before the prompt: a variable, a path or a link", "--image fig", repeats=True
    ),
    Option("tools", "F,G", str, "functions of yours that the model may call", "--tools weather,convert"),
    Option("tool-choice", "NAME", str, "auto, any, none, or the tool to call", "--tool-choice weather"),
    Option("rounds", "N", int, "how often the model may call tools and be told the results (8)", "--rounds 3"),
    Option("schema", "NAME", str, "a class or JSON Schema of yours that the answer must fit", "--schema Invoice"),
    Option("n", "N", int, "how many answers (chat)", "--n 3"),
    Option("presence-penalty", "X", float, "-2 to 2; higher brings up new things (chat)", "--presence-penalty 1"),
    Option("frequency-penalty", "X", float, "-2 to 2; higher repeats words less (chat)", "--frequency-penalty 1"),
    Option("user-id", "ID", str, "your own id for whom you ask", "--user-id u42"),
    Option("surface", "NAME", str, "messages (Caicaini's own) or chat", "--surface chat", ("messages", "chat")),
    Option("provider", "NAME", str, "where the model does not say it", "--provider cailag", ("caicaini", "cailag")),
    Option("chat", "NAME", str, "go on with a conversation; a cell run again replaces its turn", "--chat trip"),
    Option("compare", "ID,ID", str, "ask several models at once", "--compare caicaini/haiku,deepseek-chat"),
    Option("map", "NAME", str, "ask for each row of this frame or list; {{column}} is a row's value", "--map tickets"),
    Option("job", "NAME", str, "with --map: where its answers are kept; the same name goes on", "--job labels-2026"),
    Option("limit", "N", int, "with --map: a fixed sample of so many rows first", "--limit 50"),
    Option("out", "NAME", str, "bind the reply to this variable: NAME.text, NAME.usage, NAME.value", "--out answer"),
    Option("cache", "", bool, "take the reply from the cache if you asked the same before", "--cache"),
    Option("dry-run", "", bool, "show the request and count its tokens; run nothing", "--dry-run"),
    Option("no-stream", "", bool, "show the answer once, when it is complete", "--no-stream"),
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
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    return Options(**fields)


def help_text() -> str:
    """Every option in one line each, for `%caicaini help`."""
    return "\n".join(f"  {f'{option.flag} {option.value}':<24} {option.help}" for option in OPTIONS)


def _parser() -> _Parser:
    parser = _Parser(prog="%%caicaini", add_help=False, allow_abbrev=False)
    for option in OPTIONS:
        if option.type is bool:
            parser.add_argument(option.flag, action="store_true")
        elif option.repeats:
            parser.add_argument(option.flag, type=option.type, action="append", default=[], metavar=option.value)
        else:
            parser.add_argument(option.flag, type=option.type, choices=option.choices, metavar=option.value)
    return parser


def _refuse_unknown(words: list[str]) -> None:
    takes_value = {option.flag: option.type is not bool for option in OPTIONS}
    is_value = False
    for word in words:
        name = word.split("=")[0]
        if is_value:
            is_value = False
        elif name in takes_value:
            is_value = takes_value[name] and "=" not in word
        else:
            raise _unknown(name, list(takes_value))


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


# Options that are named otherwise as arguments of a call.
ARGUMENTS = {"stop": "stop_sequences"}
PASSED_ON = (
    "model", "max_tokens", "temperature", "top_p", "stop", "thinking", "tool_choice", "n", "presence_penalty",
    "frequency_penalty", "user_id", "surface",
)  # fmt: skip


def call_arguments(options: Options) -> dict[str, Any]:
    """The options that are arguments of a call as they stand; those left out are left out."""
    given = {ARGUMENTS.get(name, name): getattr(options, name) for name in PASSED_ON}
    return {name: value for name, value in given.items() if value is not None and value != ()}
