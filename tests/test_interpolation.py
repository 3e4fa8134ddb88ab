"""`{{expr}}` in prompts: what is replaced, what passes, what is an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caicaini_nb.errors import ConfigurationError
from caicaini_nb.interpolation import interpolate


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("plain", "plain"),
        ("{{x}}", "6"),
        ("{{ x * 7 }} and {{x}}", "42 and 6"),
        ('{"a": {"b": 1}}', '{"a": {"b": 1}}'),
        ("{{ {'a': {'b': 1}}['a']['b'] }}", "1"),
        (r"a \{{x}} b", "a {{x}} b"),
        (r"\frac{1}{2} {x} $x %s", r"\frac{1}{2} {x} $x %s"),
        ("{{text}}", "{{x}} {{secret}}"),
        ("{{'}}'}}", "}}"),
        ("{{x\n}}", "6"),
        ("}} {", "}} {"),
    ],
)
def test_replaces_double_braces_once(template: str, expected: str) -> None:
    names = {"x": 6, "text": "{{x}} {{secret}}", "secret": "no"}
    assert interpolate(template, names) == expected


def test_undefined_name_lists_near_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"no name 'ticket'\. Did you mean tickets"):
        interpolate("{{ticket}}", {"tickets": []})


@pytest.mark.parametrize(
    ("template", "cause"),
    [("{{1 +}}", "does not hold a Python expression"), ("{{open", "does not hold"), ("{{1/0}}", "ZeroDivisionError")],
)
def test_what_cannot_be_evaluated_is_an_error(template: str, cause: str) -> None:
    with pytest.raises(ConfigurationError, match=cause):
        interpolate(template, {})


def test_expression_cannot_change_the_notebook() -> None:
    names = {"x": 1}
    interpolate("{{[x := 2 for _ in range(1)]}}", names)
    assert names == {"x": 1}


@given(st.text())
def test_inserted_text_is_never_looked_at_again(value: str) -> None:
    assert interpolate("<{{value}}>", {"value": value}) == f"<{value}>"
