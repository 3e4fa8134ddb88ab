"""Who may import whom: each module sees only the layers below its own, and a few see less than that.

A new module fails here until it has a line in LAYER, which is where its place in the design is decided.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.imports import PACKAGE, Import, imports, module_name, reads_environment, sources

ROOT = "caicaini_nb"

# A module imports only from layers with a smaller number. From the ground up: values, meaning, folding and
# keeping, the two conventions and what is shown, the wire, whole tasks, the user's hands.
LAYER = {
    "_version": 0,
    "comparison": 0,
    "content": 0,
    "database": 0,
    "display": 0,
    "display.pieces": 0,
    "display.safe_markdown": 0,
    "errors": 0,
    "first_line": 0,
    "interrupts": 0,
    "key": 0,
    "pictures": 0,
    "pictures.header": 0,
    "schemas": 0,
    "schemas.frames": 0,
    "schemas.json_text": 0,
    "schemas.leaves": 0,
    "schemas.members": 0,
    "schemas.tree": 0,
    "spending": 0,
    "surfaces": 0,
    "tools": 0,
    "tools.agreement": 0,
    "tools.docstring": 0,
    "tools.result": 0,
    "tools.tool": 0,
    "usage": 0,
    "asked": 1,
    "config": 1,
    "display.folds": 1,
    "display.panel": 1,
    "first_line.named": 1,
    "first_line.options": 1,
    "inflate": 1,
    "interpolation": 1,
    "ledger_file": 1,
    "models": 1,
    "pictures.fit": 1,
    "refused": 1,
    "reply": 1,
    "schemas.kinds": 1,
    "spending.amount": 1,
    "spending.bound": 1,
    "spending.rates": 1,
    "sse": 1,
    "choice": 2,
    "display.answer": 2,
    "display.draft": 2,
    "display.receipt": 2,
    "events": 2,
    "first_line.line": 2,
    "ledger": 2,
    "pacing": 2,
    "pictures.source": 2,
    "place": 2,
    "request": 2,
    "retry": 2,
    "schemas.schema": 2,
    "analytics": 3,
    "comparison.comparison": 3,
    "conversation": 3,
    "display.render": 3,
    "fold": 3,
    "kept_reply": 3,
    "pictures.images": 3,
    "schemas.shape": 3,
    "spending.budget": 3,
    "surfaces.chat_content": 3,
    "surfaces.chat_tools": 3,
    "surfaces.messages_content": 3,
    "surfaces.messages_tools": 3,
    "surfaces.surface": 3,
    "tools.function": 3,
    "tools.runner": 3,
    "transport": 3,
    "widgets": 3,
    "budget_verb": 4,
    "call": 4,
    "display.transcript": 4,
    "records": 4,
    "surfaces.chat": 4,
    "surfaces.messages": 4,
    "chat_verb": 5,
    "exchange": 5,
    "plan": 6,
    "stream": 6,
    "schemas.structured": 7,
    "cache": 8,
    "chat": 8,
    "spending.preview": 8,
    "tools.loop": 8,
    "client": 9,
    "connection": 11,
    "comparison.compare": 12,
    "session": 13,
    "cell": 14,
    "verbs": 14,
    "cli": 15,
    "first_line.completion": 15,
    "first_line.manual": 15,
    "magic": 16,
    "__init__": 17,
}

# These may see less than their layer allows: what is shown is made from values, never from the wire.
NARROW = {
    "display.render": {
        "display.answer",
        "display.draft",
        "display.folds",
        "display.pieces",
        "display.receipt",
        "display.safe_markdown",
        "errors",
        "events",
        "interrupts",
        "reply",
        "retry",
        "tools.tool",
        "usage",
    },
    "analytics": {"ledger", "usage", "errors"},
    "widgets": {"ledger", "usage", "errors"},
}

# Only these start or find a sandbox. It imports nothing of ours itself, or one bug would cancel itself out.
SEE_SANDBOX = {"connection", "session", "magic", "cli"}

# Nothing but the standard library while they are imported.
GROUND = {"errors", "key", "usage", "config", "models", "request", "sse"}

# Third-party packages and the only modules that may import them at all.
EXCLUSIVE = {
    "httpx": {"transport", "observe"},
    "starlette": {"sandbox"},
    "uvicorn": {"sandbox"},
    "tiktoken": {"sandbox"},
}

# Third-party packages and the only modules that may import them at import time; others do it where used.
HEAVY = {"ipywidgets": {"widgets"}, "pandas": {"analytics"}, "matplotlib": {"analytics"}}

# Who reads the environment. A process of its own is a program of its own.
READS_ENVIRONMENT = {"config", "cli", "sandbox.process"}


def unit(module: str) -> str:
    """The name in the tables: `caicaini_nb.tools.loop` is `tools.loop`, all of `caicaini_nb.sandbox` is `sandbox`.

    `caicaini_nb` itself is `__init__`; a folder's own file, a table of contents, is the folder.
    """
    parts = module.split(".")[1:3]
    return ".".join(parts[:1] if parts[:1] == ["sandbox"] else parts) or "__init__"


def target(name: str) -> str | None:
    """Which of our units an imported name is in, None for a name that is not ours."""
    parts = name.split(".")
    if parts[0] != ROOT:
        return None
    for known in (parts[1:3], parts[1:2]):
        place = PACKAGE.joinpath(*known)
        if known and (place.is_dir() or place.with_suffix(".py").exists()):
            return unit(".".join([ROOT, *known]))
    return "__init__"


def ours(source: str, found: Import) -> str | None:
    """Why this import of one of our modules is wrong, None when it is right or not of ours."""
    wanted = target(found.name)
    if wanted is None or wanted == source:
        return None
    if source == "sandbox":
        return f"the sandbox imports {wanted}: it may share data files, never code"
    if wanted == "sandbox":
        return None if source in SEE_SANDBOX else f"{source} imports sandbox: only {sorted(SEE_SANDBOX)} may"
    if LAYER.get(wanted, 0) >= LAYER[source]:
        return f"{source} (layer {LAYER[source]}) imports {wanted} (layer {LAYER.get(wanted)})"
    if source in NARROW and wanted not in NARROW[source]:
        return f"{source} imports {wanted}: it may see only {sorted(NARROW[source])}"
    return None


def theirs(source: str, found: Import) -> str | None:
    """Why this import of somebody else's package is wrong, None when it is right."""
    package = found.name.split(".")[0]
    if package == ROOT:
        return None
    if source not in EXCLUSIVE.get(package, {source}):
        return f"{source} imports {package}: only {sorted(EXCLUSIVE[package])} may"
    if found.lazy:
        return None
    if source not in HEAVY.get(package, {source}):
        return f"{source} imports {package} at import time: only {sorted(HEAVY[package])} may"
    if source in GROUND and package not in sys.stdlib_module_names | {"msgspec"}:
        return f"{source} imports {package} at import time: it stands on the standard library and msgspec alone"
    return None


