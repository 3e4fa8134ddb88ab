"""The sandbox's process: where its files are, how it is found, started and ended. Standard library only.

A runtime file (mode 0600) names each process's port, bases and control token. A process is believed only
after it has proved that it knows the token in its file: a stranger that took over the port learns nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from caicaini_nb.sandbox.control import Control
from caicaini_nb.sandbox.keys import HiddenKey
from caicaini_nb.sandbox.lock import FileLock

__all__ = [
    "CONTROL_VERSION",
    "Options",
    "Runtime",
    "SandboxStartError",
    "find",
    "home",
    "known_bases",
    "launch",
    "models",
    "passive_threads",
    "selected",
    "shared_runtime",
    "write_runtime",
]

HOME_VARIABLE = "CAICAINI_SANDBOX_HOME"
ENGINE_VARIABLE = "CAICAINI_SANDBOX_ENGINE"
MODEL_VARIABLE = "CAICAINI_SANDBOX_MODEL"
# libgomp reads it while it is loaded: threads that spin beside other work slow a model to a fifth
WAIT_VARIABLE = "OMP_WAIT_POLICY"
CONTROL_VERSION = "2"  # of the control calls: a process that speaks another version is left alone
START_SECONDS = 30.0
STALE_SECONDS = 86_400.0
# Safe path (-P) keeps a notebook folder's own json.py or types.py out of the server; the package's folder goes
# last on the path, for checkouts that are imported without being installed.
BOOT = "import sys; sys.path.append(sys.argv[1]); from caicaini_nb.sandbox.server import main; main(sys.argv[2])"


class SandboxStartError(RuntimeError):
    """The sandbox's process did not start."""


class Options(NamedTuple):
    """How a process is to run; `idle_minutes` 0 means it never ends by itself."""

    folder: str
    name: str = "shared"
    port: int = 0
    engine: str = "auto"
    model: str = ""
    idle_minutes: float = 30
    fresh: bool = False
    detach: bool = False
    discard: bool = False
    watch_parent: bool = False

    @property
    def asked(self) -> str:
        """The engine and model as they were asked for."""
        return f"{self.engine} {self.model}".strip()


class Runtime(NamedTuple):
    """What a runtime file says of one process; `bases` are the two base URLs it serves.

    `engine` is the name shown, `asked` the engine and model as they were asked for.
    """

    name: str
    pid: int
    port: int
    token: HiddenKey
    version: str
    engine: str
    asked: str
    bases: tuple[str, ...]
    path: Path

    @property
    def control(self) -> Control:
        """The control calls of this process."""
        return Control(self.port, self.token)


def home() -> Path:
    """Return the folder of the sandbox's files, made (mode 0700) when missing."""
    given = os.environ.get(HOME_VARIABLE)
    if given:
        folder = Path(given)
    else:
        from platformdirs import user_data_path

        folder = user_data_path("caicaini-nb") / "sandbox"
    (folder / "runtime").mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def models() -> Path:
    """Return the folder of pulled models; it may be missing."""
    return home() / "models"


def selected(engine: str | None, model: str | None) -> tuple[str, str]:
    """Return engine and model: as given, else as the environment names them, else `auto` and none."""
    chosen = engine or os.environ.get(ENGINE_VARIABLE) or "auto"
    if model and chosen == "rules":
        raise ValueError("The rules engine runs no model: leave out the model, or choose the engine auto or model.")
    return chosen, model or ("" if chosen == "rules" else os.environ.get(MODEL_VARIABLE, ""))


def passive_threads() -> None:
    """Tell the libraries of a model to wait passively, before they are loaded; what the user set stays."""
    os.environ.setdefault(WAIT_VARIABLE, "PASSIVE")


