"""Pictures: every form they come in, what is refused, what is made to fit, and where they go in a message."""

from __future__ import annotations

import subprocess
import sys
import warnings
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import PIL.Image
import pytest

from caicaini_nb.content import Image, ImageLink
from caicaini_nb.errors import ConfigurationError
from caicaini_nb.pictures.fit import MAXIMUM_BYTES, fitted
from caicaini_nb.pictures.images import ImageChangedWarning, as_images, attach
from caicaini_nb.reply import TextBlock
from caicaini_nb.request import Message


def file(picture: Any, kind: str, **options: Any) -> bytes:
    content = BytesIO()
    picture.save(content, kind, **options)
    return content.getvalue()


def noise(width: int, height: int, mode: str = "RGB") -> PIL.Image.Image:
    """Colours that no format can make small."""
    channels = len(mode)
    return PIL.Image.fromarray(np.random.default_rng(5).integers(0, 255, (height, width, channels), dtype="uint8"))


SMALL = noise(12, 9)
PNG = file(SMALL, "PNG")
FOUR = {f"image/{kind.lower()}": file(SMALL, kind) for kind in ("PNG", "JPEG", "GIF", "WEBP")}


def one(value: Any) -> Image:
    (image,) = as_images(value)
    assert isinstance(image, Image)
    return image


def opened(image: Image) -> PIL.Image.Image:
    return PIL.Image.open(BytesIO(image.data))


def colours(picture: PIL.Image.Image) -> list[Any]:
    values: list[Any] = np.asarray(picture).tolist()
    return values


def refused(value: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        as_images(value)
    assert caught.value.action
    return str(caught.value)


@pytest.mark.parametrize("media_type", FOUR)
def test_the_type_is_what_the_bytes_are(media_type: str, tmp_path: Path) -> None:
    misnamed = tmp_path / "notes.txt"
    misnamed.write_bytes(FOUR[media_type])
    expected = Image(media_type, FOUR[media_type])
    assert one(misnamed) == one(str(misnamed)) == one(FOUR[media_type]) == one(bytearray(FOUR[media_type])) == expected


def test_links_and_data_urls(tmp_path: Path) -> None:
    import base64

    assert as_images("https://example.org/a.png?x=1") == (ImageLink("https://example.org/a.png?x=1"),)
    text = base64.b64encode(FOUR["image/jpeg"]).decode()
    assert one(f"data:image/png;base64,{text}") == Image("image/jpeg", FOUR["image/jpeg"])


def test_pillow_numpy_matplotlib_and_ipython() -> None:
    from IPython.display import Image as Shown
    from matplotlib.figure import Figure

    assert colours(opened(one(SMALL))) == colours(SMALL)
    grid = np.arange(12, dtype="uint8").reshape(3, 4)
    assert (np.asarray(opened(one(grid))) == grid).all()
    assert (np.asarray(opened(one(grid.astype("int64")))) == grid).all()
    fractions = np.linspace(0, 1, 36).reshape(3, 4, 3)
    assert (np.asarray(opened(one(fractions))) == np.round(fractions * 255)).all()
    assert opened(one(np.ones((3, 4, 4)))).mode == "RGBA"
    assert np.unique(colours(opened(one(grid > 5)))).tolist() == [0, 255]
    figure = Figure(figsize=(3, 2), dpi=100)
    axes = figure.subplots()
    axes.plot([1, 2])
    assert opened(one(figure)).size == opened(one(axes)).size == (300, 200)
    shown: Any = Shown
    assert one(shown(data=PNG)).data == PNG
    assert as_images(shown(url="https://example.org/a.png")) == (ImageLink("https://example.org/a.png"),)


def test_several_in_their_order_and_variables_by_name(tmp_path: Path) -> None:
    images = as_images(["fig", PNG, "https://example.org/b.gif"], {"fig": FOUR["image/gif"]})
    assert images == (
        Image("image/gif", FOUR["image/gif"]),
        Image("image/png", PNG),
        ImageLink("https://example.org/b.gif"),
    )
    assert as_images([]) == ()
    assert as_images(images) == images


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ("http://example.org/a.png", "over https only, not http. Download it"),
        ("file:///tmp/a.png", "over https only, not file. Pass the path itself"),
        ("HTTPS://", "not an address"),
        ("https://exa mple.org/a.png", "not an address"),
        ("data:image/png;base64,§", "cannot be read"),
        ("", "path is empty"),
        ("missing.png", "no picture 'missing.png'"),
        ("missing\0.png", "cannot be read"),
        (b"", "The data is empty"),
        (b"%PDF-1.7", "is no picture but a PDF"),
        (PNG[:20], "begins like PNG, but cannot be read"),
        (5, "int is no picture"),
        (None, "NoneType is no picture"),
        (np.zeros((2, 3, 5)), "2 × 3 × 5 is no picture"),
        (np.zeros(()), "a single number is no picture"),
        (np.zeros((0, 3)), "0 × 3 is no picture"),
        (np.full((2, 2), np.nan), "run from nan to nan"),
        (np.full((2, 2), 255.0), "run from 255 to 255, and a picture's from 0 to 1"),
        (np.full((2, 2), 256), "run from 256 to 256, and a picture's from 0 to 255"),
        (np.full((2, 2), "x"), "no picture"),
        ([PNG] * 21, "21 pictures are more than the 20"),
    ],
)
def test_what_is_refused(value: Any, cause: str) -> None:
    assert cause in refused(value)


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    import os

    table = tmp_path / "table.png"
    table.write_bytes(b"a,b\n1,2\n")
    assert refused(table).startswith("table.png is no picture but text.")
    assert "it is not a file" in refused(tmp_path)
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    assert "it is not a file" in refused(pipe)


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "PPM", "TGA"])
def test_other_formats_become_png(kind: str) -> None:
    image = one(file(SMALL, kind))
    assert image.media_type == "image/png"
    assert colours(opened(image)) == colours(SMALL)
    assert image.note is not None
    assert f"({kind}, 12 × 9 px, " in image.note
    assert "is sent as PNG, 12 × 9 px" in image.note


