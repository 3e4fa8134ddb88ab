"""What a source file imports and whether it reads the environment, from its syntax tree; nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PACKAGE", "Import", "imports", "module_name", "reads_environment", "sources"]

PACKAGE = Path(__file__).parents[1] / "caicaini_nb"


@dataclass(frozen=True)
class Import:
    """One imported dotted name; `lazy` where it happens inside a function."""

    name: str
    line: int
    lazy: bool


def sources() -> list[Path]:
    """Every Python file of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    """The dotted name: `caicaini_nb/usage.py` is `caicaini_nb.usage`, an `__init__.py` is its folder."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(source: str, package: str) -> list[Import]:
    """Every import in the source of a module that lies in `package`, those for type checkers left out."""
    return [found for node, lazy in _walk(ast.parse(source), False) for found in _names(node, package, lazy)]


def reads_environment(source: str) -> list[int]:
    """The lines that touch `os.environ`, `os.getenv` or `os.putenv`."""
    names = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}
    tree = ast.parse(source)
    read = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in names
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    ]
    brought = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "os" and names & {part.name for part in node.names}
    ]
    return sorted(read + brought)


def _walk(node: ast.AST, lazy: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        inside = lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield child, inside
        yield from _walk(child, inside)


def _names(node: ast.AST, package: str, lazy: bool) -> list[Import]:
    if isinstance(node, ast.Import):
        return [Import(alias.name, node.lineno, lazy) for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = node.module or ""
    if node.level:
        parents = package.split(".")
        base = ".".join([*parents[: len(parents) - node.level + 1], *filter(None, [node.module])])
    # `from . import key` names a module, `from .key import Key` something inside one: both readings are kept.
    return [Import(f"{base}.{alias.name}", node.lineno, lazy) for alias in node.names]
