"""`caicaini recipes verify`: one recipe, all of them, or the heavy ones; writes the record or compares with it."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..errors import CaicainiError, ConfigurationError
from .recipe import Recipe
from .record import RECORD, faults, read_record, recorded, write_record
from .shelf import named, names, root

if TYPE_CHECKING:
    from .verify import Verified

__all__ = ["add_verify", "verify_command"]


def add_verify(parser: argparse.ArgumentParser) -> None:
    """Give the parser its options."""
    parser.add_argument("tools", nargs="*", metavar="tool")
    parser.add_argument("--all", action="store_true", help="every recipe but the heavy ones")
    parser.add_argument("--heavy", action="store_true", help="the heavy ones")
    parser.add_argument("--live", action="store_true", help="against the service itself, with your key; it costs")
    parser.add_argument("--quick", action="store_true", help="do not break anything on purpose")
    parser.add_argument("--record", action="store_true", help=f"write {RECORD}")
    parser.add_argument("--check", action="store_true", help=f"compare with {RECORD}, write nothing")
    parser.add_argument("--verbose", action="store_true", help="show what a failing tool printed")


def verify_command(arguments: argparse.Namespace) -> int:
    """Verify what was asked for; 1 where anything failed or the record says otherwise."""
    if arguments.record and (arguments.live or arguments.quick or arguments.check):
        raise ConfigurationError(
            "The record tells of whole verifications in the sandbox",
            action="With --record leave out --live, --quick and --check.",
        )
    path, failed = root() / RECORD, 0
    for recipe in _chosen(arguments):
        print(f"{recipe.tool} (class {recipe.kind})", flush=True)
        try:
            found = _verified(recipe, arguments)
        except CaicainiError as error:
            failed += 1
            sys.stderr.write(f"  FAILED {error}\n")
            if arguments.verbose:
                sys.stderr.write("\n".join(getattr(error, "__notes__", [])) + "\n")
            continue
        if arguments.record:
            # Read and written for each one: what comes later may be cut short, and somebody else may verify meanwhile.
            rows = {tool: row for tool, row in read_record(path).items() if tool in names()}
            rows[recipe.tool] = recorded(recipe, found, datetime.now(UTC).date().isoformat())
            write_record(path, rows.values())
    said = faults(read_record(path), map(named, names())) if arguments.check else []
    sys.stderr.writelines(f"{RECORD} disagrees. {fault} Run make recipes.\n" for fault in said)
    return 1 if failed or said else 0


def _verified(recipe: Recipe, arguments: argparse.Namespace) -> Verified | None:
    """What a verification found; `None` where there is nothing to run."""
    from .verify import verify

    def tell(line: str) -> None:
        print(f"  {line}", flush=True)

    if recipe.verify is None and (arguments.record or not arguments.tools):
        tell("not run: see its first line")
        return None
    return verify(recipe, live=arguments.live, breaks=not arguments.quick, tell=tell)


def _chosen(arguments: argparse.Namespace) -> list[Recipe]:
    if arguments.tools:
        return [named(tool) for tool in arguments.tools]
    if arguments.all or arguments.heavy:
        recipes = [named(tool) for tool in names()]
        return [recipe for recipe in recipes if bool(recipe.verify and recipe.verify.heavy) == arguments.heavy]
    if arguments.check:
        return []
    raise ConfigurationError("You named no tool", action="Name one, or say --all.")
