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
    "agreement": 0,
    "content": 0,
    "database": 0,
    "docstring": 0,
    "errors": 0,
    "folds": 1,
    "frames": 0,
    "interrupts": 0,
    "json_text": 0,
    "key": 0,
    "leaves": 0,
    "members": 0,
    "picture_fit": 1,
    "picture_header": 0,
    "picture_source": 2,
    "pieces": 0,
    "safe_markdown": 0,
    "schema_tree": 0,
    "tool": 0,
    "tool_result": 0,
    "usage": 0,
    "answer": 2,
    "amount": 1,
    "asked": 1,
    "bound": 1,
    "config": 1,
    "choice": 2,
    "inflate": 1,
    "interpolation": 1,
    "ledger_file": 1,
    "models": 1,
    "options": 1,
    "panel": 1,
    "rates": 1,
    "refused": 1,
    "reply": 1,
    "kinds": 1,
    "schemas": 2,
    "sse": 1,
    "events": 2,
    "draft": 2,
    "images": 3,
    "ledger": 2,
    "pacing": 2,
    "place": 2,
    "receipt": 2,
    "request": 2,
    "retry": 2,
    "shape": 3,
    "structured": 7,
    "tools": 3,
    "budget": 3,
    "chat_content": 3,
    "chat_tools": 3,
    "comparison": 3,
    "conversation": 3,
    "fold": 3,
    "kept_reply": 3,
    "messages_content": 3,
    "messages_tools": 3,
    "surface": 3,
    "chat_surface": 4,
    "messages_surface": 4,
    "render": 3,
    "transport": 3,
    "analytics": 3,
    "widgets": 3,
    "records": 4,
    "call": 4,
    "exchange": 5,
    "plan": 6,
    "stream": 6,
    "cache": 8,
    "client": 9,
    "chat": 8,
    "budget_verb": 4,
    "chat_verb": 5,
    "transcript": 4,
    "preview": 8,
    "tool_runner": 3,
    "tool_loop": 8,
    "connection": 11,
    "compare": 12,
    "session": 13,
    "completion": 15,
    "first_line": 2,
    "manual": 15,
    "named": 1,
    "cell": 14,
    "verbs": 14,
    "magic": 16,
    "cli": 15,
    "__init__": 17,
}

# These may see less than their layer allows: what is shown is made from values, never from the wire.
NARROW = {
    "render": {
        "answer", "draft", "errors", "events", "folds", "interrupts", "pieces", "receipt", "reply", "retry",
        "safe_markdown", "tool", "usage",
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
    """The name in the tables: `caicaini_nb.sandbox.app` is `sandbox`, `caicaini_nb` itself is `__init__`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def target(name: str) -> str | None:
    """Which of our units an imported name is in, None for a name that is not ours."""
    parts = name.split(".")
    if parts[0] != ROOT:
        return None
    if len(parts) > 1 and ((PACKAGE / parts[1]).is_dir() or (PACKAGE / f"{parts[1]}.py").exists()):
        return parts[1]
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
    "sideways": ("chat_surface", "from .messages_surface import encode"),
    "whole module": ("usage", "from . import client"),
    "absolute": ("usage", "import caicaini_nb.client"),
    "through the root": ("usage", "from caicaini_nb import connect"),
    "lazily upwards": ("usage", "def show():\n    from .client import Client"),
    "past its window": ("render", "from .ledger import Ledger"),
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
