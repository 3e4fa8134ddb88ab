"""The record: what is written is read again, and whatever differs from it is a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from caicaini_nb.recipes.recipe import Recipe, read_recipe
from caicaini_nb.recipes.record import RECORD, Row, digest, faults, read_record, recorded, write_record
from caicaini_nb.recipes.shelf import named
from caicaini_nb.recipes.verify import Seen, Verified

FOUND = Verified(
    "openai-python",
    "3.51.0",
    12.34,
    {"caicaini": ("plain", "streamed")},
    ("caicaini base",),
    (Seen("POST", "/v1/chat/completions", 200, 3, 1),),
    ("stream_options",),
)


@pytest.fixture
def copied(tmp_path: Path) -> Recipe:
    shutil.copytree(named("openai-python").path, tmp_path / "openai-python")
    return read_recipe(tmp_path / "openai-python")


@pytest.fixture
def rows(copied: Recipe, tmp_path: Path) -> dict[str, Row]:
    write_record(tmp_path / RECORD, [recorded(copied, FOUND, "2026-11-21")])
    return read_record(tmp_path / RECORD)


def test_what_is_written_is_read_again(copied: Recipe, rows: dict[str, Row], tmp_path: Path) -> None:
    assert rows["openai-python"] == recorded(copied, FOUND, "2026-11-21")
    text = (tmp_path / RECORD).read_text(encoding="utf-8")
    assert "| `POST /v1/chat/completions` | 200 | 3 | 1 |" in text
    assert "relies beyond the documented contract on: `stream_options`" in text
    write_record(tmp_path / RECORD, rows.values())
    assert (tmp_path / RECORD).read_text(encoding="utf-8") == text
    assert faults(rows, [copied]) == []


def changed(copied: Recipe) -> Recipe:
    (copied.path / "chat.py").write_text("print(1)\n")
    return copied


def renamed(copied: Recipe) -> Recipe:
    (copied.path / "chat.py").rename(copied.path / "talk.py")
    return copied


def another_class(copied: Recipe) -> Recipe:
    path = copied.path / "recipe.yaml"
    path.write_text(path.read_text().replace("class: A", "class: B"))
    return read_recipe(copied.path)


@pytest.mark.parametrize("change", [changed, renamed, another_class])
def test_a_recipe_that_changed_is_a_fault(copied: Recipe, rows: dict[str, Row], change: object) -> None:
    assert callable(change)
    assert faults(rows, [change(copied)]) == [
        "openai-python: its files have changed since it was verified on 2026-11-21."
    ]


def test_what_is_missing_or_edited_by_hand_is_a_fault(copied: Recipe, rows: dict[str, Row]) -> None:
    assert faults({}, [copied]) == ["openai-python: it was never verified."]
    assert faults(rows, []) == ["openai-python: it is verified, but there is no such recipe."]
    said = faults({"openai-python": rows["openai-python"].__class__(**{**asdict(rows), "kind": "B"})}, [copied])
    assert said == ["openai-python: its recipe says class A, the record B."]


def asdict(rows: dict[str, Row]) -> dict[str, str]:
    row = rows["openai-python"]
    return {name: getattr(row, name) for name in row.__struct_fields__}


def test_the_digest_knows_names_and_bytes_and_no_caches(copied: Recipe) -> None:
    before = digest(copied.path)
    (copied.path / "__pycache__").mkdir()
    (copied.path / "__pycache__" / "chat.pyc").write_bytes(b"x")
    assert digest(copied.path) == before
    (copied.path / "a").write_bytes(b"")
    assert digest(copied.path) != before


def test_what_cannot_be_run_is_in_the_record_too(copied: Recipe, tmp_path: Path) -> None:
    path = copied.path / "recipe.yaml"
    text = path.read_text().split("verify:")[0].replace("class: A", "class: D")
    path.write_text(text)
    bare = read_recipe(copied.path)
    write_record(tmp_path / RECORD, [recorded(bare, None, "2026-11-21")])
    rows = read_record(tmp_path / RECORD)
    assert rows["openai-python"].date == "not run"
    assert faults(rows, [bare]) == []
