"""One run of a recipe against a service: its files rendered into an empty folder, its tool, its own verify program.

That program sees a home of its own and no variable of yours. A failing run is told by the recipe's troubleshooting
table; a key stands in nothing that is kept of it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from ..key import Key
from .choice import Choice
from .environment import Environment, clean_variables
from .recipe import Recipe, Verification
from .render import render_all
from .symptoms import Symptom, matching, read_symptoms

__all__ = ["NO_KEY", "NO_MODEL", "Trial", "broken_names", "run_trial"]

NO_KEY = "cai_api_no-such-key"
NO_MODEL = "no-such-model"
NOT_COPIED = ("recipe.yaml", "README.md", "requirements.in", "requirements.txt", "package.json", "package-lock.json")
TELLING = re.compile(r"error|refused|failed|did not|cannot|is not|no ", re.IGNORECASE)
STEP = "ok "  # what verify prints before the name of each thing that worked


class Trial(msgspec.Struct, frozen=True):
    """How a run ended: `ran` are the steps that worked, `output` all that was printed, without the key."""

    ok: bool
    seconds: float
    ran: tuple[str, ...]
    output: str
    symptom: Symptom | None = None

    @property
    def sentence(self) -> str:
        """Why it failed: the table's sentence, else the last line that was printed."""
        if self.symptom is not None:
            return self.symptom.sentence
        lines = [line.strip() for line in self.output.splitlines() if line.strip() and not line.startswith(STEP)]
        telling = [line for line in lines if TELLING.search(line)] or lines  # Node's last line is its version
        return telling[-1][:400] if telling else "it ended without a word"


def run_trial(
    recipe: Recipe, choice: Choice, key: Key, environment: Environment, changed: Mapping[str, str] | None = None
) -> Trial:
    """Render, run, read. `changed` replaces what names stand for: in the templates, and in what verify is told."""
    assert recipe.verify is not None
    names = {**choice.names(), **(changed or {})}
    with _scratch(recipe, choice, environment, changed) as folder:
        variables = clean_variables(folder / "home", environment)
        variables.update({f"RECIPE_{name.upper()}": value for name, value in names.items()})
        variables[names["key_variable"]] = key.reveal()
        begun = time.monotonic()
        status, output = _run(recipe.verify, folder, variables)
        seconds = time.monotonic() - begun
    output = key.redacted(output).replace(str(folder), "")
    ran = tuple(line.removeprefix(STEP).strip() for line in output.splitlines() if line.startswith(STEP))
    ok = status == 0
    symptom = None if ok else matching(read_symptoms(recipe.path / "README.md"), output)
    return Trial(ok, seconds, ran, output, symptom)


def broken_names(choice: Choice, broken: str) -> dict[str, str]:
    """What the names stand for where the base or the model is broken: `/v1` too much or too little, no such model."""
    table = {"base": {"base": choice.host, "host": choice.base}, "model": {"model": NO_MODEL}}
    return table.get(broken, {})


@contextmanager
def _scratch(
    recipe: Recipe, choice: Choice, environment: Environment, changed: Mapping[str, str] | None
) -> Iterator[Path]:
    """An empty folder with the rendered files, the recipe's own programs and, for Node, its packages."""
    with tempfile.TemporaryDirectory(prefix=f"recipe-{recipe.tool}-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "home").mkdir()
        templates = {file.template for file in recipe.files}
        for path in recipe.path.iterdir():
            if path.is_file() and path.name not in templates and path.name not in NOT_COPIED:
                shutil.copy2(path, folder / path.name)
        for template, text in render_all(recipe, choice, changed).items():
            (folder / template).parent.mkdir(parents=True, exist_ok=True)
            (folder / template).write_bytes(text.encode())
        if environment.modules:
            (folder / "node_modules").symlink_to(environment.modules, target_is_directory=True)
        yield folder


def _run(verification: Verification, folder: Path, variables: Mapping[str, str]) -> tuple[int, str]:
    """The program's exit status and output; one that overruns is ended with all it started."""
    program, *words = shlex.split(verification.command)
    found = shutil.which(program, path=variables["PATH"]) or program
    with subprocess.Popen(
        [found, *words],
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=os.name != "nt",
    ) as process:
        try:
            output, _ = process.communicate(timeout=verification.seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            output, _ = process.communicate()
            output += f"\nit did not end within {verification.seconds} seconds\n".encode()
        finally:
            _end(process)  # also what a program that ended left running
    return process.returncode, output.decode("utf-8", "replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
