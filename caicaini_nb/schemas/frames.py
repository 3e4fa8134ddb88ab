"""Data as a pandas DataFrame: rows from objects, columns that can be computed with.

Dates become datetimes, `Decimal`s floats, enums their values; whole numbers stay whole where some are missing. The
parts of an object inside a row are columns such as `address.city`; a list inside a row stays a list.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame"]


def frame(value: Any) -> pd.DataFrame:
    """One row for each object of a list, or for each item (column `value`) of another list.

    An object with exactly one list of objects in it is that list, its other fields in the frame's `attrs`: an invoice
    gives its items. Any other object is one row, any other value one cell.
    """
    import pandas as pd

    plain = _plain(value)
    attributes: dict[str, Any] = {}
    if isinstance(plain, dict):
        lists = [name for name, part in plain.items() if _are_objects(part)]
        if len(lists) == 1:
            attributes = {name: part for name, part in plain.items() if name != lists[0]}
            plain = plain[lists[0]]
    rows = plain if isinstance(plain, list) else [plain]
    flat = [_flat(row) for row in rows] if _are_objects(rows) else [{"value": row} for row in rows]
    made = pd.DataFrame(flat, columns=_columns(flat), dtype=object)
    for name in made.columns:
        made[name] = _typed(made[name])
    made.attrs |= attributes
    return made


def _plain(value: Any) -> Any:
    """Objects as dicts, whatever they were; what a cell can hold stays as it is."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(_plain(name)): _plain(part) for name, part in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump())
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, (Sequence, set, frozenset)) and not isinstance(value, (str, bytes)):
        return [_plain(part) for part in value]
    return value


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(part, dict) for part in value)


def _flat(row: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """The parts of its objects as columns of their own."""
    flat: dict[str, Any] = {}
    for name, part in row.items():
        flat |= _flat(part, f"{before}{name}.") if isinstance(part, dict) and part else {before + name: part}
    return flat


def _columns(flat: list[dict[str, Any]]) -> list[str]:
    """Every name once. That an object is missing shows in the columns of its parts, where it has some."""
    names = dict.fromkeys(name for row in flat for name in row)
    parents = {name.rpartition(".")[0] for name in names if "." in name}
    told = {name for name in parents & names.keys() if all(row.get(name) is None for row in flat)}
    return [name for name in names if name not in told]


def _typed(column: pd.Series[Any]) -> pd.Series[Any]:
    """A type for the whole column, where all that is present shares one."""
    present = [value for value in column if value is not None and value == value]
    missing = len(present) < len(column)
    kinds = {type(value) for value in present}
    if kinds == {bool}:
        return column.astype("boolean" if missing else "bool")
    if kinds == {int} and all(abs(value) < 2**63 for value in present):
        return column.astype("Int64" if missing else "int64")
    if kinds and kinds <= {int, float, Decimal}:
        return column.astype("float64") if kinds != {int} else column
    if kinds and kinds <= {date, datetime}:
        return _as_dates(column, present)
    return column.infer_objects()


def _as_dates(column: pd.Series[Any], present: list[Any]) -> pd.Series[Any]:
    """Datetimes; those with several time zones, or some with none, stay what they are."""
    import pandas as pd

    zones = {value.utcoffset() if isinstance(value, datetime) else None for value in present}
    try:
        return pd.to_datetime(column) if len(zones) == 1 else column
    except (ValueError, OverflowError):  # a year beyond what pandas counts in
        return column
