"""`caicaini recipes …`: list, show, write, undo, doctor, verify. Each command is a row of a table.

A mistake is one sentence on standard error and status 1, and nothing was written. No command prints a key.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import CaicainiError
from .choice import choose
from .render import render_all
from .shelf import named, names, root
from .standing import standing
from .verify_command import add_verify, verify_command

__all__ = ["run"]


def run(words: list[str]) -> int:
    """Run the command; returns the exit status."""
    arguments = _parser().parse_args(words)
    try:
        return COMMANDS[arguments.command](arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read it, such as `head`, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except CaicainiError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _list(arguments: argparse.Namespace) -> int:
    from .record import RECORD, read_record

    rows = read_record(root() / RECORD)
    print(f"{'tool':<24}{'class':<7}{'version':<14}{'verified':<12}{'surfaces':<15}{'providers':<18}minutes")
    for recipe in map(named, names()):
        row = rows.get(recipe.tool)
        print(
            f"{recipe.tool:<24}{recipe.kind:<7}{recipe.version or '–':<14}{row.date if row else 'never':<12}"
            f"{'+'.join(recipe.surfaces):<15}{'+'.join(recipe.providers):<18}{recipe.minutes}"
        )
    return 0


def _show(arguments: argparse.Namespace) -> int:
    recipe = named(arguments.tool)
    choice = choose(recipe, arguments.provider, arguments.base, arguments.model)
    print(f"# {recipe.title}: {recipe.outcome}")
    print(f"# {standing(recipe)} {recipe.homepage}")
    print(f"# {choice.provider}, {choice.base}, {choice.model}; the key comes from {choice.names()['key_variable']}.")
    if recipe.install:
        print(f"# Install: {recipe.install}")
    for name, text in render_all(recipe, choice).items():
        print(f"\n# ---- {name} ----\n{text}", end="" if text.endswith("\n") else "\n")
    print(f"\n# Steps and troubleshooting: {recipe.path / 'README.md'}")
    return 0


def _write(arguments: argparse.Namespace) -> int:
    from .installed import check_installed
    from .writing import write

    recipe = named(arguments.tool)
    choice = choose(recipe, arguments.provider, arguments.base, arguments.model)
    to = Path(arguments.to) if arguments.to else None
    paths = write(recipe, choice, to, key_in_file=arguments.key_in_file, windows=arguments.windows)
    for path in paths:
        print(f"Written: {path}")
    if not arguments.key_in_file:
        print(f"The key is read from {choice.names()['key_variable']}: set it where {recipe.title} is started.")
    print(f"To take it back: caicaini recipes undo {recipe.tool}")
    try:
        check_installed(recipe)
    except CaicainiError as error:
        print(error)
    return 0


def _undo(arguments: argparse.Namespace) -> int:
    from .writing import undo

    for path in undo(named(arguments.tool)):
        print(f"As it was before: {path}")
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from .doctor import examine
    from .installed import check_installed

    provider = arguments.provider or "caicaini"
    if arguments.tool:
        recipe = named(arguments.tool)
        provider = arguments.provider or recipe.providers[0]
        print(f"ok      tool        {check_installed(recipe)}")
    wrong = False
    for finding in examine(provider, arguments.base, arguments.model):
        trap = f" [trap: {finding.trap}]" if finding.trap else ""
        line = f"{'ok' if finding.ok else 'WRONG':<8}{finding.step:<12}{finding.text}{trap}"
        print(line, flush=True)
        wrong = wrong or not finding.ok
    return 1 if wrong else 0


def _add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--provider", help="caicaini or cailag")
    parser.add_argument("--base", help="another base, with its /v1")
    parser.add_argument("--model", help="a model id")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="caicaini recipes", description="Integrations that were run.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the tools, and what was verified")
    show = commands.add_parser("show", help="print a tool's complete configuration; never a key")
    show.add_argument("tool")
    _add_choice(show)
    write = commands.add_parser("write", help="put it into the tool's own file, without touching the rest")
    write.add_argument("tool")
    _add_choice(write)
    write.add_argument("--to", help="another file than the tool's usual one")
    write.add_argument("--key-in-file", action="store_true", help="the key itself, mode 0600, never in a git work tree")
    write.add_argument("--windows", action="store_true", help="keep Windows line ends or a byte order mark")
    undo = commands.add_parser("undo", help="put back what write has changed, byte for byte")
    undo.add_argument("tool")
    doctor = commands.add_parser("doctor", help="find out what is wrong, from DNS to a streamed reply")
    doctor.add_argument("tool", nargs="?", help="also look whether this tool is installed")
    _add_choice(doctor)
    add_verify(commands.add_parser("verify", help="run a recipe's files in the real tool, against the sandbox"))
    return parser


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "doctor": _doctor,
    "list": _list,
    "show": _show,
    "undo": _undo,
    "verify": verify_command,
    "write": _write,
}
