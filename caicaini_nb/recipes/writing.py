"""`write` and `undo`: a recipe's file into the tool's own configuration, and back, byte for byte.

The key stays in the environment wherever the tool can read it there; a literal one goes in only when asked for, never
into a git work tree, in a file of mode 0600. What was there before is kept in your data folder, readable by you alone.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from pathlib import Path

import msgspec

from ..config import environment_key, is_loopback
from ..errors import ConfigurationError
from ..key import Key
from .choice import Choice
from .env_lines import merged_lines
from .recipe import Recipe, RecipeFile
from .render import render
from .target import PRIVATE, Target, check_outside_git, put, take
from .yaml_list import merged_list

__all__ = ["undo", "write"]


PLAIN = re.compile(r"[A-Za-z0-9._~+/=-]+")  # what cannot end a string or a line in any configuration


class Kept(msgspec.Struct, frozen=True):
    """One file as it was: `before` its bytes in base64, `None` where there was none; `folders` were made for it."""

    path: str
    sha256: str
    before: str | None = None
    mode: int | None = None
    folders: tuple[str, ...] = ()


def write(
    recipe: Recipe, choice: Choice, to: Path | None = None, *, key_in_file: bool = False, windows: bool = False
) -> list[Path]:
    """Write the recipe's files for this choice; returns their paths. Raises `ConfigurationError`, with nothing written.

    `to` names the file where the recipe has one; `key_in_file` puts the key itself in; `windows` keeps CRLF and a mark.
    """
    files = [file for file in recipe.files_for(choice.provider) if file.write]
    if not files:
        raise ConfigurationError(
            f"{recipe.tool} has no file of its own that could be written",
            action=f"Paste what `caicaini recipes show {recipe.tool}` prints.",
        )
    if to is not None and len(files) > 1:
        raise ConfigurationError(f"{recipe.tool} has {len(files)} files", action="Leave out --to.")
    key = _key(choice) if key_in_file else None
    # all is planned before the first is written
    planned = [_planned(recipe, file, choice, to, key, windows) for file in files]
    records = _records(recipe.tool)
    _remember(recipe.tool, _with(records, planned))
    done: list[Target] = []
    try:
        for target, content in planned:
            put(target.path, content, PRIVATE if key else target.mode)
            done.append(target)
    except ConfigurationError:
        for target in done:
            _put_back(target.path, target.content, target.mode)
        _remember(recipe.tool, records)
        raise
    return [target.path for target, _ in planned]


def undo(recipe: Recipe) -> list[Path]:
    """Put back what was there; returns the paths. Raises `ConfigurationError` where somebody changed it since."""
    records = _records(recipe.tool)
    if not records:
        raise ConfigurationError(f"Nothing of {recipe.tool} was written", action="There is nothing to undo.")
    for record in records:
        current = take(Path(record.path), windows=True).content
        if current is None or hashlib.sha256(current).hexdigest() != record.sha256:
            raise ConfigurationError(
                f"{record.path} has changed since it was written",
                action="Nothing was undone: take our lines out by hand.",
            )
    for record in records:
        before = None if record.before is None else base64.b64decode(record.before)
        _put_back(Path(record.path), before, record.mode)
        for folder in map(Path, record.folders):  # those made for it, if nobody has put anything there since
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    _remember(recipe.tool, [])
    return [Path(record.path) for record in records]


def _planned(
    recipe: Recipe, file: RecipeFile, choice: Choice, to: Path | None, key: Key | None, windows: bool
) -> tuple[Target, bytes]:
    """What is there, and what is to be there."""
    assert file.write is not None
    path = (to or Path(file.write.to)).expanduser()
    path = Path(os.path.abspath(path))
    if key is not None:
        check_outside_git(path)
    target = take(path, windows=windows)
    ours = render(recipe, file, choice, key=key.reveal() if key else None)
    if target.content is None or not target.text.strip():
        return target, ours.encode()
    if file.write.how == "whole":
        raise ConfigurationError(f"{path} is there already", action="Nothing was written: name another file with --to.")
    try:
        if file.write.how == "env":
            merged = merged_lines(target.text, ours, target.newline)
        else:
            merged = merged_list(target.text, ours, file.write, target.newline)
    except ConfigurationError as error:
        cause, action = f"{path}: {error.cause}", error.action
    else:
        return target, (target.mark + merged).encode()
    raise ConfigurationError(cause, action=f"Nothing was written: {action[0].lower()}{action[1:]}")


def _key(choice: Choice) -> Key:
    """The key of this provider, from the environment. Raises `ConfigurationError` where there is none."""
    key = environment_key(choice.provider)
    if key is None:
        variable = choice.names()["key_variable"]
        raise ConfigurationError(f"--key-in-file needs the key, and {variable} is not set", action="Set it first.")
    if not PLAIN.fullmatch(key.reveal()):
        raise ConfigurationError("This key holds quotes or other signs", action="Leave out --key-in-file.")
    if key.is_sandbox and not is_loopback(choice.base):
        raise ConfigurationError("This is a sandbox key", action=f"Say --base with the sandbox's, not {choice.base}.")
    return key


def _with(records: list[Kept], planned: list[tuple[Target, bytes]]) -> list[Kept]:
    """The records with what is to be replaced now; what we wrote ourselves is not taken for what was there before."""
    known = {record.path: record for record in records}
    for target, content in planned:
        sha256 = hashlib.sha256(content).hexdigest()
        record = known.get(str(target.path))
        if record and target.content is not None and hashlib.sha256(target.content).hexdigest() == record.sha256:
            known[record.path] = msgspec.structs.replace(record, sha256=sha256)
            continue
        before = None if target.content is None else base64.b64encode(target.content).decode()
        made = tuple(str(folder) for folder in target.path.parents if not folder.exists())
        known[str(target.path)] = Kept(str(target.path), sha256, before, target.mode, made)
    return list(known.values())


def _remember(tool: str, records: list[Kept]) -> None:
    if records:
        put(_memory(tool), msgspec.json.encode(records), PRIVATE)
    else:
        _memory(tool).unlink(missing_ok=True)


def _put_back(path: Path, content: bytes | None, mode: int | None) -> None:
    if content is None:
        path.unlink()
    else:
        put(path, content, mode)


def _records(tool: str) -> list[Kept]:
    path = _memory(tool)
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Kept])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError) as error:
        cause = f"{path}, which holds what was there before, cannot be read: {error}"
    raise ConfigurationError(cause, action="Nothing was changed: move it away, then try again.")


def _memory(tool: str) -> Path:
    from platformdirs import user_data_path

    folder = user_data_path("caicaini-nb", appauthor=False) / "recipes"
    return folder / f"{tool}.json"
