"""Runs notebooks and writes their outputs back: `make outputs`, or `python -m tests.notebooks.execute NOTEBOOK…`.

Each runs as `make notebooks` runs it: plain, keyless, in a fresh kernel, with a ledger and a sandbox of its own. With
`--model` the sandbox asks that model wherever its rules cannot compute, as Binder's does; without it there are rules
alone. It writes nothing for a notebook in which a cell fails that is not meant to.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
import yaml
from nbclient import NotebookClient

from tests.notebooks.frame import framed
from tests.notebooks.plugin import OURS, STOP, environment

__all__ = ["engine", "main", "run", "written"]

FOLDER = Path(__file__).parents[2] / "notebooks"
FORMAT: Any = nbformat  # its functions carry no types
SECONDS = {"rules": 60, "auto": 600}  # for a cell: a small model on a busy machine takes its time
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


def engine(model: str) -> dict[str, str]:
    """The variables that choose who answers: rules, or rules and the model of this name or path."""
    if not model:
        return {"CAICAINI_SANDBOX_ENGINE": "rules"}
    # A kernel runs in the notebook's folder.
    named = str(Path(model).resolve()) if Path(model).exists() else model
    return {"CAICAINI_SANDBOX_ENGINE": "auto", "CAICAINI_SANDBOX_MODEL": named}


def run(path: Path, notebook: dict[str, Any], model: str = "") -> dict[str, Any]:
    """The notebook with the outputs of one run in order. Raises nbclient's error for a cell that fails."""
    node = FORMAT.from_dict(notebook)
    chosen = engine(model)
    with tempfile.TemporaryDirectory(prefix="caicaini-notebook-") as folder:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        variables = inherited | environment(path, Path(folder)) | chosen
        client = NotebookClient(
            node,
            timeout=SECONDS[chosen["CAICAINI_SANDBOX_ENGINE"]],
            kernel_name="python3",
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": path.parent}},
        )
        try:
            client.execute(env=variables)
        finally:
            subprocess.run(STOP, env=variables, check=False, capture_output=True, timeout=60)
    done: dict[str, Any] = node
    return done


def written(notebook: dict[str, Any]) -> str:
    """The file's text: as Jupyter writes it, without what tells about the machine it ran on."""
    text: str = FORMAT.writes(FORMAT.from_dict({**notebook, "metadata": METADATA}))
    return text.rstrip("\n") + "\n"


def main(arguments: list[str]) -> None:
    """Run the named notebooks, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.notebooks.execute", description="Write outputs back.")
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="NOTEBOOK", help="all of them if none is named")
    parser.add_argument("--model", default="", help="a model's name or a GGUF file, for what rules cannot compute")
    chosen = parser.parse_args(arguments)
    registry = yaml.safe_load((FOLDER / "registry.yaml").read_text(encoding="utf-8"))
    for path in [path.resolve() for path in chosen.notebooks] or sorted(FOLDER.glob("*.ipynb")):
        notebook = FORMAT.read(path, as_version=4)
        done = run(path, framed(notebook, path.name, registry), chosen.model)
        path.write_text(written(done), encoding="utf-8")
        print(f"{path.name}: {len(done['cells'])} cells")


if __name__ == "__main__":
    main(sys.argv[1:])
