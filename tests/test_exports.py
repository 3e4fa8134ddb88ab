"""Every module exports what its neighbours use and has what it exports; the root exports what is promised."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest

from tests.imports import PACKAGE, imports, module_name, sources

PROMISED = {
    "ApiError",
    "AuthenticationError",
    "CaicainiError",
    "Client",
    "InsufficientQuotaError",
    "InvalidRequestError",
    "Ledger",
    "NotFoundError",
    "OverloadedError",
    "PermissionDeniedError",
    "RateLimitError",
    "Reply",
    "RequestTooLargeError",
    "TruncatedStreamError",
    "Usage",
    "compare",
    "connect",
    "tool",
}

MODULES = {module_name(path): path for path in sources()}


def stars(source: str) -> list[int]:
    """The lines with a star import."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]


def used(source: str, package: str) -> set[tuple[str, str]]:
    """The names a module takes from others of ours, each with the module it comes from."""
    pairs = {tuple(found.name.rpartition(".")[::2]) for found in imports(source, package)}
    return {(module, name) for module, name in pairs if module in MODULES and f"{module}.{name}" not in MODULES}


def package_of(path: Path) -> str:
    """The package that a file's relative imports start from."""
    return module_name(path) if path.name == "__init__.py" else module_name(path).rpartition(".")[0]


def public() -> list[Path]:
    """Every module that is imported by name and is not private."""
    return [path for path in sources() if path.stem == "__init__" or not path.stem.startswith("_")]


@pytest.mark.parametrize("path", public(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_has_what_it_exports(path: Path) -> None:
    module = importlib.import_module(module_name(path))
    exported = module.__all__
    assert len(exported) == len(set(exported)), "a name is listed twice"
    assert [name for name in exported if not hasattr(module, name)] == [], "__all__ names what is not there"
    assert stars(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_uses_only_what_others_export(path: Path) -> None:
    taken = used(path.read_text(encoding="utf-8"), package_of(path))
    hidden = [
        f"{module}.{name}"
        for module, name in sorted(taken)
        if not module.rpartition(".")[2].startswith("_") and name not in importlib.import_module(module).__all__
    ]
    assert not hidden, f"add these to their module's __all__, or do without them: {hidden}"


def test_the_root_exports_what_is_promised() -> None:
    root = importlib.import_module("caicaini_nb")
    assert set(root.__all__) >= PROMISED
    assert {name for name in PROMISED if getattr(root, name, None) is None} == set()
    assert set(dir(root)) >= PROMISED, "completion after `caicaini_nb.` must offer every export"


def test_no_module_takes_the_place_of_a_root_export() -> None:
    """Importing `caicaini_nb.x` sets the attribute `x` of the package."""
    root = importlib.import_module("caicaini_nb")
    for module in MODULES:
        if not module.endswith("__main__"):
            importlib.import_module(module)
    assert not [name for name in root.__all__ if isinstance(getattr(root, name), ModuleType)]


def test_an_unknown_root_name_is_an_attribute_error() -> None:
    root = importlib.import_module("caicaini_nb")
    with pytest.raises(AttributeError, match="no_such_name"):
        root.no_such_name  # noqa: B018 - looking it up is the test


def test_what_the_root_exports_is_one_object() -> None:
    root, errors = importlib.import_module("caicaini_nb"), importlib.import_module("caicaini_nb.errors")
    assert root.CaicainiError is errors.CaicainiError


def test_the_checks_see_what_they_look_for() -> None:
    assert stars("from os import *\n") == [1]
    assert used("from .usage import Usage, hidden\nfrom . import errors\nimport os\n", "caicaini_nb") == {
        ("caicaini_nb.usage", "Usage"),
        ("caicaini_nb.usage", "hidden"),
    }
