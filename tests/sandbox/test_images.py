"""Pictures in a request: what is read, what is a 400 and never a 500, and that nothing is decoded twice."""

from __future__ import annotations

import base64
import random
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest
from PIL import Image

from caicaini_nb.sandbox import images
from caicaini_nb.sandbox.engine import Picture
from caicaini_nb.sandbox.images import holds_pictures, picture_tokens, read_base64, read_data_url
from caicaini_nb.sandbox.refusal import Refusal
from caicaini_nb.sandbox.vision.remembered import Remembered
from tests.sandbox.calls import chat_body, messages_body
from tests.sandbox.pictures import encoded, picture, receipt

Refused = Callable[[str, dict[str, Any]], str]
FORMATS = {"image/gif": "GIF", "image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def text_of(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@pytest.mark.parametrize("media_type", FORMATS)
def test_each_format_is_read_with_its_size_and_bytes(media_type: str) -> None:
    raw = encoded(Image.linear_gradient("L").resize((31, 17)).convert("RGB"), FORMATS[media_type])
    found = read_base64(text_of(raw), media_type, "source.")
    assert (found.format.upper(), found.width, found.height) == (FORMATS[media_type], 31, 17)
    assert found.data == raw
    assert read_data_url(f"data:{media_type};base64,{text_of(raw)}", "image_url.") == found


def test_the_bytes_stay_out_of_the_repr() -> None:
    assert len(repr(picture(receipt()))) < 100


@pytest.mark.parametrize(("size", "tokens"), [((1, 1), 1), ((560, 360), 268), ((8000, 8000), 1600)])
def test_tokens_grow_with_the_pixels_to_a_ceiling(size: tuple[int, int], tokens: int) -> None:
    assert picture_tokens(Picture("PNG", *size, b"")) == tokens


def broken_pictures() -> dict[str, tuple[str, bytes]]:
    """Pictures with a whole header and something wrong behind it."""
    page = receipt()
    broken = {
        f"{media_type} cut": (media_type, encoded(page, name)[: len(encoded(page, name)) * 2 // 3])
        for media_type, name in FORMATS.items()
    }
    png = encoded(Image.new("L", (4, 4)))
    at = png.index(b"IDAT") - 4
    larger = chunk(b"IHDR", struct.pack(">IIBBBBB", 9000, 9000, 1, 0, 0, 0, 0))
    bomb = chunk(b"IDAT", zlib.compress(bytes(9000 * 1126)))
    return broken | {
        "png of a header alone": ("image/png", png[:at]),
        "png whose pixels are no deflate stream": ("image/png", png[: at + 8] + b"\0" + png[at + 9 :]),
        "png that grows by a second header": ("image/png", png[:at] + larger + bomb + chunk(b"IEND", b"")),
    }


BROKEN = broken_pictures()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_picture_is_a_400_that_names_its_field(name: str) -> None:
    media_type, raw = BROKEN[name]
    with pytest.raises(Refusal, match=rf"^source\.data: is not a readable {media_type}") as caught:
        read_base64(text_of(raw), media_type, "source.")
    assert caught.value.status == 400
    assert " at 0x" not in caught.value.message


def test_a_broken_picture_is_a_400_on_the_wire(refused: Refused) -> None:
    media_type, raw = BROKEN["image/jpeg cut"]
    source = {"type": "base64", "media_type": media_type, "data": text_of(raw)}
    content: list[dict[str, Any]] = [{"type": "image", "source": source}]
    said = refused("/messages", messages_body(messages=[{"role": "user", "content": content}]))
    assert said.startswith("messages.0.content.0.source.data")
    url = f"data:{media_type};base64,{text_of(raw)}"
    content = [{"type": "image_url", "image_url": {"url": url}}]
    said = refused("/chat/completions", chat_body(messages=[{"role": "user", "content": content}]))
    assert said.startswith("messages.0.content.0.image_url.data")


def test_any_damage_is_refused_or_read_never_an_accident(seed: int) -> None:
    chance = random.Random(seed)
    for media_type, name in FORMATS.items():
        whole = encoded(receipt().resize((90, 60)), name)
        for _ in range(50):
            raw = bytearray(whole)
            for _ in range(chance.randrange(1, 6)):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
            with suppress(Refusal):
                read_base64(text_of(bytes(raw)), media_type, "")


def test_a_picture_is_decoded_once_however_often_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []

    def fault(given: Picture) -> str:
        decoded.append(given)
        return ""

    monkeypatch.setattr(images, "FAULT", Remembered(fault, kept=2))
    for colour in ("red", "red", "blue", "red"):
        read_base64(text_of(encoded(Image.new("RGB", (5, 5), colour))), "image/png", "")
    assert len(decoded) == 2


@pytest.mark.parametrize(
    ("body", "holds"),
    [
        ({}, False),
        ({"messages": "no list"}, False),
        ({"messages": [7, {"content": "text"}, {"content": [{"type": "text"}, 7]}]}, False),
        ({"messages": [{"content": [{"type": "image"}]}]}, True),
        ({"messages": [{"content": [{"type": "image_url"}]}]}, True),
        ({"messages": [{"content": [{"type": "tool_result"}]}]}, True),
    ],
)
def test_it_is_known_beforehand_which_bodies_take_time(body: dict[str, Any], holds: bool) -> None:
    assert holds_pictures(body) is holds


@pytest.mark.needs("vision")
def test_a_picture_is_seen_on_both_surfaces(api: httpx.Client) -> None:
    data = text_of(encoded(receipt()))
    block = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}
    ask = {"type": "text", "text": "What is the total? Answer with the number only."}
    answer = api.post("/messages", json=messages_body(messages=[{"role": "user", "content": [block, ask]}]), timeout=60)
    assert answer.json()["content"][0]["text"] == "21.84"
    part = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    answer = api.post("/chat/completions", json=chat_body(messages=[{"role": "user", "content": [part, ask]}]))
    assert answer.json()["choices"][0]["message"]["content"] == "21.84"
