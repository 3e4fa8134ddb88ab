"""Writing outputs back: one run in order, the frame of variables nbval uses, nothing of this machine in the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nbclient.exceptions import CellExecutionError

from tests.notebooks import execute


def notebook(*sources: str) -> Any:
    """A notebook of these code cells, with an old output and an old number in each."""
    cells = [execute.FORMAT.v4.new_code_cell(source, execution_count=7) for source in sources]
    for cell in cells:
        cell.outputs = [execute.FORMAT.v4.new_output("stream", text="old")]
    return execute.FORMAT.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python", "version": "3.1"}})


@pytest.mark.slow
def test_a_run_replaces_all_outputs(tmp_path: Path) -> None:
    show = "import os\nprint(os.environ['CAICAINI_PLAIN'], os.path.basename(os.environ['JPY_SESSION_NAME']))"
    done = execute.run(tmp_path / "01_show.ipynb", notebook("x = 2", show))
    assert [cell.execution_count for cell in done["cells"]] == [1, 2]
    assert [[output.text for output in cell.outputs] for cell in done["cells"]] == [[], ["1 01_show.ipynb\n"]]


@pytest.mark.slow
def test_an_error_that_is_not_announced_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(CellExecutionError, match="no such thing"):
        execute.run(tmp_path / "01_show.ipynb", notebook("raise ValueError('no such thing')"))


def test_a_model_is_chosen_by_path_or_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert execute.engine("") == {"CAICAINI_SANDBOX_ENGINE": "rules"}
    assert execute.engine("smollm2") == {"CAICAINI_SANDBOX_ENGINE": "auto", "CAICAINI_SANDBOX_MODEL": "smollm2"}
    (tmp_path / "tiny.gguf").touch()
    monkeypatch.chdir(tmp_path)
    assert execute.engine("tiny.gguf")["CAICAINI_SANDBOX_MODEL"] == str(tmp_path.resolve() / "tiny.gguf")


@pytest.mark.slow
def test_a_run_with_a_model_says_so_to_the_sandbox(tmp_path: Path) -> None:
    show = "import os\nprint(*(os.environ['CAICAINI_SANDBOX_' + name] for name in ('ENGINE', 'MODEL')))"
    done = execute.run(tmp_path / "01_show.ipynb", notebook(show), "smollm2")
    assert done["cells"][0].outputs[0].text == "auto smollm2\n"


def test_the_file_does_not_name_the_python_it_ran_on() -> None:
    text = execute.written(notebook("x = 2"))
    assert '"version"' not in text
    assert text.endswith("}\n")
    assert execute.FORMAT.reads(text, as_version=4).metadata == execute.METADATA