def test_formats_whose_readers_start_programs_are_not_read() -> None:
    assert "is no picture but a PostScript file" in refused(file(SMALL, "EPS"))


def test_more_than_eight_bits_are_scaled_and_not_cut() -> None:
    levels = np.array([[0, 256, 32768, 65535]], dtype="uint16")
    image = one(file(PIL.Image.fromarray(levels), "TIFF"))
    assert colours(opened(image))[0] == pytest.approx([0, 1, 127, 255], abs=1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "I;16"])
def test_every_mode_of_pillow_can_be_sent(mode: str) -> None:
    assert opened(one(PIL.Image.new(mode, (3, 2)))).size == (3, 2)


def test_too_many_pixels_a_side_are_scaled_down() -> None:
    image = one(file(PIL.Image.new("RGB", (9000, 30), "navy"), "PNG"))
    assert (image.media_type, opened(image).size) == ("image/png", (8000, 27))
    assert image.note is not None
    assert "9,000 × 30 px" in image.note
    assert "8,000 × 27 px" in image.note


@pytest.mark.parametrize(("mode", "kind"), [("RGB", "image/jpeg"), ("RGBA", "image/png")])
def test_too_many_bytes_are_written_smaller(mode: str, kind: str) -> None:
    heavy = noise(1500, 1300, mode)
    image = one(file(heavy, "PNG"))
    assert image.media_type == kind
    assert len(image.data) <= MAXIMUM_BYTES
    width, height = opened(image).size
    assert width / height == pytest.approx(1500 / 1300, rel=0.01)
    assert one(heavy).note is not None


def test_a_photo_stays_one_until_it_fits() -> None:
    image = fitted(file(noise(300, 200), "JPEG", quality=95), "photo.jpg", 4_000)
    assert image.media_type == "image/jpeg"
    assert len(image.data) <= 4_000
    assert image.note is not None
    assert image.note.startswith("photo.jpg (JPEG, 300 × 200 px, ")


def test_what_is_written_anew_is_upright_and_keeps_no_metadata() -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "a camera's maker"
    photo = file(PIL.Image.new("RGB", (90, 40)), "JPEG", exif=exif, comment="taken at the maker's")
    assert one(photo).data == photo
    again = one(PIL.Image.open(BytesIO(photo)))
    assert opened(again).size == (40, 90)
    assert b"maker" not in again.data
    assert not opened(again).getexif()
    turned = fitted(file(noise(300, 100), "JPEG", exif=exif, comment="taken at the maker's"), "photo.jpg", 3_000)
    assert b"maker" not in turned.data
    width, height = opened(turned).size
    assert height > width


