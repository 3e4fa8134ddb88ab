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
    "analytics": 0,
    "analytics.columns": 0,
    "analytics.matching": 0,
    "analytics.money": 0,
    "asynchronous": 0,
    "asynchronous.event_loop": 0,
    "bookkeeping": 0,
    "bookkeeping.line": 0,
    "bookkeeping.readers": 0,
    "bookkeeping.writing": 0,
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
    "observing": 0,
    "pacing": 0,
    "pictures": 0,
    "pictures.header": 0,
    "recipes": 0,
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
    "widgets.allowance": 0,
    "widgets.cell_text": 0,
    "widgets.cell_writer": 0,
    "widgets.ticking": 0,
    "widgets.timer": 0,
    "analytics.packing": 1,
    "analytics.periods": 1,
    "asked": 1,
    "bookkeeping.entry": 1,
    "bookkeeping.litellm_line": 1,
    "bookkeeping.openai_line": 1,
    "bookkeeping.rollup": 1,
    "bulk.folder": 1,
    "bulk.outcome": 1,
    "bulk.retrying": 1,
    "bulk.rows": 1,
    "bulk.sizes": 1,
    "bulk.template": 1,
    "config": 1,
    "display.folds": 1,
    "display.panel": 1,
    "first_line.named": 1,
    "first_line.options": 1,
    "inflate": 1,
    "interpolation": 1,
    "models": 1,
    "news": 1,
    "pacing.clock": 1,
    "pacing.tiers": 1,
    "pictures.fit": 1,
    "recipes.installing": 1,
    "recipes.recipe": 1,
    "recipes.symptoms": 1,
    "refused": 1,
    "reply": 1,
    "schemas.kinds": 1,
    "spending.amount": 1,
    "spending.bound": 1,
    "spending.rates": 1,
    "sse": 1,
    "widgets.markup": 1,
    "widgets.repainting": 1,
    "bookkeeping.export": 2,
    "bookkeeping.file": 2,
    "bookkeeping.imported": 2,
    "bookkeeping.reading": 2,
    "bookkeeping.shown": 2,
    "bulk.keeper": 2,
    "bulk.remote_folder": 2,
    "bulk.tally": 2,
    "choice": 2,
    "display.answer": 2,
    "display.draft": 2,
    "display.receipt": 2,
    "events": 2,
    "first_line.line": 2,
    "observing.passing": 2,
    "pacing.window": 2,
    "pictures.source": 2,
    "place": 2,
    "recipes.choice": 2,
    "recipes.env_lines": 2,
    "recipes.environment": 2,
    "recipes.installed": 2,
    "recipes.reach": 2,
    "recipes.shelf": 2,
    "recipes.standing": 2,
    "recipes.target": 2,
    "recipes.yaml_list": 2,
    "request": 2,
    "retry": 2,
    "schemas.schema": 2,
    "widgets.bars": 2,
    "widgets.figures": 2,
    "widgets.page": 2,
    "widgets.rendered": 2,
    "widgets.style": 2,
    "widgets.twin": 2,
    "bulk.bar": 3,
    "bulk.opening": 3,
    "bulk.scoring": 3,
    "comparison.comparison": 3,
    "conversation": 3,
    "display.render": 3,
    "fold": 3,
    "kept_reply": 3,
    "ledger": 3,
    "pacing.store": 3,
    "pictures.images": 3,
    "recipes.render": 3,
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
    "widgets.live": 3,
    "analytics.chart": 4,
    "analytics.forecast": 4,
    "analytics.rows": 4,
    "asynchronous.row_group": 4,
    "asynchronous.transport": 4,
    "budget_verb": 4,
    "call": 4,
    "ending": 4,
    "display.transcript": 4,
    "pacing.pacer": 4,
    "recipes.picker": 4,
    "recipes.trial": 4,
    "recipes.writing": 4,
    "records": 4,
    "surfaces.chat": 4,
    "surfaces.messages": 4,
    "widgets": 4,
    "analytics.balance": 5,
    "analytics.prices": 5,
    "analytics.quality": 5,
    "analytics.reconciliation": 5,
    "asynchronous.by_aiohttp": 5,
    "asynchronous.by_httpx": 5,
    "asynchronous.call": 5,
    "chat_verb": 5,
    "exchange": 5,
    "recipes.verb": 5,
    "analytics.sums": 6,
    "asynchronous.choice_of_transport": 6,
    "asynchronous.exchange": 6,
    "asynchronous.stream": 6,
    "observing.witness": 6,
    "plan": 6,
    "stream": 6,
    "analytics.plots": 7,
    "asynchronous.bridge": 7,
    "observing.observe": 7,
    "schemas.structured": 7,
    "bulk.work": 8,
    "cache": 8,
    "chat": 8,
    "spending.preview": 8,
    "tools.loop": 8,
    "usage_verb": 8,
    "asynchronous.chat": 9,
    "client": 9,
    "bulk.forecast": 10,
    "bulk.table": 10,
    "connection": 10,
    "widgets.default_client": 11,
    "widgets.usage_table": 11,
    "async_client": 12,
    "comparison.compare": 12,
    "recipes.doctor": 12,
    "recipes.verify": 12,
    "widgets.chat_panel": 12,
    "widgets.dashboard": 12,
    "widgets.meter": 12,
    "widgets.model_picker": 12,
    "widgets.token_counter": 12,
    "bulk.asked_row": 12,
    "bulk.needs": 12,
    "bulk.crew": 13,
    "bulk.partition": 14,
    "bulk.remote_pacer": 5,
    "bulk.job": 13,
    "recipes.record": 13,
    "session": 13,
    "widget_verbs": 13,
    "bulk.here": 14,
    "cell": 18,
    "recipes.verify_command": 14,
    "verbs": 14,
    "bulk.on_dask": 15,
    "first_line.completion": 15,
    "first_line.manual": 15,
    "recipes.commands": 15,
    "bulk.starting": 16,
    "cli": 16,
    "magic": 21,
    "__init__": 22,
    "bulk": 17,
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
    **dict.fromkeys(
        (name for name in LAYER if name.startswith("analytics.")),
        {name for name in LAYER if name.startswith("analytics.")}
        | {"bookkeeping.file", "display.panel", "errors", "ledger", "models", "spending.amount"},
    ),
}

# Only these start or find a sandbox. It imports nothing of ours itself, or one bug would cancel itself out.
SEE_SANDBOX = {"connection", "session", "magic", "cli", "recipes.verify"}

# Nothing but the standard library while they are imported.
GROUND = {"errors", "key", "usage", "config", "models", "request", "sse"}

# Third-party packages and the only modules that may import them at all.
EXCLUSIVE = {
    "aiohttp": {"asynchronous.by_aiohttp"},
    "httpcore": {"transport"},
    "httpx": {"transport", "observe", "asynchronous.by_httpx"},
    "starlette": {"sandbox"},
    "uvicorn": {"sandbox"},
    "tiktoken": {"sandbox"},
}

# Third-party packages and the only modules that may import them at import time; others do it where used.
ANALYTICS = {name for name in LAYER if name.startswith("analytics.")}
HEAVY = {"ipywidgets": {"widgets"}, "pandas": ANALYTICS, "matplotlib": ANALYTICS}

# Who reads the environment. A process of its own is a program of its own.
READS_ENVIRONMENT = {"config", "cli", "recipes.environment", "recipes.installing", "sandbox.process"}


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
