"""The troubleshooting table as values: verbatim symptoms, the first that fits, one sentence."""

from __future__ import annotations

from pathlib import Path

from caicaini_nb.recipes.symptoms import matching, read_symptoms

TABLE = """\
# A tool

| other | table |
| --- | --- |
| `404` | x |

## Troubleshooting

| symptom | cause | fix |
| --- | --- | --- |
| `Error 404 … model` | No such model | Take another. |
| `404`, `not found` | The base lacks its `/v1` | End it in `/v1` |
| No models are listed | Another | Look. |
| `a \\| b` | A pipe. | Fine. |

After it.
"""


def test_the_first_row_that_fits_answers(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(TABLE)
    rows = read_symptoms(tmp_path / "README.md")
    assert [row.texts for row in rows] == [("Error 404 … model",), ("404", "not found"), (), ("a | b",)]

    def answer(output: str) -> str | None:
        found = matching(rows, output)
        return None if found is None else found.sentence

    assert answer("Error 404: there is\n  no model gpt") == "No such model. Take another."
    assert answer("status 404") == "The base lacks its `/v1`. End it in `/v1`."
    assert answer("it was not\nfound") == "The base lacks its `/v1`. End it in `/v1`."
    assert answer("a | b") == "A pipe. Fine."
    assert answer("No models are listed") is None, "what is not in backticks is for people"
    assert answer("all is well") is None


def test_a_page_without_a_table_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# A tool\n\n| a | b |\n")
    assert read_symptoms(tmp_path / "README.md") == []
    assert read_symptoms(tmp_path / "none.md") == []
