"""Pictures in a request: decoded, measured from their headers and then decoded to the last pixel; never fetched.

Refuses with 400 bad base64, a media type that is not one of four, bytes that are not that type or are broken, more
than 5 MB or 8000 × 8000 pixels, and every url: the sandbox makes no connections.
"""

from __future__ import annotations

import base64
import binascii
import struct
from typing import Any, NoReturn

from caicaini_nb.sandbox.engine import Picture
from caicaini_nb.sandbox.validation.fields import bad
from caicaini_nb.sandbox.vision.pixels import fault
from caicaini_nb.sandbox.vision.remembered import Remembered

__all__ = ["MAXIMUM_A_TURN", "holds_pictures", "picture_tokens", "read_base64", "read_data_url", "refuse_url"]

MAXIMUM_A_TURN = 20
MAXIMUM_BYTES = 5 * 1024 * 1024
MAXIMUM_SIDE = 8_000
# Assumed: the service does not publish how pictures are counted.
PIXELS_A_TOKEN = 750
MAXIMUM_TOKENS = 1_600
FORMATS = {"image/gif": "GIF", "image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WebP"}
HOLDING = ("image", "image_url", "tool_result")
FAULT = Remembered(fault, kept=512)
FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def holds_pictures(body: dict[str, Any]) -> bool:
    """Whether a body may hold pictures, which take too long to decode in the server's loop."""
    messages = body.get("messages")
    listed = messages if isinstance(messages, list) else []
    contents = [message.get("content") for message in listed if isinstance(message, dict)]
    parts = [part for content in contents if isinstance(content, list) for part in content if isinstance(part, dict)]
    return any(part.get("type") in HOLDING for part in parts)


def read_base64(data: object, media_type: object, where: str) -> Picture:
    """Read and check a picture sent as base64; `where` ends in a dot."""
    if not isinstance(media_type, str) or media_type not in FORMATS:
        raise bad(f"{where}media_type", f"must be one of {', '.join(FORMATS)}")
    if not isinstance(data, str):
        raise bad(f"{where}data", "is required and must be a base64 string")
    if len(data) > MAXIMUM_BYTES * 4 // 3 + 4:
        raise bad(f"{where}data", "is over 5 MB; scale the picture down")
    try:
        raw = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise bad(f"{where}data", "is not valid base64") from None
    if len(raw) > MAXIMUM_BYTES:
        raise bad(f"{where}data", "is over 5 MB; scale the picture down")
    size = measure(raw, media_type)
    if size is None:
        raise bad(f"{where}data", f"is not a readable {media_type}")
    if max(size) > MAXIMUM_SIDE:
        raise bad(f"{where}data", f"is {size[0]} × {size[1]} px; a side is 8000 px at most")
    picture = Picture(FORMATS[media_type], *size, raw)
    broken = FAULT(picture)
    if broken:
        raise bad(f"{where}data", f"is not a readable {media_type}: {broken}")
    return picture


def picture_tokens(picture: Picture) -> int:
    """Return the input tokens that a picture counts as (assumed)."""
    return min(MAXIMUM_TOKENS, max(1, picture.width * picture.height // PIXELS_A_TOKEN))


def read_data_url(url: str, where: str) -> Picture:
    """Read and check a picture sent as a data: URL."""
    head, comma, data = url.partition(",")
    media_type, _, encoding = head.removeprefix("data:").partition(";")
    if not comma or encoding != "base64":
        raise bad(f"{where}url", "must be data:MEDIA_TYPE;base64,…")
    return read_base64(data, media_type, where)


def refuse_url(url: object, where: str) -> NoReturn:
    """Refuse a picture by address, whatever the address."""
    if not isinstance(url, str) or not url.startswith("https://"):
        raise bad(f"{where}url", "must be an https address")
    raise bad(f"{where}url", "the sandbox never fetches a picture; send it as base64")


def measure(raw: bytes, media_type: str) -> tuple[int, int] | None:
    """Return width and height in pixels, None when the bytes are not of that type."""
    try:
        return READERS[media_type](raw)
    except (struct.error, IndexError):
        return None


def _png(raw: bytes) -> tuple[int, int] | None:
    if not raw.startswith(b"\x89PNG\r\n\x1a\n") or raw[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", raw[16:24])
    return width, height


def _gif(raw: bytes) -> tuple[int, int] | None:
    if raw[:6] not in (b"GIF87a", b"GIF89a"):
        return None
    width, height = struct.unpack("<HH", raw[6:10])
    return width, height


def _jpeg(raw: bytes) -> tuple[int, int] | None:
    if not raw.startswith(b"\xff\xd8"):
        return None
    at = 2
    while at < len(raw):
        if raw[at] != 0xFF:
            return None
        marker = raw[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker in FRAME_HEADERS:
            height, width = struct.unpack(">HH", raw[at + 5 : at + 9])
            return width, height
        at += 2 + max(2, struct.unpack(">H", raw[at + 2 : at + 4])[0])
    return None


def _webp(raw: bytes) -> tuple[int, int] | None:
    if raw[:4] != b"RIFF" or raw[8:12] != b"WEBP":
        return None
    if raw[12:16] == b"VP8X":
        return int.from_bytes(raw[24:27], "little") + 1, int.from_bytes(raw[27:30], "little") + 1
    if raw[12:16] == b"VP8L" and raw[20] == 0x2F:
        bits = struct.unpack("<I", raw[21:25])[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if raw[12:16] == b"VP8 " and raw[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", raw[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


READERS = {"image/gif": _gif, "image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}
