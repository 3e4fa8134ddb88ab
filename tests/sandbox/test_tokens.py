"""The tokenizer: true to the published vocabulary, exact when put together, stopped by no text."""

from __future__ import annotations

import base64
import hashlib
import socket
import time
import zlib
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caicaini_nb.sandbox import tokens

PUBLISHED = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
MEGABYTE = 1_000_000
PATHOLOGICAL = {
    "letters": "a" * MEGABYTE,
    "spaces": " " * MEGABYTE,
    "spaces then a word": " " * MEGABYTE + "x",
    "tabs then a word": "\t" * MEGABYTE + "x",
    "line feeds": "\n" * MEGABYTE + "x",
    "emoji": "\N{GRINNING FACE}" * (MEGABYTE // 4),
    "long gaps": (" " * 4_095 + "x") * 244,
    "quotes": "'" * MEGABYTE,
    "digits": "7" * MEGABYTE,
    "chinese": "天" * (MEGABYTE // 3),
}


def test_shipped_vocabulary_is_the_published_one() -> None:
    packed = zlib.decompress(tokens.VOCABULARY.read_bytes())
    ends = accumulate(packed[: tokens.TOKENS], initial=tokens.TOKENS)
    words = [packed[start:end] for start, end in pairwise(ends)]
    lines = (base64.b64encode(word) + b" %d\n" % rank for rank, word in enumerate(words))
    assert hashlib.sha256(b"".join(lines)).hexdigest() == PUBLISHED


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("hello world", [15339, 1917]),
        ("tiktoken is great!", [83, 1609, 5963, 374, 2294, 0]),
        ("<|endoftext|>", [27, 91, 8862, 728, 428, 91, 29]),
    ],
)
def test_ids_are_those_of_cl100k(text: str, ids: list[int]) -> None:
    assert tokens._encoding().encode_ordinary(text) == ids
    assert tokens.count(text) == len(ids)


def test_loading_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the tokenizer opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    tokens._encoding.cache_clear()
    tokens.ready()
    assert tokens.count("two words") == 2


@given(st.text(alphabet=st.characters()))
def test_pieces_put_together_are_the_text(text: str) -> None:
    cut = tokens.pieces(text)
    assert "".join(cut) == text
    assert all(cut)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_every_piece_is_whole_characters_and_no_more_than_the_count(text: str) -> None:
    cut = tokens.pieces(text)
    assert all(piece.encode().decode() == piece for piece in cut)
    assert len(cut) <= tokens.count(text)


def test_a_character_of_several_tokens_is_one_piece() -> None:
    assert tokens.count("\N{MELTING FACE}") == 3
    assert tokens.pieces("a\N{MELTING FACE}b") == ["a", "\N{MELTING FACE}", "b"]


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_a_megabyte_of_anything_is_cut_exactly_and_soon(name: str) -> None:
    text = PATHOLOGICAL[name]
    tokens.ready()
    began = time.process_time()
    counted = tokens.count(text)
    cut = tokens.pieces(text)
    assert time.process_time() - began < 5.0
    assert 0 < len(cut) <= counted + 1
    assert "".join(cut) == text


def test_time_grows_no_faster_than_the_text() -> None:
    def seconds(length: int) -> float:
        began = time.process_time()
        tokens.count("a" * length)
        return time.process_time() - began

    tokens.ready()
    small = min(seconds(50_000) for _ in range(5))
    large = min(seconds(400_000) for _ in range(3))
    assert large / small < 24  # eight times the text; a quadratic tokenizer would need 64 times the time
