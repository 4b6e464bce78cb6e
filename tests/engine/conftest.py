"""The engines that need something started."""

import pytest
from engine_servers import postgres_server, spark_session


@pytest.fixture(scope="session")
def postgres_address():
    """Return the address of a PostgreSQL of the tests' own."""
    with postgres_server() as address:
        yield address


@pytest.fixture
def postgres(postgres_address):
    """Return an engine in PostgreSQL."""
    from lvrn_eval.engine.postgres import PostgresEngine

    with PostgresEngine(postgres_address) as engine:
        yield engine


@pytest.fixture(scope="session")
def spark_started():
    """Return a Spark of the tests' own."""
    with spark_session() as session:
        yield session


@pytest.fixture
def spark(spark_started):
    """Return an engine in Spark."""
    from lvrn_eval.engine.spark import SparkEngine

    with SparkEngine(spark_started) as engine:
        yield engine
