"""What a step means to DuckDB, it means elsewhere: rewritten where engines differ, refused where that cannot be."""

import pytest
import sqlglot

from lvrn_eval.engine.dialects import rewritten
from lvrn_eval.engine.kinds import held_as
from lvrn_eval.errors import AnalysisError

COLUMNS = {"n": "BIGINT", "m": "INTEGER", "x": "DOUBLE", "d": "DATE", "e": "DATE", "t": "VARCHAR", "Odd Name": "DATE",
           "c": "DECIMAL(9,2)", "s": "TIMESTAMP"}  # fmt: skip
TABLES = {"t_1": {name: held_as(kind) for name, kind in COLUMNS.items()}}


def written(expression, dialect):
    statement = sqlglot.parse_one(f"select {expression} as v from t_1", read="duckdb")  # noqa: S608 (a test's own)
    (column,) = rewritten("tests/step", statement, TABLES, dialect).expressions
    return column.this.sql(dialect).replace('"t_1".', "").replace("`t_1`.", "")


@pytest.mark.parametrize(
    ("expression", "postgres", "spark"),
    [
        ("n / m",
         'CAST("n" AS DOUBLE PRECISION) / CAST("m" AS DOUBLE PRECISION)', "CAST(`n` AS DOUBLE) / CAST(`m` AS DOUBLE)"),
        ("x / n / m",
         ('CAST((CAST("x" AS DOUBLE PRECISION) / CAST("n" AS DOUBLE PRECISION)) AS DOUBLE PRECISION)'
          ' / CAST("m" AS DOUBLE PRECISION)'),
         "CAST((CAST(`x` AS DOUBLE) / CAST(`n` AS DOUBLE)) AS DOUBLE) / CAST(`m` AS DOUBLE)"),
        ("cast(n / m as bigint)", 'CAST(CAST("n" AS DOUBLE PRECISION) / CAST("m" AS DOUBLE PRECISION) AS BIGINT)',
         "CAST(RINT(CAST(`n` AS DOUBLE) / CAST(`m` AS DOUBLE)) AS BIGINT)"),
        ("d - e", '(CAST("d" AS DATE) - CAST("e" AS DATE))', "(DATEDIFF(DAY, CAST(`e` AS DATE), CAST(`d` AS DATE)))"),
        ("d + 1", '"d" + 1', "`d` + 1"),
        ('"Odd Name" - 1', '"Odd Name" - 1', "`Odd Name` - 1"),
        ("d - interval 1 month", "\"d\" - INTERVAL '1 MONTH'", "CAST(`d` AS TIMESTAMP_NTZ) - INTERVAL '1' MONTH"),
        ("avg(m)", 'AVG(CAST("m" AS DOUBLE PRECISION))', "AVG(CAST(`m` AS DOUBLE))"),
        ("cast(x as bigint)", 'CAST("x" AS BIGINT)', "CAST(RINT(`x`) AS BIGINT)"),
        ("cast(c as integer)", 'CAST("c" AS INT)', "CAST(ROUND(`c`) AS INT)"),
        ("cast(n as text)", '(CAST("n" AS TEXT) COLLATE "C")', "CAST(`n` AS STRING)"),
        ("cast('a' as enum('a'))", "(CAST('a' AS TEXT) COLLATE \"C\")", "CAST('a' AS STRING)"),
        ("'a'", "('a' COLLATE \"C\")", "'a'"),
        ("t = 'a'", "\"t\" = 'a'", "`t` = 'a'"),
        ("date_trunc('month', d)",
         "DATE_TRUNC('MONTH', CAST(\"d\" AS TIMESTAMP))", "DATE_TRUNC('MONTH', CAST(`d` AS TIMESTAMP_NTZ))"),
    ],
)  # fmt: skip
def test_what_engines_would_read_in_their_own_way_is_settled(expression, postgres, spark):
    assert (written(expression, "postgres"), written(expression, "spark")) == (postgres, spark)


@pytest.mark.parametrize("dialect", ["postgres", "spark"])
@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("lower(t)", "changes letters to small ones"),
        ("upper(t)", "changes letters to capitals"),
        ("t ilike 'a'", "compares text without regard to capitals"),
        ("regexp_matches(t, 'a')", "uses a regular expression"),
        ("median(n)", "takes a median"),
        ("quantile_cont(n, 0.5)", "takes a quantile"),
        ("round(x)", "rounds numbers that are not whole"),
        ("round(x / 2, 1)", "rounds numbers that are not whole"),
        ("cast(x as varchar)", "makes text of numbers that may not be whole"),
        ("cast(n / m as varchar)", "makes text of numbers that may not be whole"),
        ("date_diff('week', d, e)", "counts in units of a week"),
    ],
)
def test_what_engines_do_in_different_ways_is_refused(expression, told, dialect):
    with pytest.raises(AnalysisError) as refused:
        written(expression, dialect)
    assert str(refused.value) == (
        f"step tests/step {told}, which {dialect} and DuckDB do in different ways; use tables in DuckDB, or leave that "
        "to the end, when the answer has come home"
    )


def test_a_statement_is_not_changed():
    statement = sqlglot.parse_one("select n / m as v, d - e as w from t_1", read="duckdb")
    before = statement.sql("duckdb")
    rewritten("tests/step", statement, TABLES, "spark")
    assert statement.sql("duckdb") == before


@pytest.mark.parametrize(
    ("kind", "postgres", "spark"),
    [
        ("BOOLEAN", "BOOLEAN", "BOOLEAN"),
        ("UTINYINT", "SMALLINT", "SMALLINT"),
        ("UINTEGER", "BIGINT", "BIGINT"),
        ("UBIGINT", "DECIMAL(20, 0)", "DECIMAL(20, 0)"),
        ("HUGEINT", "DECIMAL(38, 0)", "DECIMAL(38, 0)"),
        ("DECIMAL(9,2)", "DECIMAL(9, 2)", "DECIMAL(9, 2)"),
        ("FLOAT", "REAL", "FLOAT"),
        ("TIMESTAMP_NS", "TIMESTAMP", "TIMESTAMP_NTZ"),
        ("ENUM('a', 'b')", "TEXT", "STRING"),
        ('"NULL"', "TEXT", "STRING"),
    ],
)
def test_every_kind_of_column_has_a_place_elsewhere(kind, postgres, spark):
    held = held_as(kind)
    assert held is not None
    assert (held.sql("postgres"), held.sql("spark")) == (postgres, spark)


@pytest.mark.parametrize("kind", ["INTERVAL", "BLOB", "INTEGER[]", "STRUCT(a INTEGER)", "TIMESTAMP WITH TIME ZONE", ""])
def test_other_kinds_have_none(kind):
    assert held_as(kind) is None
