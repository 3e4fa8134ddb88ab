"""A key that can be sent but not shown."""

from __future__ import annotations

import copy
import json
import pickle

import msgspec
import pytest

from caicaini_nb.config import PROVIDERS, Config
from caicaini_nb.key import Key
from tests.fake_service import KEY, SECRET


def test_what_is_shown() -> None:
    key = Key(KEY)
    assert key.reveal() == KEY
    assert key.prefix == KEY[:12]
    for text in (repr(key), str(key), f"{key}", f"{key:>60}", f"{key}", "%s" % key, "{!r}".format(key)):  # noqa: UP031, UP032
        assert KEY[:12] in text
        assert SECRET[4:10] not in text


@pytest.mark.parametrize(
    ("secret", "prefix"),
    [("sk-" + "a" * 40, "sk-aaa"), ("abc", "a"), ("ab", ""), ("cai_api_x", "cai"), ("x" * 9, "xxx")],
)
def test_never_more_than_a_third(secret: str, prefix: str) -> None:
    assert Key(secret).prefix == prefix


def test_equal_by_value() -> None:
    assert Key("a" * 20) == Key("a" * 20)
    assert Key("a" * 20) != Key("b" * 20)
    assert Key("a" * 20) != "a" * 20
    assert len({Key("a" * 20), Key("a" * 20)}) == 1


def test_a_cut_off_sandbox_key_is_one_still() -> None:
    assert Key("cai_api_sbx_" + "a" * 28).is_sandbox
    assert Key("cai_api_sbx_abc").is_sandbox
    assert not Key(KEY).is_sandbox


@pytest.mark.parametrize("secret", ["", "a b", "a\n", "a\r\nX: y", "ключ", "a\x00", "a\x7f", " a", "a\u2028"])
def test_what_cannot_stand_in_a_header(secret: str) -> None:
    assert not Key(secret).is_sendable


def test_neither_pickled_nor_copied() -> None:
    config = Config(PROVIDERS["caicaini"], "https://caicaini.com/v1", Key(KEY), "hosted")
    for holder in (Key(KEY), config):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(holder)
        with pytest.raises(TypeError, match="not pickled"):
            copy.deepcopy(holder)
    with pytest.raises(TypeError):
        json.dumps(Key(KEY))
    with pytest.raises(TypeError):
        msgspec.json.encode(config)
    assert not hasattr(Key(KEY), "__dict__")
