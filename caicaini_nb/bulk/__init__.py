"""A prompt over every row of a frame: nothing is lost, doubled or misaligned, and the key's limits are kept.

`bulk.run(tickets, "Label this ticket: {{text}}", schema=Label)` is the whole of it; `bulk.score` says how good it is.

starting            `run`: what is asked, checked before any call
rows, template      the input, and the prompt with columns in it
work, forecast      what every row's request is; what all of them would cost and take
job, tally, bar     the job beside the kernel: how far it is, stopped and gone on with
here, crew          workers in this process; retrying, sizes: what they go by
on_dask             workers of a Dask cluster
folder, keeper      where outcomes are kept, and when they count; remote_folder: at an address; outcome: a line
table, scoring      outcomes as a DataFrame, and beside the truth
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .job import Job
    from .scoring import Score, score
    from .starting import run

__all__ = ["Job", "Score", "run", "score"]

_HOME = {"Job": "job", "Score": "scoring", "run": "starting", "score": "scoring"}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"caicaini_nb.bulk has no {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
