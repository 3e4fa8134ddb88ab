"""The first line of a cell: every option, quotes, and what is refused with which hint."""

from __future__ import annotations

import pytest

from caicaini_nb.asked import Asked
from caicaini_nb.errors import ConfigurationError
from caicaini_nb.first_line.options import OPTIONS, Options, call_arguments, help_text, parse


def test_reads_every_option() -> None:
    line = (
        "--model caicaini/sonnet --max-tokens 5 --system 'Be \"brief\"' --temperature 0.2 --top-p 0.5 "
        "--stop a --stop b --thinking 3 --image fig --image b.png --tools f,g --tool-choice f "
        "--rounds 2 --schema Invoice --n 2 --presence-penalty 1 "
        "--frequency-penalty -1 --user-id u1 --surface chat --provider caicaini --chat tour "
        "--compare x,y --map tickets --job june --limit 9 --out answer --cache --dry-run --no-stream"
    )
    assert parse(line) == Options(
        model="caicaini/sonnet",
        max_tokens=5,
        system='Be "brief"',
        temperature=0.2,
        top_p=0.5,
        stop=("a", "b"),
        thinking=3,
        image=("fig", "b.png"),
        tools="f,g",
        tool_choice="f",
        rounds=2,
        schema="Invoice",
        n=2,
        presence_penalty=1,
        frequency_penalty=-1,
        user_id="u1",
        surface="chat",
        provider="caicaini",
        chat="tour",
        compare="x,y",
        map="tickets",
        job="june",
        limit=9,
        out="answer",
        cache=True,
        dry_run=True,
        no_stream=True,
    )
    assert all(option.flag in line for option in OPTIONS)


def test_the_table_and_the_value_have_the_same_fields() -> None:
    assert {option.field for option in OPTIONS} == set(Options.__struct_fields__)


def test_every_example_is_read() -> None:
    for option in OPTIONS:
        assert getattr(parse(option.example), option.field) != getattr(Options(), option.field)


def test_options_that_are_arguments_of_a_call_go_by_the_names_there() -> None:
    every = dict.fromkeys(Options.__struct_fields__, 1)
    assert set(call_arguments(Options(**every))) <= set(Asked.__annotations__)  # type: ignore[arg-type]
    assert call_arguments(Options()) == {}


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