def violations(module: str, source: str, is_package: bool) -> list[str]:
    """Every broken rule in one source file, with its line."""
    name = unit(module)
    if name != "sandbox" and name not in LAYER:
        return [f"{module} has no layer: give it one in LAYER in tests/test_layers.py"]
    package = module if is_package else module.rpartition(".")[0]
    found = [
        f"{module}:{one.line}: {reason}"
        for one in imports(source, package)
        for reason in (ours(name, one), theirs(name, one))
        if reason
    ]
    if module.removeprefix(f"{ROOT}.") not in READS_ENVIRONMENT:
        found += [f"{module}:{line}: reads the environment" for line in reads_environment(source)]
    return found


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path: Path) -> None:
    found = violations(module_name(path), path.read_text(encoding="utf-8"), path.name == "__init__.py")
    assert not found, "\n".join(found)


PLANTED = {
    "upwards": ("usage", "from .client import Client"),
    "sideways": ("surfaces.chat", "from .messages import encode"),
    "whole module": ("usage", "from . import client"),
    "absolute": ("usage", "import caicaini_nb.client"),
    "through the root": ("usage", "from caicaini_nb import connect"),
    "lazily upwards": ("usage", "def show():\n    from .client import Client"),
    "past its window": ("display.render", "from ..ledger import Ledger"),
    "the sandbox looks out": ("sandbox.app", "from ..usage import Usage"),
    "a look into the sandbox": ("client", "from .sandbox import Sandbox"),
    "httpx outside the client": ("ledger", "def call():\n    import httpx"),
    "a server in the kernel": ("connection", "import uvicorn"),
    "pandas at import time": ("ledger", "import pandas as pd"),
    "a third party on the ground": ("usage", "import orjson"),
    "the environment": ("ledger", "import os\nhome = os.environ['HOME']"),
    "the environment by name": ("sandbox.app", "from os import getenv"),
    "an unknown module": ("drawer", ""),
}


@pytest.mark.parametrize(("module", "source"), PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_found(module: str, source: str) -> None:
    assert violations(f"{ROOT}.{module}", source, is_package=False)


ALLOWED = {
    "downwards": ("client", "from .usage import Usage"),
    "for type checkers": ("usage", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas"),
    "pandas where it is used": ("ledger", "def frame():\n    import pandas"),
    "inside the sandbox": (
        "sandbox.app",
        "import starlette\nfrom .engine import Engine\nfrom . import engine",
    ),
    "the sandbox started": ("connection", "def start():\n    from .sandbox import Sandbox"),
}


@pytest.mark.parametrize(("module", "source"), ALLOWED.values(), ids=ALLOWED)
def test_what_the_design_allows_passes(module: str, source: str) -> None:
    assert violations(f"{ROOT}.{module}", source, is_package=False) == []
