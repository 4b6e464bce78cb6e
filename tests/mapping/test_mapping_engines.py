"""The same observations whichever engine holds the records."""

from __future__ import annotations

import pandas as pd
import pytest
from engine_servers import postgres_server
from mapping_examples import counts, made_up, observed

from lvrn_eval.engine import DuckDBEngine

PER = {
    "one": "person_id",
    "columns": [
        {"name": "days", "kind": "distinct", "value": "on"},
        {"name": "last_day", "kind": "maximum", "value": "on"},
    ],
    "beside": {
        "table": "events", "where": "kind = 'suspect'",
        "columns": [{"name": "before", "kind": "records", "when": '"on" < last_day'}],
    },
}  # fmt: skip
HOURS = {"table": "patrols", "kind": "duration", "from": "starts_at", "to": "ends_at", "unit": "hours"}
COUNT = {"table": "area_counts", "value": "count", "period": "calendar_year", "by": ["area"]}
MEASURES = {
    "records": {"table": "contacts", "kind": "records", "period": "school_year", "by": ["site", "attended"]},
    "distinct": {"table": "contacts", "kind": "distinct", "of": "person_id", "where": "age < 18", "by": ["district"]},
    "by the end": {
        "table": "contacts", "kind": "distinct", "of": "person_id", "period": "quarter", "counted": "by_period_end",
    },
    "mean": {"table": "contacts", "kind": "mean", "value": "minutes", "period": "week"},
    "of people": {"table": "contacts", "kind": "proportion", "numerator": "attended", "of": "person_id"},
    "per": {"table": "contacts", "kind": "proportion", "numerator": "days >= 2", "per": PER, "among": "before >= 1"},
    "pairs": {
        "table": "scores", "kind": "change", "value": "score", "of": "person_id", "from": "occasion = 'pre'",
        "to": "occasion = 'post'", "period": "financial_year",
    },
    "hours": {**HOURS, "as": "percent", "daily": {"from": "18:00", "to": "02:00"}, "weight": "officers"},
    "day hours": {**HOURS, "daily": {"from": "09:00", "to": "17:00"}, "period": "month"},
    "rate": {
        "table": "area_counts", "kind": "rate", "numerator": "count", "denominator": "population * period_years",
        "scale": 1000, "period": "calendar_year",
    },
    "against": {**COUNT, "kind": "change", "against": "previous_period", "as": "percent"},
    "reference": {**COUNT, "kind": "records", "reference": "area = 'a'", "among": "count >= reference"},
    "latest": {"table": "scores", "kind": "latest", "of": "person_id", "holds": "score > 20", "period": "quarter"},
}  # fmt: skip


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
