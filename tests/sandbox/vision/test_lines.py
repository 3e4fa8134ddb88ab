"""Reading order of fragments, level and askew."""

from __future__ import annotations

import math
import random

import pytest

from caicaini_nb.sandbox.vision.lines import Fragment, in_lines


def box(text: str, left: float, top: float, width: float, height: float = 20, degrees: float = 0) -> Fragment:
    """A fragment's box, turned about the origin."""
    angle = math.radians(degrees)
    corners = [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
    turned = [
        (x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)) for x, y in corners
    ]
    return Fragment(text, tuple(turned))


def page(degrees: float) -> list[Fragment]:
    return [
        box("Flat white", 40, 0, 100, degrees=degrees),
        box("7.60", 480, 2, 40, degrees=degrees),
        box("Almond", 40, 28, 70, degrees=degrees),
        box("croissant", 115, 27, 80, degrees=degrees),
        box("3.90", 480, 29, 40, degrees=degrees),
        box("TOTAL", 40, 56, 60, degrees=degrees),
        box("11.50", 470, 55, 50, degrees=degrees),
    ]


@pytest.mark.parametrize("degrees", [0, 4, -4, 12, -20])
def test_a_line_is_read_across_however_the_page_lies(degrees: float, seed: int) -> None:
    fragments = page(degrees)
    random.Random(seed).shuffle(fragments)
    assert in_lines(fragments) == ("Flat white  7.60", "Almond croissant  3.90", "TOTAL  11.50")


def test_chinese_is_joined_without_blanks_and_columns_are_not() -> None:
    assert in_lines([box("合", 0, 0, 20), box("计", 22, 0, 20), box("21.84", 200, 0, 50)]) == ("合计  21.84",)


def test_small_print_beside_a_headline_is_its_own_line() -> None:
    assert in_lines([box("SALE", 0, 0, 200, 60), box("from today", 210, 45, 90, 12)]) == ("SALE", "from today")


def test_nothing_has_no_lines() -> None:
    assert in_lines([]) == ()


def test_writing_that_climbs_steeply_is_not_levelled() -> None:
    assert in_lines([box("up", 0, 0, 100, degrees=80), box("down", 0, 200, 100, degrees=80)])
