"""The table that stays in the file: the same numbers in HTML and in text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from caicaini_nb.widgets.markup import element
from caicaini_nb.widgets.twin import Table, Twin
from tests.widgets.front import plain_text, tags

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Co", "Cf"]), min_size=1, max_size=12)


@given(st.lists(st.tuples(NAMES, st.integers(0, 10**9)), min_size=1, max_size=6))
def test_both_hold_every_cell(rows: list[tuple[str, int]]) -> None:
    table = Table("Spent", ("model", "credits"), [(name, f"{number:,}") for name, number in rows], ("all", "1"))
    twin = Twin([table], ["As of now."])
    for name, number in rows:
        for shown in (plain_text(twin.html()), twin.text()):
            assert name.rstrip() in shown
            assert f"{number:,}" in shown
    found = [tag for tag, _ in tags(twin.html())]
    assert found.count("tr") == len(rows) + 2
    assert found.count("tfoot") == 1


def test_a_list_of_names_and_values_has_no_head() -> None:
    table = Table("Meter", ("", ""), [("balance", "7")])
    assert [tag for tag, _ in tags(table.html())] == ["table", "caption", "tbody", "tr", "th", "td"]
    assert table.text() == "Meter:\nbalance  7"


def test_a_picture_comes_first_and_its_words_are_the_text() -> None:
    twin = Twin(picture=element("p", "said"), words="You: said")
    assert twin.html() == "<p>said</p>"
    assert twin.text() == "You: said"


def test_heads_and_rows_are_named_for_a_screen_reader() -> None:
    found = tags(Table("Spent", ("model", "credits"), [("a", "1")]).html())
    assert [attributes["scope"] for tag, attributes in found if tag == "th"] == ["col", "col", "row"]