def test_a_pillow_image_is_left_as_it_was() -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    held = PIL.Image.open(BytesIO(file(PIL.Image.new("RGB", (9, 4)), "JPEG", exif=exif, dpi=(72, 72))))
    before = dict(held.info)
    one(held)
    assert (held.size, held.info) == ((9, 4), before)


def test_a_film_is_sent_whole_or_by_its_first_frame() -> None:
    frames = [noise(60, 60).convert("P") for _ in range(3)]
    film = file(frames[0], "GIF", save_all=True, append_images=[PIL.Image.new("P", (60, 60))])
    assert one(film) == Image("image/gif", film)
    image = fitted(film, "film.gif", len(film) - 1)
    assert image.note is not None
    assert "is sent as its first frame PNG" in image.note


def test_a_bomb_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = bytearray(file(PIL.Image.new("1", (8001, 8)), "PNG"))
    bomb[16:24] = (30_000).to_bytes(4, "big") * 2
    import zlib

    bomb[29:33] = zlib.crc32(bomb[12:29]).to_bytes(4, "big")
    assert "too many to decode safely" in refused(bytes(bomb))
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", None)
    assert "too many to decode safely" in refused(bytes(bomb))


def test_many_heavy_pictures_share_one_request() -> None:
    light, heavy = file(SMALL, "PNG"), file(noise(1200, 1100), "PNG")
    images = as_images([light, heavy, heavy, heavy, heavy])
    sizes = [len(image.data) for image in images if isinstance(image, Image)]
    assert sum(sizes) <= 10_500_000
    assert len(heavy) * 4 > 10_500_000
    assert images[0] == Image("image/png", light)
    assert max(sizes[1:]) < 1.3 * min(sizes[1:])
    assert isinstance(images[4], Image)
    assert str(images[4].note).endswith("to share one request with the others")


def test_pictures_stand_before_the_text_of_the_last_user_message() -> None:
    image = Image("image/png", PNG)
    said = (Message("user", "One"), Message("assistant", "1"), Message("user", "Two"), Message("assistant", "2"))
    done = attach(said, PNG)
    assert done[2].content == (image, TextBlock("Two"))
    assert (done[:2], done[3]) == (said[:2], said[3])
    again = attach(done, "https://example.org/b.png")
    assert again[2].content == (image, ImageLink("https://example.org/b.png"), TextBlock("Two"))
    blocks = attach((Message("user", [{"type": "text", "text": "Two"}]),), PNG)
    assert blocks[0].content == (image, {"type": "text", "text": "Two"})
    with pytest.raises(ConfigurationError, match="there is none"):
        attach((Message("assistant", "hm"),), PNG)


def test_pictures_that_are_there_already_count() -> None:
    there: list[Any] = [Image("image/png", PNG), ImageLink("https://example.org"), {"type": "image"}, TextBlock("x")]
    with pytest.raises(ConfigurationError, match="21 pictures"):
        attach((Message("user", there),), [PNG] * 18)
    assert len(attach((Message("user", there),), [PNG] * 17)[0].content) == 21


def test_a_change_is_a_warning_at_the_callers_line() -> None:
    with pytest.warns(ImageChangedWarning, match=r"The data \(BMP, .*\) is sent as PNG") as caught:
        attach((Message("user", "hi"),), file(SMALL, "BMP"))
    assert [item.filename for item in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        attach((Message("user", "hi"),), PNG)


def test_objects_that_look_like_a_figure_are_drawn() -> None:
    grid = SimpleNamespace(savefig=lambda content, **options: content.write(PNG))
    assert one(grid) == one(SimpleNamespace(figure=grid)) == Image("image/png", PNG)


def test_a_file_that_fits_needs_neither_pillow_nor_numpy(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    program = (
        "import sys; from caicaini_nb.pictures.images import as_images; as_images(['a.png', 'https://example.org/b.png']);"
        "print(sorted({'PIL', 'numpy', 'matplotlib', 'IPython'} & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
