"""What the first bytes of a file say: which of the four picture types it is, how large, or what else it is.

Nothing is decoded, and a file's name is never asked.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

__all__ = ["other_kind", "picture_size", "picture_type"]

PNG, JPEG, GIF, WEBP = "image/png", "image/jpeg", "image/gif", "image/webp"

OTHERS = (
    (b"%PDF-", "a PDF"),
    (b"%!PS", "a PostScript file"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"\x93NUMPY", "a saved NumPy array"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound or video file"),
    (b"\x1aE\xdf\xa3", "a video"),
)
BRANDS = {b"heic": "a HEIC picture", b"heix": "a HEIC picture", b"mif1": "a HEIC picture", b"avif": "an AVIF picture"}


def picture_type(data: bytes) -> str | None:
    """The media type of a JPEG, PNG, GIF or WebP file, `None` for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    return next((kind for start, kind in STARTS.items() if data.startswith(start)), None)


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, `None` where the header of such a file does not hold them."""
    read = SIZES.get(picture_type(data) or "")
    try:
        return read(data) if read else None
    except (struct.error, IndexError):
        return None


def other_kind(data: bytes) -> str:
    """What a file that is no picture of the four types is, in words."""
    if not data:
        return "empty"
    if data[4:8] == b"ftyp":
        return BRANDS.get(data[8:12], "a video")
    if data[:4] == b"RIFF":
        return "a sound or video file"
    for start, words in OTHERS:
        if data.startswith(start):
            return words
    return _text_kind(data[:1024]) or "in a form nobody here can read"


def _text_kind(start: bytes) -> str | None:
    try:
        text = start.decode("utf-8", "strict" if len(start) < 1024 else "ignore").lstrip("\ufeff").lstrip().lower()
    except UnicodeDecodeError:
        return None
    if "\x00" in text:
        return None
    if "<svg" in text:
        return "an SVG drawing"
    return "a web page" if text.startswith(("<!doctype html", "<html")) else "text"


def _png(data: bytes) -> tuple[int, int] | None:
    return struct.unpack(">II", data[16:24]) if data[12:16] == b"IHDR" else None


def _gif(data: bytes) -> tuple[int, int] | None:
    width, height = struct.unpack("<HH", data[6:10])
    return width, height


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """Walks from segment to segment until the one that begins a frame."""
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a filler byte before the marker
            at += 1
        elif marker in JPEG_FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        elif marker in JPEG_BARE:
            at += 2
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if len(data) < 30:
        return None
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L" and data[20] == 0x2F:
        packed = int.from_bytes(data[21:25], "little")
        return 1 + packed % 0x4000, 1 + packed // 0x4000 % 0x4000
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01*":
        width, height = struct.unpack("<HH", data[26:30])
        return width % 0x4000, height % 0x4000
    return None


STARTS = {b"\x89PNG\r\n\x1a\n": PNG, b"\xff\xd8\xff": JPEG, b"GIF87a": GIF, b"GIF89a": GIF}
SIZES: Mapping[str, Callable[[bytes], tuple[int, int] | None]] = {PNG: _png, JPEG: _jpeg, GIF: _gif, WEBP: _webp}
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_BARE = frozenset(range(0xD0, 0xD9)) | {0x01}  # markers without a length
