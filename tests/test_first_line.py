"""A first line that is not finished: whose value is typed, what of it, what stands before it."""

from __future__ import annotations

import pytest

from caicaini_nb.first_line.line import open_expression, read


@pytest.mark.parametrize(
    ("text", "option", "fragment"),
    [
        ("", None, ""),
        (" ", None, ""),
        (" --mo", None, "--mo"),
        (" mo", None, "mo"),
        (" --model ", "model", ""),
        (" --model cai", "model", "cai"),
        (" --model=cai", "model", "cai"),
        (" --model=", "model", ""),
        (" --model caicaini/auto ", None, ""),
        (" --no-stream --out a", "out", "a"),
        (" --system 'be brief", "system", "'be brief"),
        (" --system 'be brief ", "system", "'be brief "),
        (" --system 'be brief' ", None, ""),
        (' --system "say \\" ', "system", '"say \\" '),
        (" --system='two words' --out x", "out", "x"),
        (" --tools f,g", "tools", "g"),
        (" --tools f,", "tools", ""),
        (" --compare=a,b,c", "compare", "c"),
        (" --system --model", "system", "--model"),
        (" --nonsense x --out ", "out", ""),
        (" 'open", None, "'open"),
    ],
)
def test_knows_what_is_typed(text: str, option: str | None, fragment: str) -> None:
    typed = read(text)
    assert (typed.option.name if typed.option else None) == option
    assert typed.fragment == fragment


def test_keeps_what_was_given() -> None:
    typed = read(" --image a.png --image 'b c.png' --provider=cailag --cache --tools f,g,h")
    assert typed.given == {"image": ("a.png", "b c.png"), "provider": ("cailag",), "cache": ("",), "tools": ("f", "g")}


def test_a_value_is_read_without_its_quotes() -> None:
    assert read(" --image 'my pi").value == "my pi"
    assert read(" --image 'my pi").quote == "'"
    assert read(" --image my").quote == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no braces", None),
        ("{{", ""),
        ("{{ na", "na"),
        ("{{name}}", None),
        ("{{a}} and {{b", "b"),
        ("{{a}} and b", None),
        ("\\{{a", None),
        ("{single", None),
    ],
)
def test_an_expression_is_open_until_its_braces_close(text: str, expected: str | None) -> None:
    assert open_expression(text) == expected
