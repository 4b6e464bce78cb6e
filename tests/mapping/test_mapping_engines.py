"""The same observations whichever engine holds the records."""

from __future__ import annotations

import pandas as pd
import pytest
from engine_servers import postgres_server
from mapping_examples import MEASURES, counts, made_up, observed

from lvrn_eval.engine import DuckDBEngine


@pytest.fixture(scope="module")
def tables():
    rows = [
        (area, f"{year}-{month:02d}-01", 10 + month, 1000.0)
        for area in "ab"
        for year in (2022, 2023)
        for month in (1, 7)
    ]
    frames = {**made_up(), **counts([*rows, ("b", "2023-09-01", 99, 1000.0)])}
    engine = DuckDBEngine()
    return {name: engine.register(name, frame) for name, frame in frames.items()}


@pytest.fixture(scope="module")
def on_postgres(tables):
    from lvrn_eval.engine.postgres import PostgresEngine

    with postgres_server() as address, PostgresEngine(address) as engine:
        yield {name: engine.take(table) for name, table in tables.items()}


@pytest.mark.parametrize("name", MEASURES)
def test_postgres_gives_the_same(name, tables, on_postgres) -> None:
    here, there = (observed(MEASURES[name], where).table for where in (tables, on_postgres))
    assert len(here) > 0
    pd.testing.assert_frame_equal(here, there, check_exact=False, rtol=1e-9)
