"""Makes a picture one that the services take: one of four types, at most 5 MB, at most 8000 pixels a side.

What fits already is sent byte for byte, and Pillow is not loaded. What does not is turned upright, scaled down and
written anew without its metadata, and `Image.note` says so. Refused are more pixels than Pillow itself would open, and
formats whose readers start programs.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ..content import Image
from ..errors import ConfigurationError
from .header import other_kind, picture_size, picture_type

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

__all__ = ["MAXIMUM_BYTES", "fitted", "written"]

MAXIMUM_BYTES = 5_000_000  # the service says 5 MB; the smaller reading fits both
MAXIMUM_SIDE = 8_000
MAXIMUM_PIXELS = 178_956_970  # where Pillow stops as well: 0.5 GB once decoded
QUALITIES = (90, 80, 70)
# Not all that Pillow has: its EPS reader runs Ghostscript.
READABLE = (
    "PNG", "JPEG", "MPO", "GIF", "WEBP", "BMP", "DIB", "TIFF", "ICO", "ICNS", "PPM", "TGA", "AVIF", "JPEG2000", "QOI",
    "PCX",
)  # fmt: skip
SAME = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}


def fitted(data: bytes, name: str, limit: int = MAXIMUM_BYTES) -> Image:
    """The file's bytes as an `Image` of at most `limit` bytes. `ConfigurationError` for what is no picture."""
    kind, size = picture_type(data), picture_size(data)
    if kind is not None and size is not None and min(size) > 0 and max(size) <= MAXIMUM_SIDE and len(data) <= limit:
        return Image(kind, data)
    picture = _opened(data, name, SAME.get(kind or ""))
    media_type, content, shown = _encoded(_loaded(picture, name), limit, _order(picture, len(data) > limit))
    before = f"{_pixels(picture.size)}, {_megabytes(len(data))}"
    first = "its first frame " if _moves(picture) else ""
    was = f"{name} ({picture.format}, {before})"
    return Image(
        media_type, content, f"{was} is sent as {first}{SAME[media_type]}, {shown}, {_megabytes(len(content))}"
    )


def written(picture: Picture, name: str, limit: int = MAXIMUM_BYTES) -> Image:
    """A Pillow image as an `Image`: as PNG, or as JPEG where it came from one."""
    order = ("JPEG",) if picture.format in ("JPEG", "MPO") else ("PNG", "JPEG")
    media_type, content, shown = _encoded(_loaded(picture, name), limit, order)
    as_it_was = shown in (_pixels(picture.size), _pixels(picture.size[::-1])) and SAME[media_type] == order[0]
    note = f"{name} ({_pixels(picture.size)}) is sent as {SAME[media_type]}, {shown}, {_megabytes(len(content))}"
    return Image(media_type, content, None if as_it_was else note)


def _opened(data: bytes, name: str, same: str | None) -> Picture:
    """Only the header is read yet."""
    import PIL.Image  # only a picture that does not fit needs it

    PIL.Image.init()
    formats = [item for item in ([same, "MPO"] if same else READABLE) if item in PIL.Image.OPEN]
    failure = ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # each reader that is not installed, and pictures larger than usual
            picture = PIL.Image.open(BytesIO(data), formats=formats)
    except PIL.Image.DecompressionBombError:
        raise _too_large(name) from None
    except Exception as error:  # a reader raises whatever it stumbles over
        failure = "" if isinstance(error, PIL.UnidentifiedImageError) else str(error)
    else:
        return picture
    if same is not None:
        raise _broken(name, same, failure)
    raise ConfigurationError(
        f"{name} is no picture but {other_kind(data)}" if data else f"{name} is empty",
        action="Pass a JPEG, PNG, GIF or WebP picture, or one that Pillow can read.",
    )


