"""`caicaini`: the command line. Each sub-command is a row of a table and parses its own arguments."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from ._version import __version__

__all__ = ["main"]


def _sandbox(words: list[str]) -> int:
    from .sandbox.cli import run

    return run(words)


def _recipes(words: list[str]) -> int:
    from .recipes.commands import run

    return run(words)


COMMANDS: Mapping[str, tuple[Callable[[list[str]], int], str]] = {
    "recipes": (_recipes, "configure other tools for both services, verified against the real tool"),
    "sandbox": (_sandbox, "run the local sandbox, mint and revoke its keys, top up its credits"),
}


def main(arguments: list[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] in (["--version"], ["-V"]):
        sys.stdout.write(f"caicaini-nb {__version__}\n")
        return 0
    if words and words[0] in COMMANDS:
        run, _ = COMMANDS[words[0]]
        return run(words[1:])
    lines = ["usage: caicaini COMMAND …", ""] + [
        f"  caicaini {name:<10} {text}" for name, (_, text) in COMMANDS.items()
    ]
    asked_for = not words or words[0] in ("-h", "--help", "help")
    (sys.stdout if asked_for else sys.stderr).write("\n".join(lines) + "\n")
    return 0 if asked_for else 2


if __name__ == "__main__":
    sys.exit(main())
