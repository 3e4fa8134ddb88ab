"""What can stand for a picture in Python, and how to get at it: files, links, figures, arrays, others' images.

No package is imported to recognise its objects: who holds a figure has imported matplotlib. A text is a link where it
begins like one, else a path; only https links pass, for the service fetches them and can reach nothing else.
"""

from __future__ import annotations

import binascii
import os
import stat
import sys
from base64 import b64decode
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from ..content import Image, ImageLink
from ..errors import ConfigurationError
from .fit import fitted, written

__all__ = ["read_picture"]

MAXIMUM_FILE = 256 * 1024 * 1024  # no picture is larger, and reading must end
KINDS = (
    "Pass a path, bytes, an https link, a PIL image, a matplotlib figure, a NumPy array or IPython.display.Image, "
    "or a list of these."
)


def read_picture(value: Any) -> Image | ImageLink:
    """Raises `ConfigurationError` for what is no picture; its message names the file or the type."""
    for is_it, read in SOURCES:
        if is_it(value):
            return read(value)
    raise ConfigurationError(f"{type(value).__name__} is no picture", action=KINDS)


def _text(value: str) -> Image | ImageLink:
    text = value.strip()
    scheme = text.partition(":")[0].lower()
    if scheme == "data":
        return fitted(_data_url(text), "The data: URL")
    if scheme == "https" and text[5:8] == "://":
        return _link(text)
    if "://" in text[:12]:
        raise ConfigurationError(
            f"The service fetches pictures over https only, not {scheme}",
            action="Pass the path itself." if scheme == "file" else "Download it and pass the path or the bytes.",
        )
    if not text:
        raise ConfigurationError("The picture's path is empty", action=KINDS)
    return _file(Path(value))


def _link(url: str) -> ImageLink:
    try:
        is_whole = bool(urlsplit(url).hostname) and url.isprintable() and " " not in url
    except ValueError:
        is_whole = False
    if not is_whole:
        raise ConfigurationError(f"{url[:80]!r} is not an address", action="Copy it again, from https:// on.")
    return ImageLink(url)


def _data_url(url: str) -> bytes:
    head, comma, data = url.partition(",")
    try:
        if not comma:
            raise ValueError
        return b64decode(unquote_to_bytes(data), validate=True) if head.endswith(";base64") else unquote_to_bytes(data)
    except (binascii.Error, ValueError):
        raise ConfigurationError("The data: URL cannot be read", action="Write data:image/png;base64,….") from None


def _file(path: Path) -> Image:
    try:
        content = _content(path.expanduser())
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no picture {str(path)!r}", action=f"Paths start from {os.getcwd()}; check the name."
        ) from None
    except (OSError, RuntimeError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ConfigurationError(
            f"{path} cannot be read: {why}", action="Check the path and who may read it."
        ) from None
    return fitted(content, path.name)


def _content(path: Path) -> bytes:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is not a file")
    if status.st_size > MAXIMUM_FILE:
        raise ValueError(f"it is larger than {MAXIMUM_FILE // 2**20} MB")
    return path.read_bytes()


def _figure(value: Any) -> Image:
    """A figure at the size and resolution it has."""
    content = BytesIO()
    figure = value if hasattr(value, "savefig") else value.figure
    figure.savefig(content, format="png")
    return fitted(content.getvalue(), "The figure")


def _array(value: Any) -> Image:
    """Height × width, or × 3 or 4 channels: whole numbers 0–255, or fractions 0–1."""
    if value.ndim not in (2, 3) or (value.ndim == 3 and value.shape[2] not in (3, 4)) or not value.size:
        shape = " × ".join(map(str, value.shape)) or "a single number"
        raise ConfigurationError(
            f"An array of {shape} is no picture", action="Pass height × width, or × 3 or 4 channels; a batch as a list."
        )
    import PIL.Image  # an array has to be drawn

    return written(PIL.Image.fromarray(_bytes_of(value)), "The array")


def _bytes_of(value: Any) -> Any:
    """The array as bytes, 0–255."""
    kind, least, most = value.dtype.kind, 0, 255
    if kind == "b":
        return value.astype("uint8") * 255
    if kind in "fiu":
        low, high = value.min(), value.max()
        most = 1 if kind == "f" else 255
        if least <= low and high <= most:  # false for NaN too
            return (value * 255).round().astype("uint8") if kind == "f" else value.astype("uint8")
        raise ConfigurationError(
            f"The array's values run from {low:g} to {high:g}, and a picture's from 0 to {most}",
            action="Scale them, for example (x - x.min()) / (x.max() - x.min()).",
        )
    raise ConfigurationError(f"An array of {value.dtype} is no picture", action="Use uint8 0–255, or floats 0–1.")


def _displayed(value: Any) -> Image | ImageLink:
    """What `IPython.display.Image` holds: bytes, a file's name or an address."""
    if isinstance(value.data, bytes):
        return fitted(value.data, "The Image")
    held = value.filename or value.url or value.data
    if isinstance(held, str):
        return _text(held)
    raise ConfigurationError("The Image holds no picture", action="Make it with data, filename or url.")


def _is_from(*places: tuple[str, str]) -> Callable[[Any], bool]:
    """Whether a value is of one of these classes, without importing their modules."""

    def is_it(value: Any) -> bool:
        kinds = [getattr(sys.modules.get(module), name, None) for module, name in places]
        return isinstance(value, tuple(kind for kind in kinds if kind is not None))

    return is_it


def _is_figure(value: Any) -> bool:
    return any(callable(getattr(item, "savefig", None)) for item in (value, getattr(value, "figure", None)))


# First match wins.
SOURCES: Sequence[tuple[Callable[[Any], bool], Callable[[Any], Image | ImageLink]]] = (
    (lambda value: isinstance(value, str), _text),
    (lambda value: isinstance(value, os.PathLike), lambda value: _file(Path(os.fsdecode(value)))),
    (lambda value: isinstance(value, (bytes, bytearray, memoryview)), lambda value: fitted(bytes(value), "The data")),
    (lambda value: isinstance(value, Image), lambda value: value if value.note else fitted(value.data, "The picture")),
    (lambda value: isinstance(value, ImageLink), lambda value: _link(value.url)),
    (_is_from(("PIL.Image", "Image")), lambda value: written(value, "The image")),
    (_is_from(("numpy", "ndarray")), _array),
    (_is_from(("IPython.core.display", "Image"), ("IPython.display", "Image")), _displayed),
    (_is_figure, _figure),
)
