"""What is asked about, row by row: a DataFrame, a Series, or anything iterable, with its own index.

The input is read, never changed. A cell that is missing (None, NaN, NaT) or blank leaves nothing to ask about.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..errors import ConfigurationError

__all__ = ["Rows", "is_missing", "read_rows"]

TEXT = "value"  # the column of an input that has no names: {{value}}


class Rows:
    """`columns` are their names, `index` the labels, one for each row, as the input has them."""

    def __init__(self, columns: Mapping[str, Sequence[Any]], length: int, index: Any = None, frame: Any = None) -> None:
        self._columns = columns
        self._length = length
        self.index = index
        self.frame = frame

    @property
    def columns(self) -> list[str]:
        return list(self._columns)

    def __len__(self) -> int:
        return self._length

    def column(self, name: str) -> list[Any]:
        """The values of a column. Raises `ConfigurationError` for one that is not there."""
        if name not in self._columns:
            from difflib import get_close_matches  # only a mistake needs it

            near = get_close_matches(name, self.columns, n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"The columns are: {', '.join(self.columns[:20])}."
            raise ConfigurationError(f"There is no column {name!r}", action=hint)
        values = self._columns[name]
        return values.tolist() if hasattr(values, "tolist") else list(values)


def is_missing(value: Any) -> bool:
    """None, NaN, NaT, pandas' NA, or text that is blank."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    pandas = sys.modules.get("pandas")
    if pandas is not None and value is pandas.NA:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return False


def read_rows(source: Any, columns: Mapping[str, str] | Sequence[str] | None = None) -> Rows:
    """From a frame or an iterable of texts, dicts, tuples or objects.

    `columns` renames: names in the template to the frame's own, or the names of a tuple's parts. Raises
    `ConfigurationError`.
    """
    if hasattr(source, "to_pandas") and not hasattr(source, "iloc"):
        source = source.to_pandas()  # polars, pyarrow
    if hasattr(source, "iloc"):
        return _framed(source, columns)
    if isinstance(source, (str, bytes, Mapping)) or not isinstance(source, Iterable):
        raise ConfigurationError(
            f"Rows are a DataFrame or a list, not {type(source).__name__}", action="Pass [your text] for one row."
        )
    return _listed(list(source), columns)


def _framed(source: Any, columns: Mapping[str, str] | Sequence[str] | None) -> Rows:
    frame = source.to_frame(source.name if source.name is not None else TEXT) if source.ndim == 1 else source
    names = [str(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigurationError(f"Several columns are named {twice[0]!r}", action="Rename one of them.")
    found: dict[str, Any] = {name: frame.iloc[:, place] for place, name in enumerate(names)}
    if isinstance(columns, Mapping):
        plain = Rows(found, len(frame))
        found |= {new: frame[old] for new, old in columns.items() if plain.column(old) is not None}
    elif columns is not None:
        plain = Rows(found, len(frame))
        found = {name: found[name] for name in columns if plain.column(name) is not None}
    return Rows(found, len(frame), frame.index, frame)


def _listed(items: list[Any], columns: Mapping[str, str] | Sequence[str] | None) -> Rows:
    if items and all(isinstance(item, Mapping) for item in items):
        names = dict.fromkeys(str(name) for item in items for name in item)
        return Rows({name: [item.get(name) for item in items] for name in names}, len(items))
    if items and all(isinstance(item, tuple) for item in items):
        named: Any = columns or getattr(items[0], "_fields", ())
        given = [str(name) for name in named]
        widest = max(map(len, items))
        names_of = given + [f"column_{place}" for place in range(len(given), widest)]
        padded = [(*item, *[None] * (widest - len(item))) for item in items]
        return Rows({name: [item[place] for item in padded] for place, name in enumerate(names_of)}, len(items))
    name = next(iter(columns)) if columns else TEXT
    return Rows({name: items}, len(items))
