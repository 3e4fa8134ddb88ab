"""The wheel holds what it should and nothing else, and works without a key in an empty environment."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from caicaini_nb._version import __version__
from tests.conftest import need
from tests.imports import PACKAGE
from tests.installation import ROOT, build, clean_environment, run

pytestmark = pytest.mark.slow

CALL = """
import caicaini_nb
with caicaini_nb.connect() as client:
    reply = client.send("What is 2+2?")
    print(caicaini_nb.__file__)
    print(reply.text)
    print(reply.usage.credits)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the source distribution."""
    return build(tmp_path_factory.mktemp("dist"))


def test_the_wheel_holds_the_package_and_its_data(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[0]) as archive:
        names = set(archive.namelist())
    files = {
        str(path.relative_to(ROOT)) for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }
    recipes = {
        f"caicaini_nb/data/{path.relative_to(ROOT)}"
        for path in (ROOT / "recipes").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packaged = {name for name in names if name.startswith("caicaini_nb/")}
    assert packaged == files | recipes
    assert "caicaini_nb/data/cailag_models.csv" in packaged
    assert {name.split("/")[0] for name in names - packaged} == {f"caicaini_nb-{__version__}.dist-info"}
    assert [name for name in names if name.endswith(".pth")] == []


def test_the_source_distribution_can_be_tested(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[1]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "LICENSE", "README.md", "Makefile", "tests/conftest.py"} <= names
    assert [name for name in names if name.endswith((".pth", ".pyc", ".sqlite"))] == []


def test_two_builds_are_the_same(built: tuple[Path, Path], tmp_path: Path) -> None:
    again = build(tmp_path)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in built]


def test_the_wheel_works_in_an_empty_environment(built: tuple[Path, Path], tmp_path: Path) -> None:
    uv = need("uv")
    environment, variables = tmp_path / "environment", clean_environment(tmp_path)
    python = environment / "bin" / "python"
    run([uv, "venv", "--quiet", "--python", sys.executable, environment], tmp_path, variables)
    install: list[str | Path] = [uv, "pip", "install", "--quiet", "--python", python]
    run([*install, "--require-hashes", "-r", ROOT / "requirements" / "runtime.txt"], tmp_path, variables)
    run([*install, "--no-deps", built[0]], tmp_path, variables)
    try:
        file, answer, credits = run([python, "-c", CALL], tmp_path, variables).split("\n")[:3]
    finally:
        run([environment / "bin" / "caicaini", "sandbox", "stop"], tmp_path, variables)
    assert Path(file).is_relative_to(environment)
    assert "4" in answer
    assert int(credits) > 0
    run([uv, "pip", "check", "--python", python], tmp_path, variables)