def read_runtime(path: Path) -> Runtime | None:
    """Read a runtime file; None when it is missing or damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Runtime(
            name=str(found["name"]),
            pid=int(found["pid"]),
            port=int(found["port"]),
            token=HiddenKey(str(found["token"]), shown=""),
            version=str(found["version"]),
            engine=str(found["engine"]),
            asked=str(found.get("asked", "auto")),
            bases=tuple(str(base) for base in found["bases"]),
            path=path,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_runtime(runtime: Runtime) -> None:
    """Write a runtime file whole and readable by its owner only."""
    content = {
        "name": runtime.name,
        "pid": runtime.pid,
        "port": runtime.port,
        "token": runtime.token.reveal(),
        "version": runtime.version,
        "engine": runtime.engine,
        "asked": runtime.asked,
        "bases": list(runtime.bases),
    }
    partial = runtime.path.with_suffix(f".{runtime.pid}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
    os.replace(partial, runtime.path)


def known_bases() -> list[str]:
    """List the base URLs of every sandbox process on file, those that have ended too."""
    found = (read_runtime(path) for path in sorted((home() / "runtime").glob("*.json")))
    return [base for runtime in found if runtime is not None for base in runtime.bases]


def find(name: str = "shared") -> Runtime | None:
    """Find a running process by name; None when there is none, or when what answers is not ours."""
    runtime = read_runtime(home() / "runtime" / f"{name}.json")
    if runtime is None or runtime.version != CONTROL_VERSION or not runtime.control.is_ours():
        return None
    return runtime


def shared_runtime(engine: str | None = None, model: str | None = None, idle_minutes: float = 30) -> Runtime:
    """Find the user's shared process or start it; of two that start at once, one wins and the other finds it.

    A running one with another engine than the one asked for here or in the environment is a SandboxStartError.
    """
    wanted = selected(engine, model)
    runtime = _found(wanted)
    if runtime is not None:
        return runtime
    base = home()
    with FileLock(base / "runtime" / "shared.lock"):
        runtime = _found(wanted)
        if runtime is not None:
            return runtime
        last = read_runtime(base / "runtime" / "shared.json")
        options = Options(
            folder=str(base),
            port=last.port if last else 0,
            engine=wanted[0],
            model=wanted[1],
            idle_minutes=idle_minutes,
            detach=True,
        )
        return launch(options)[0]


def _found(wanted: tuple[str, str]) -> Runtime | None:
    runtime = find()
    asked = " ".join(wanted).strip()
    if runtime is not None and asked not in ("auto", runtime.asked):
        raise SandboxStartError(
            f"The shared sandbox runs with the engine {runtime.asked!r}, not {asked!r}:"
            " end it with `caicaini sandbox stop`, then try again."
        )
    return runtime


def launch(options: Options) -> tuple[Runtime, subprocess.Popen[bytes]]:
    """Start a process and wait until it listens; SandboxStartError with its last words when it does not."""
    base = home()
    _forget_stale(base / "runtime")
    log = Path(options.folder) / "server.log"
    package_root = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-P", "-c", BOOT, package_root, json.dumps(options._asdict())]
    with open(log, "wb", opener=_private) as words:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if options.watch_parent else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=words,
            env=_environment(base),
            start_new_session=True,
        )
    assert process.stdout is not None
    with process.stdout as ready:
        path = ready.readline().decode("utf-8").strip()
    if options.detach:
        process.wait(START_SECONDS)
    runtime = read_runtime(Path(path)) if path else None
    if runtime is None:
        _end(process)
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        reason = said[-1] if said else "it ended without a word"
        raise SandboxStartError(f"The sandbox did not start: {reason}. Correct that, then try again.")
    return runtime, process


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    if process.poll() is None:
        process.kill()
    process.wait()


def _environment(base: Path) -> dict[str, str]:
    """Pass on the environment without anybody's API keys: the sandbox has no use for them."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    return {WAIT_VARIABLE: "PASSIVE"} | kept | {HOME_VARIABLE: str(base)}


def _forget_stale(folder: Path) -> None:
    """Drop files that killed private processes left behind a day ago or earlier."""
    oldest = time.time() - STALE_SECONDS
    for path in folder.glob("private-*"):
        try:
            if path.stat().st_mtime < oldest:
                path.unlink()
        except FileNotFoundError:
            continue
