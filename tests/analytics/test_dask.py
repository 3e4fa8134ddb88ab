"""The same functions on a Dask DataFrame over the Parquet folder, on a cluster of two processes: equal results."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from caicaini_nb import Ledger
from caicaini_nb.analytics import (
    by_hour,
    by_model_and_day,
    by_notebook,
    cache_savings,
    cost_in_cny,
    errors,
    frame,
    latency,
    plot_errors,
    plot_spend,
    table,
    totals_by,
    waste,
    what_if,
)
from tests.analytics.made import DAY, NOON, add, random_ledger

FUNCTIONS: list[Any] = [by_model_and_day, by_notebook, by_hour, totals_by, errors, latency, waste, cache_savings]
PERIODS: list[dict[str, Any]] = [{}, {"since": "2026-11-18", "until": "2026-11-25T07:30", "provider": "cailag"}]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as made:
            with distributed.Client(made) as connected:
                assert len({worker["id"] for worker in connected.scheduler_info()["workers"].values()}) == 2
                yield connected


@pytest.fixture
def ledger(tmp_path: Path, seed: int) -> Ledger:
    made = random_ledger(tmp_path, seed, rows=150)
    for month in range(1, 4):  # four files, and one call whose attempts lie in two of them
        add(made, NOON + month * 31 * DAY, "error", operation="over the month", attempt=month, total_ms=250.0)
    return made


@pytest.fixture
def folder(ledger: Ledger, tmp_path: Path, cluster: Any) -> Any:
    dataframe = pytest.importorskip("dask.dataframe")
    ledger.to_parquet(tmp_path / "parquet")
    read = dataframe.read_parquet(tmp_path / "parquet")
    assert read.npartitions > 1
    return read


@pytest.mark.slow
def test_the_results_are_equal(ledger: Ledger, folder: Any) -> None:
    for function in FUNCTIONS:
        for period in PERIODS if function in (by_hour, waste) else PERIODS[:1]:
            pd.testing.assert_frame_equal(function(folder, **period), function(ledger, **period), obj=function.__name__)
    assert cost_in_cny(folder) == cost_in_cny(ledger)
    assert what_if(folder, "qwen-plus") == what_if(ledger, "qwen-plus")
    plots: list[Any] = [plot_spend, plot_errors]
    for plot in plots:
        pd.testing.assert_frame_equal(table(plot(folder)), table(plot(ledger)))


@pytest.mark.slow
def test_the_rows_are_the_same(ledger: Ledger, folder: Any) -> None:
    ours, theirs = (
        frame(source, provider="caicaini").sort_values(["started", "operation", "attempt"], ignore_index=True)
        for source in (ledger, folder)
    )
    pd.testing.assert_frame_equal(ours, theirs, check_categorical=False)
