"""Compressed bytes to plain ones, in bounded pieces: a small answer that would fill the memory is found out in time.

Nothing but identity is asked for; a proxy may compress all the same. It refuses encodings within encodings: each layer
multiplies what a bomb unfolds to.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from .errors import UnreadableReplyError

__all__ = ["inflated"]

# A zlib stream with its header found out, or for "deflate" where that fails, nothing: raw deflate is not in the RFC.
KNOWN = ("gzip", "x-gzip", "deflate")
FIND_HEADER = 32 + zlib.MAX_WBITS
PIECE = 64 * 1024


def inflated(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The plain bytes of `chunks`, at most 64 KiB at a time. `encoding` is the `Content-Encoding` header."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        yield from chunks
        return
    if name not in KNOWN:
        raise UnreadableReplyError(f"The answer is encoded as {encoding!r}, which nobody asked for")
    decoder = zlib.decompressobj(FIND_HEADER)
    for chunk in chunks:
        rest = chunk
        while rest:
            piece = _piece(decoder, rest)
            if piece:
                yield piece
            rest = decoder.unconsumed_tail


def _piece(decoder: zlib._Decompress, data: bytes) -> bytes:
    try:
        return decoder.decompress(data, PIECE)
    except zlib.error as error:
        cause = f"The answer's compression is broken: {error}"
    raise UnreadableReplyError(cause)
