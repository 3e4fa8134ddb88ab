"""The first line of a cell: every option, quotes, and what is refused with which hint."""

from __future__ import annotations

import pytest

from caicaini_nb.errors import ConfigurationError
from caicaini_nb.options import OPTIONS, Options, help_text, parse


def test_reads_every_option() -> None:
    line = (
        "--model caicaini/sonnet --max-tokens 5 --system 'Be \"brief\"' --temperature 0.2 --surface chat "
        "--provider caicaini --chat tour --out answer --no-stream"
    )
    assert parse(line) == Options(
        "caicaini/sonnet", 5, 'Be "brief"', 0.2, "chat", "caicaini", "tour", "answer", no_stream=True
    )


def test_empty_line_asks_for_nothing() -> None:
    assert parse("") == Options()


def test_equals_sign_and_quotes() -> None:
    assert parse('--system="two words" --model=x') == Options(model="x", system="two words")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--modle x", "Did you mean --model"),
        ("--max_tokens 5", "Did you mean --max-tokens"),
        ("--key abc", "saved with the notebook"),
        ("--api-key=abc", "saved with the notebook"),
        ("What is it?", "only options do"),
        ("--max-tokens many", "invalid int value"),
        ("--surface sse", "invalid choice"),
        ("--model", "expected one argument"),
        ("--system 'open", "Close the quotes"),
        ("--out 1x", "not a variable's name"),
        ("--mod x", "There is no option --mod"),
    ],
)
def test_refuses_with_the_next_action(line: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(line)
    assert message in str(caught.value)


def test_a_key_given_as_an_option_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse("--key cai_api_abcdefghijklmnop")
    assert "cai_api_abcd" not in str(caught.value)


def test_help_names_every_option() -> None:
    assert all(f"--{option.name} " in help_text() for option in OPTIONS)
