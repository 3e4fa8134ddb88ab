"""The ledger's rows in files that other programs read: Parquet by month, or one CSV. Nothing of a prompt is in them.

Columns are those of `Entry`, with `started` as a time in UTC in place of `started_ms`. A file appears whole or not at
all, and only its owner can read it, as the ledger itself.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, get_type_hints

from ..errors import ConfigurationError
from .entry import COLUMNS, Entry

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-untyped]
    from pyarrow.parquet import ParquetWriter  # type: ignore[import-untyped]

__all__ = ["to_csv", "to_parquet"]

Batch: TypeAlias = Mapping[str, list[Any]]
NAME = "ledger.parquet"
EXPORTED = ("started", *COLUMNS[1:])
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


def to_csv(batches: Iterable[Batch], path: Path) -> Path:
    """One file, a header first; times are ISO 8601 in UTC, an unknown amount is an empty cell.

    Text that a spreadsheet would take for a formula gets an apostrophe before it: a log may have named a model so.
    """
    with _unfinished(path, path.parent) as folder:
        with Path(folder, path.name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(EXPORTED)
            for batch in batches:
                columns = (map(_harmless, batch[name]) for name in COLUMNS[1:])
                writer.writerows(zip(map(_time, batch["started_ms"]), *columns, strict=True))
        return _moved(Path(folder, path.name), path)


def to_parquet(batches: Iterable[Batch], folder: Path) -> list[Path]:
    """One file a month, `month=2026-11/ledger.parquet`; a month that is there already is replaced. Returns the files.

    The months are UTC's. Raises `ConfigurationError` without pyarrow.
    """
    try:
        import pyarrow
        from pyarrow.parquet import ParquetWriter
    except ImportError:
        raise ConfigurationError(
            "Parquet needs pyarrow, which is not installed", action="Run pip install 'caicaini-nb[parquet]'."
        ) from None
    schema = _schema(pyarrow)
    writers: dict[str, ParquetWriter] = {}
    with _unfinished(folder, folder) as unfinished:
        try:
            for batch in batches:
                for month, table in _by_month(pyarrow, schema, batch):
                    if month not in writers:
                        writers[month] = ParquetWriter(Path(unfinished, month), schema, compression="zstd")
                    writers[month].write_table(table)
        finally:
            for writer in writers.values():
                writer.close()
        return [_moved(Path(unfinished, month), folder / f"month={month}" / NAME) for month in sorted(writers)]


def _schema(pyarrow: Any) -> pyarrow.Schema:
    """A column's type is that of the field: whole numbers, durations, text."""
    kinds = {int: pyarrow.int64(), float: pyarrow.float64(), str: pyarrow.string()}
    hints = get_type_hints(Entry)
    fields = [
        (name, next(kind for of, kind in kinds.items() if hints[name] in (of, of | None))) for name in COLUMNS[1:]
    ]
    return pyarrow.schema([("started", pyarrow.timestamp("ms", "UTC")), *fields])


def _by_month(pyarrow: Any, schema: pyarrow.Schema, batch: Batch) -> Iterator[tuple[str, pyarrow.Table]]:
    """A batch's rows, month by month and in their order."""
    import numpy

    started = numpy.array(batch["started_ms"], dtype="datetime64[ms]")
    months = started.astype("datetime64[M]")
    columns = [started, *(batch[name] for name in COLUMNS[1:])]
    table = pyarrow.table(
        [pyarrow.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)], schema
    )
    for month in numpy.unique(months):
        yield str(month), table.filter(pyarrow.array(months == month))


@contextmanager
def _unfinished(place: Path, beside: Path) -> Iterator[str]:
    """A private folder for what is not whole yet, on the disk it will be moved on; gone at the end."""
    try:
        beside.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=beside) as folder:
            yield folder
    except OSError as error:
        raise ConfigurationError(
            f"{place} cannot be written: {error.strerror}", action="Make room there, or give another place."
        ) from None


def _moved(file: Path, place: Path) -> Path:
    file.chmod(0o600)
    place.parent.mkdir(exist_ok=True)
    return file.replace(place)


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat("T", "milliseconds")


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
