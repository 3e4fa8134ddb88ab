"""What is read from a docstring, in each of its three styles."""

from __future__ import annotations

import pytest

from caicaini_nb.tools.docstring import read_docstring

CASES = {
    "none": (None, "", {}),
    "summary on two lines": ("Look\n    it up.\n\n    More of it.", "Look it up.", {}),
    "google": (
        """Look it up.

        Args:
            city: Where,
                exactly: at the centre.
            days (int, optional): How many.
            *rest: The rest.

        Returns:
            text: What was found.
        """,
        "Look it up.",
        {"city": "Where, exactly: at the centre.", "days": "How many.", "rest": "The rest."},
    ),
    "google alone": ("Args:\n    city: Where.", "", {"city": "Where."}),
    "no blank line": ("Look it up.\n    Args:\n        city: Where.", "Look it up.", {"city": "Where."}),
    "rest": (
        """Look it up.

        :param city: Where,
            exactly.
        :param int days: How many.
        :type days: int
        :returns: What was found.
        """,
        "Look it up.",
        {"city": "Where, exactly.", "days": "How many."},
    ),
    "numpy": (
        """Look it up.

        Parameters
        ----------
        city : str
            Where,
            exactly.
        days, hours : int, optional
            How many.

        Returns
        -------
        text
            What was found.
        """,
        "Look it up.",
        {"city": "Where, exactly.", "days": "How many.", "hours": "How many."},
    ),
    "a style nobody knows": ("Look it up.\n\n    @city where", "Look it up.", {}),
}


@pytest.mark.parametrize(("text", "summary", "said"), CASES.values(), ids=CASES)
def test_read_docstring(text: str | None, summary: str, said: dict[str, str]) -> None:
    def function() -> None: ...

    function.__doc__ = text
    assert read_docstring(function) == (summary, said)
