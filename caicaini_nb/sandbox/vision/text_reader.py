"""The text reader: rapidocr on onnxruntime, one thread, with the weights that its package carries.

It refuses to download: each model is handed over as a file, and a package without its files is no reader. It is
loaded at the first picture (some seconds) and takes one picture at a time.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caicaini_nb.sandbox.vision.lines import Fragment, in_lines

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["NoReader", "TextReader", "is_installed", "text_reader"]

PACKAGES = ("rapidocr", "onnxruntime")
MODELS = {"Det": "*_det_*.onnx", "Cls": "*_cls_*.onnx", "Rec": "*_rec_*.onnx"}
NARROWEST = 4  # the long side is at most so many times the short one
SETTINGS: dict[str, Any] = {
    "Global.log_level": "critical",  # it tells each model's path otherwise
    "Global.text_score": 0.7,  # printed text scores above 0.9, what textures look like below
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


class NoReader(RuntimeError):
    """The reader is installed but cannot be used; the text says why."""


class TextReader:
    """Reads the text in pictures; not to be used from two threads at once."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def read(self, image: Image.Image) -> tuple[str, ...]:
        """Return the lines of text in an RGB or RGBA picture, in reading order; transparent parts count as white."""
        import numpy

        levels = numpy.asarray(_prepared(image))[:, :, ::-1]  # the reader takes blue, green, red
        found = self._engine(levels)
        if found.txts is None:
            return ()
        corners = [tuple((float(x), float(y)) for x, y in box) for box in found.boxes]
        return in_lines([Fragment(text, box) for text, box in zip(found.txts, corners, strict=True) if text.strip()])


def is_installed() -> bool:
    """Whether the optional packages are there, without importing them."""
    return all(find_spec(name) is not None for name in PACKAGES)


@cache
def text_reader() -> TextReader:
    """Load the reader, once a process; raises NoReader when its packages are broken or without their weights."""
    try:
        cv2, rapidocr = import_module("cv2"), import_module("rapidocr")
        cv2.setNumThreads(1)
        return TextReader(
            rapidocr.RapidOCR(params={**SETTINGS, **_weights(Path(str(rapidocr.__file__)).parent / "models")})
        )
    except NoReader:
        raise
    except Exception as error:  # compiled packages fail in many ways: a missing library, another version's names
        raise NoReader(f"{type(error).__name__}: {str(error)[:200]}") from error


def _weights(folder: Path) -> dict[str, str]:
    found = {}
    for part, pattern in MODELS.items():
        path = next(iter(sorted(folder.glob(pattern))), None)
        if path is None:
            raise NoReader(f"the installed rapidocr has no {pattern} among its models")
        found[f"{part}.model_path"] = str(path)
    return found


def _prepared(image: Image.Image) -> Image.Image:
    """The picture on white, and with white beside it where it is a strip.

    The reader magnifies until the short side is 736 pixels: of 2000 × 1 it would make 4 TB.
    """
    from PIL import Image

    least = -(-max(image.size) // NARROWEST)
    size = (max(image.width, least), max(image.height, least))
    if image.mode != "RGBA" and size == image.size:
        return image
    sheet = Image.new("RGB", size, "white")
    sheet.paste(image, (0, 0), image if image.mode == "RGBA" else None)
    return sheet
