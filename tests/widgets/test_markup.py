"""HTML that is safe by the way it is made, whatever texts go into it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from caicaini_nb.display.safe_markdown import without_controls
from caicaini_nb.widgets.markup import Markup, element, joined
from tests.widgets.front import plain_text, tags

HOSTILE = st.text() | st.sampled_from(
    ["<script>alert(1)</script>", '" onmouseover="x', "</td></table>", "&lt;", "<img src=x onerror=y>", "'>", "<!--"]
)


@given(HOSTILE, HOSTILE)
def test_no_text_becomes_an_element_or_an_attribute(text: str, value: str) -> None:
    made = element("td", text, element("b", text), title=value, aria_label=value)
    found = tags(made)
    assert [(tag, sorted(attributes)) for tag, attributes in found] == [("td", ["aria-label", "title"]), ("b", [])]
    assert found[0][1]["title"] == without_controls(value)
    assert plain_text(made) == 2 * without_controls(text)


def test_what_is_html_already_stays() -> None:
    assert joined([Markup("<b>a</b>"), "<i>", None]) == "<b>a</b>&lt;i&gt;"
    assert element("br") == "<br>"
    assert element("p", "a", class_="x", title=None) == '<p class="x">a</p>'