def _loaded(picture: Picture, name: str) -> Picture:
    """All of its pixels, upright, in a mode that PNG or JPEG can hold, no side too long."""
    kind = picture.format or "a picture"
    if picture.width * picture.height > MAXIMUM_PIXELS:
        raise _too_large(name)
    if not picture.width * picture.height:
        raise ConfigurationError(f"{name} has no pixels", action="Pass a picture of at least 1 × 1.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata, which is not sent on
            picture.load()
            picture = _eight_bits(_upright(picture))
    except Exception as error:  # a decoder raises whatever it stumbles over
        raise _broken(name, kind, str(error)) from None
    return _shrunk(picture, MAXIMUM_SIDE / max(picture.size))


def _upright(picture: Picture) -> Picture:
    """A copy, turned as the camera says it was held."""
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # metadata that cannot be read turns nothing
        return picture.copy()


def _moves(picture: Picture) -> bool:
    try:
        return picture.format in ("GIF", "PNG", "WEBP", "TIFF") and getattr(picture, "n_frames", 1) > 1
    except Exception:  # what follows the first frame is broken, and is not sent
        return True


def _eight_bits(picture: Picture) -> Picture:
    """One of the modes L, RGB, LA and RGBA; more than eight bits a channel are scaled, not cut."""
    if picture.mode in ("L", "RGB", "LA", "RGBA"):
        return picture
    if picture.mode[0] in "IF":
        return _scaled_levels(picture)
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture.convert("L" if picture.mode == "1" else "RGB")


def _scaled_levels(picture: Picture) -> Picture:
    """Whole numbers are sixteen bits where one is over 255; fractions run from their least to their greatest."""
    plain = picture.convert("F")
    low, high = (float(level) for level in plain.getextrema())  # type: ignore[arg-type]  # one band has one pair
    if picture.mode[0] == "I":
        low, high = min(low, 0.0), 65535.0 if high > 255 else 255.0
    if not math.isfinite(high - low) or high <= low:
        low, high = 0.0, max(1.0, low) if math.isfinite(low) else 1.0
    width = high - low
    return plain.point(lambda level: level * (255 / width) + (-low * 255 / width)).convert("L")


def _order(picture: Picture, too_heavy: bool) -> tuple[str, ...]:
    """Which formats to try: a photo stays one, and a PNG that is too heavy would be so again."""
    if picture.format in ("JPEG", "MPO") or (too_heavy and picture.format == "PNG"):
        return ("JPEG",)
    return ("PNG", "JPEG")


def _encoded(picture: Picture, limit: int, order: tuple[str, ...]) -> tuple[str, bytes, str]:
    """Media type, bytes and size in words of the first writing that fits; smaller and smaller until one does."""
    while True:
        content = b""
        for kind, content in _writings(picture, order):
            if len(content) <= limit:
                return f"image/{kind.lower()}", content, _pixels(picture.size)
        picture = _shrunk(picture, min(0.9, max(0.5, math.sqrt(limit / len(content)))))


def _writings(picture: Picture, order: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    if "A" in picture.mode:
        order = ("PNG",)  # JPEG has no transparency
    for kind in order:
        for options in [{"quality": quality} for quality in QUALITIES] if kind == "JPEG" else [{}]:
            yield kind, _saved(picture, kind, options)


def _saved(picture: Picture, kind: str, options: dict[str, Any]) -> bytes:
    content = BytesIO()
    picture.save(content, kind, **options)
    return content.getvalue()


def _shrunk(picture: Picture, factor: float) -> Picture:
    from PIL.Image import Resampling

    picture.info = {}  # what a camera wrote, a place perhaps, is not sent on
    if factor >= 1:
        return picture
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(size, Resampling.LANCZOS, reducing_gap=3.0)


def _too_large(name: str) -> ConfigurationError:
    return ConfigurationError(
        f"{name} has more than {MAXIMUM_PIXELS:,} pixels, too many to decode safely",
        action="Scale it down before you pass it.",
    )


def _broken(name: str, kind: str, why: str) -> ConfigurationError:
    said = f": {why}" if why else ""
    return ConfigurationError(f"{name} begins like {kind}, but cannot be read{said}", action="Save it again.")


def _pixels(size: tuple[int, int]) -> str:
    return f"{size[0]:,} × {size[1]:,} px"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.1f} kB"
