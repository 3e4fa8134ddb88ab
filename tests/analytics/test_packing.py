"""Texts out of a JSON list into Arrow's own form, beside what a JSON reader makes of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caicaini_nb.analytics.packing import _arrow_texts

PLAIN = st.text(st.characters(exclude_characters='"\\', exclude_categories=("Cs", "Cc")), max_size=8)
ANY = st.text(st.characters(codec="utf-8"), max_size=8)
ODD = st.sampled_from(["", "null", "n", "nul", "a,b", "[1]", '"', "\\", "\n", "菜", "😀"])


@given(st.lists(st.none() | PLAIN | ODD | ANY) | st.lists(st.none() | PLAIN) | st.lists(PLAIN))
def test_texts_are_those_of_the_list(texts: list[str | None]) -> None:
    pytest.importorskip("pyarrow")
    found = _arrow_texts(json.dumps(texts, ensure_ascii=False, separators=(",", ":")))
    found.validate(full=True)
    assert found.to_pylist() == texts
