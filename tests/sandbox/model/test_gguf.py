"""GGUF headers: read where they are whole, refused in one sentence where llama.cpp would crash or babble."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest

from caicaini_nb.sandbox.model.gguf import read_header
from caicaini_nb.sandbox.model.trouble import ModelError
from tests.conftest import suite
from tests.sandbox.model.gguf_file import TEMPLATE, gguf


def test_a_whole_header_is_read(tmp_path: Path) -> None:
    path = gguf(tmp_path / "tiny.gguf")
    header = read_header(path)
    assert (header.architecture, header.context_length, header.chat_template) == ("tiny", 2_048, TEMPLATE)
    assert header.size == path.stat().st_size


def test_a_base_model_is_no_chat_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no chat template: name an instruct or chat model"):
        read_header(gguf(tmp_path / "base.gguf", template=None))


def test_a_context_that_is_not_told_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="how long its context is"):
        read_header(gguf(tmp_path / "tiny.gguf", context=None))


@pytest.mark.parametrize("content", [b"", b"GG", b"PK\3\4 a zip", b"#!/bin/sh"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is not a GGUF file"):
        read_header(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.gguf", tmp_path):
        with pytest.raises(ModelError, match="cannot be read"):
            read_header(path)


def test_another_version_is_damage(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="version is 9"):
        read_header(gguf(tmp_path / "tiny.gguf", version=9))


def test_every_cut_is_found(tmp_path: Path) -> None:
    whole = gguf(tmp_path / "tiny.gguf").read_bytes()
    path = tmp_path / "cut.gguf"
    for length in range(4, len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelError, match=r"is damaged: .* Download it again\."):
            read_header(path)


def test_scrambled_headers_never_crash_or_hang(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    whole = gguf(tmp_path / "tiny.gguf").read_bytes()
    path = tmp_path / "scrambled.gguf"
    for _ in range(suite(2_000)):
        spoiled = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            spoiled[chance.randrange(4, len(whole) - 256)] = chance.randrange(256)
        path.write_bytes(bytes(spoiled))
        with contextlib.suppress(ModelError):  # any other error is a failure
            read_header(path)
