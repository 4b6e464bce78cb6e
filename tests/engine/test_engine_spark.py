"""Spark as an engine: values go and come as they are, and its settings stay as they were."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import sqlglot

from lvrn_eval.engine import DuckDBEngine, build, quoted
from lvrn_eval.errors import AnalysisError

pytestmark = pytest.mark.spark
DAY = dt.date(2024, 3, 31)
CANARY = "Zebedee Quux"
FRAME = pd.DataFrame(
    {
        "text": ["b", "É", "", None, 'q"u,\n\\.', "漢\U0001f600", "null"],
        "day": [DAY, dt.date(1, 1, 1), dt.date(1582, 10, 10), dt.date(1900, 1, 1), dt.date(9999, 12, 31), None, DAY],
        "truth": [True, False, None, True, None, False, True],
        "whole": pd.array([1, None, -(2**63), 2**63 - 1, 0, 5, 6], dtype="Int64"),
        "small": pd.array([1, None, 255, 0, 1, 2, 3], dtype="UInt8"),
        "large": pd.array([1, None, 2**64 - 1, 0, 1, 2, 3], dtype="UInt64"),
        "real": [0.1, 1e300, 5e-324, -0.0, float("inf"), float("nan"), None],
        "single": np.array([0.1, 2.5, 0, 1, 2, 3, 4], dtype="float32"),
        "time": pd.to_datetime([None, "2024-03-31 10:00:00.123456", "1899-12-31 23:59:59", None, None, None, None],
                               format="mixed"),
        "decimal": [Decimal("1.50"), None, Decimal("0.01"), None, None, None, None],
        "nothing": [None] * 7,
        'we"ird `name`.x': range(7),
        "Upper": range(7),
    },
)  # fmt: skip


def step(sql, name="tests/step"):
    return build(name, sqlglot.parse_one(sql, read="duckdb"))


def test_columns_come_home_as_they_do_from_duckdb(spark):
    here = DuckDBEngine().register("frame", FRAME)
    there = spark.register("frame", FRAME)
    assert dict(there.columns) == dict(here.columns)
    assert there.to_arrow().equals(here.to_arrow())
    for home in (spark.take(here), DuckDBEngine().take(there)):
        assert home.columns == here.columns
        assert home.to_arrow().equals(here.to_arrow())
    assert spark.take(there) is there
    assert len(there) == 7


def test_no_rows_are_a_table_too(spark):
    assert spark.register("frame", FRAME[:0]).to_arrow().equals(DuckDBEngine().register("f", FRAME[:0]).to_arrow())


def test_values_enter_as_typed_literals(spark):
    values = {"quote": "it's", "slash": "a\\b\\", "line": "x\ny", "other": "é漢\U0001f600'; --", "place": "$value ${x}",
              "none": None, "less": -1, "much": 1e300, "true": True, "day": DAY}  # fmt: skip
    made = step("select " + ", ".join(f"${name} as {quoted(name).sql('duckdb')}" for name in values))
    here, there = (engine.run(made, values=values) for engine in (DuckDBEngine(), spark))
    assert there.to_arrow().equals(here.to_arrow())


def test_columns_of_odd_names_are_found(spark):
    frame = spark.register("frame", FRAME)
    made = step("select $odd as odd, frame.* from frame where $upper > $least order by $odd")
    places = {"expressions": {"odd": quoted('we"ird `name`.x'), "upper": quoted("Upper")}, "values": {"least": 4}}
    rows = spark.run(made, tables={"frame": frame}, **places).to_arrow().to_pylist()
    assert [(row["odd"], row["Upper"]) for row in rows] == [(5, 5), (6, 6)]
    (ran,) = spark.ran
    assert (ran.name, ran.into, ran.rows) == ("tests/step", "tests_step_2", 2)


def test_what_spark_would_do_in_its_own_way_is_as_in_duckdb(spark):
    made = step(
        """
        select
            text,
            row_number() over (order by text desc) as place,
            cast(real as bigint) as nearest,
            cast(cast(whole as decimal(18, 1)) / 2 as bigint) as halves,
            day - interval 1 month as earlier,
            day - date '2024-01-31' as days,
            date_diff('month', day, date '2024-04-01') as months,
            day + interval (whole) month as later,
            whole / 12.0 as years,
            sum(whole) over () as total,
            greatest(whole, 3) as most,
            cast('kept' as enum('kept')) as kept
        from frame
        order by text
        """,
    )
    frame = pd.DataFrame(
        {
            "text": ["b", "É", "", None, "B"],
            "real": [0.5, 1.5, 2.5, -2.5, None],
            "whole": pd.array([1, 2, 3, 5, None], dtype="Int64"),
            "day": [DAY, dt.date(2024, 2, 29), dt.date(2023, 12, 31), None, DAY],
        },
    )
    here, there = (
        engine.run(made, tables={"frame": engine.register("f", frame)}) for engine in (DuckDBEngine(), spark)
    )
    assert there.to_arrow().equals(here.to_arrow())
    assert there.columns["kept"] == "VARCHAR"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("cast(text as date)", "some rows hold text that cannot be turned into a date or a number"),
        ("number / 0", "Spark reports DIVIDE_BY_ZERO"),
        ("number * 9223372036854775807", "Spark reports ARITHMETIC_OVERFLOW"),
    ],
)
def test_rows_that_do_not_suit_a_step_are_refused_without_a_value(spark, expression, reason):
    frame = spark.register("frame", pd.DataFrame({"text": [CANARY], "number": [2]}))
    with pytest.raises(AnalysisError) as refused:
        spark.run(step(f"select {expression} as v from frame"), tables={"frame": frame})  # noqa: S608 (a test's own)
    assert str(refused.value) == f"step tests/step cannot be used in Spark: {reason}"


def test_tables_of_the_catalogue_are_used_as_they_stand(spark, spark_started):
    spark_started.sql(
        "select 'a' as person_id, date '2024-03-31' as `on`, cast(1.5 as decimal(10, 2)) as cost, "
        "double('NaN') as score, timestamp_ntz '2024-03-31 10:00:00' as at, 'x' as other",
    ).createOrReplaceGlobalTempView("given")
    table = spark.table("global_temp.given", columns=["person_id", "on", "cost", "score", "at"])
    assert dict(table.columns) == {
        "person_id": "VARCHAR", "on": "DATE", "cost": "DECIMAL(10,2)", "score": "DOUBLE", "at": "TIMESTAMP",
    }  # fmt: skip
    assert table.to_arrow().to_pylist() == [
        {"person_id": "a", "on": DAY, "cost": Decimal("1.50"), "score": None,
         "at": dt.datetime(2024, 3, 31, 10)},  # noqa: DTZ001
    ]  # fmt: skip
    with pytest.raises(AnalysisError) as refused:
        spark.table("global_temp.given", columns=["person"])
    assert str(refused.value) == "table global_temp.given has no column 'person'; did you mean 'person_id'?"
    with pytest.raises(AnalysisError) as refused:
        spark.table("nothing")
    assert str(refused.value) == "table nothing cannot be used in Spark: Spark reports TABLE_OR_VIEW_NOT_FOUND"
    spark_started.sql("select array(1) as l, current_timestamp() as at").createOrReplaceGlobalTempView("odd")
    with pytest.raises(AnalysisError) as refused:
        spark.table("global_temp.odd")
    assert str(refused.value) == (
        "table global_temp.odd has columns of kinds that no step can use: l (array<int>), at (timestamp); "
        "name the others with columns=, or cast these in a view"
    )


def test_the_session_it_was_given_stays_as_it_was(spark_started):
    from lvrn_eval.engine.spark import SparkEngine

    spark_started.conf.set("spark.sql.ansi.enabled", "false")
    spark_started.conf.set("spark.sql.shuffle.partitions", "3")
    try:
        with SparkEngine(spark_started) as engine:
            table = engine.register("frame", pd.DataFrame({"n": [1]}))
            kept = engine.register("frame", pd.DataFrame({"n": [1]}))
            engine.drop(kept)
            assert [view.name for view in engine._session.catalog.listTables()] == [table.name]
            assert engine._session.conf.get("spark.sql.ansi.enabled") == "true"
            assert engine._session.conf.get("spark.sql.shuffle.partitions") == "3"
        assert engine._session.catalog.listTables() == []
        assert spark_started.conf.get("spark.sql.ansi.enabled") == "false"
        assert spark_started.catalog.listTables() == []
    finally:
        spark_started.conf.set("spark.sql.ansi.enabled", "true")
        spark_started.conf.set("spark.sql.shuffle.partitions", "2")
