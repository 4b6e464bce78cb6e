"""The engines, each with its own copy of every set of records."""

from dataclasses import replace

import pytest
from differential_records import RECORDS, tables
from engine_servers import postgres_server, spark_session

from lvrn_eval.engine import DuckDBEngine


@pytest.fixture(scope="session")
def frames():
    """Return every set of records, as pandas frames."""
    return {name: make() for name, make in RECORDS.items()}


@pytest.fixture(scope="session")
def on_duckdb(frames):
    """Return every set of records as tables of DuckDB."""
    return _on(DuckDBEngine(), frames)


@pytest.fixture(scope="session")
def on_postgres(frames):
    """Return the same on PostgreSQL: read by DuckDB, then handed over table by table."""
    from lvrn_eval.engine.postgres import PostgresEngine

    with postgres_server() as address, PostgresEngine(address) as engine:
        yield _on(engine, frames)


@pytest.fixture(scope="session")
def on_spark(frames):
    """Return the same on Spark."""
    from lvrn_eval.engine.spark import SparkEngine

    with spark_session() as session, SparkEngine(session) as engine:
        yield _on(engine, frames)


def _on(engine, frames):
    here = DuckDBEngine()
    return {
        records: replace(
            given,
            **{name: engine.take(here.register(name, frame)) for name, frame in tables(given).items()},
        )
        for records, given in frames.items()
    }
