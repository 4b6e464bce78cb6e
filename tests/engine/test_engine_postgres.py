"""PostgreSQL as an engine: values go and come as they are, text sorts by its bytes, nothing is left in the database."""

import datetime as dt
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import sqlglot

from lvrn_eval.engine import DuckDBEngine, as_table, build, parse_rule, quoted
from lvrn_eval.errors import AnalysisError

DAY = dt.date(2024, 3, 31)
CANARY = "Zebedee Quux"
TEXTS = ["b", "a", "É", "", "B", None, 'q"u,\n\\.', "\\.", "\\N", "é", "漢\U0001f600", " ", "null", "t"]


def step(sql, name="tests/step"):
    return build(name, sqlglot.parse_one(sql, read="duckdb"))


def cells(table):
    return table.to_arrow().to_pylist()


@pytest.fixture
def own(postgres_address):
    """Return a connection of the test's own, to prepare the database with."""
    import psycopg

    with psycopg.connect(postgres_address, autocommit=True) as connection:
        connection.execute("create schema kept")
        yield connection
        connection.execute("drop schema kept cascade")


@pytest.mark.parametrize(
    "column",
    [
        TEXTS,
        [DAY, dt.date(1, 1, 1), dt.date(9999, 12, 31), None],
        [True, False, None],
        pd.array([1, None, -(2**63), 2**63 - 1], dtype="Int64"),
        pd.array([1, None, 255], dtype="UInt8"),
        pd.array([1, None, 2**64 - 1], dtype="UInt64"),
        [0.1, 1e300, 5e-324, -0.0, float("inf"), float("-inf"), float("nan"), None],
        np.array([0.1, 2.5], dtype="float32"),
        pd.to_datetime(["2024-03-31 10:00:00.500000", None, "2024-03-31 10:00:00.123456"]),
        [Decimal("1.50"), None],
        [None, None],
    ],
    ids=["text", "days", "truths", "whole", "small", "large", "real", "single", "times", "decimal", "nothing"],
)
def test_a_column_comes_home_as_it_does_from_duckdb(postgres, column):
    frame = pd.DataFrame({"x": column})
    here = DuckDBEngine().register("frame", frame)
    there = postgres.register("frame", frame)
    assert dict(there.columns) == dict(here.columns)
    assert there.to_arrow().equals(here.to_arrow())
    for home in (postgres.take(here), DuckDBEngine().take(there)):
        assert home.columns == here.columns
        assert home.to_arrow().equals(here.to_arrow())


def test_no_rows_are_a_table_too(postgres):
    frame = pd.DataFrame({"t": pd.array([], dtype="string"), "n": pd.array([], dtype="Int64")})
    assert postgres.register("frame", frame).to_arrow().equals(DuckDBEngine().register("frame", frame).to_arrow())


def test_a_table_of_more_than_one_batch_keeps_its_order(postgres):
    numbers = np.random.default_rng(0).permutation(300_000)
    table = postgres.take(DuckDBEngine().register("frame", pd.DataFrame({"n": numbers})))
    assert (table.to_pandas()["n"].to_numpy() == numbers).all()
    assert len(table) == 300_000


def test_a_text_kept_once_goes_over_as_text(postgres):
    here = DuckDBEngine()
    kept = here.run(step("select cast('a' as enum('a', 'b')) as kind"))
    assert dict(postgres.take(kept).columns) == {"kind": "VARCHAR"}
    made = postgres.run(step("select cast('a' as enum('a', 'b')) as kind"))
    assert dict(made.columns) == {"kind": "VARCHAR"}
    assert cells(made) == [{"kind": "a"}]


def test_a_table_of_this_engine_is_itself(postgres):
    table = postgres.register("frame", pd.DataFrame({"n": [1]}))
    assert postgres.take(table) is table
    assert as_table(table, "frame", postgres) is table


def test_a_kind_no_other_engine_holds_is_refused(postgres):
    here = DuckDBEngine()
    odd = here.run(step("select interval 1 month as i, [1] as l, 1 as n"))
    with pytest.raises(AnalysisError) as refused:
        postgres.take(odd)
    assert str(refused.value).partition(": ")[2] == (
        "only DuckDB can hold columns of these kinds: 'i' (INTERVAL), 'l' (INTEGER[]); leave them out, or make text or "
        "numbers of them"
    )


def test_times_finer_than_a_microsecond_are_refused(postgres):
    with pytest.raises(AnalysisError) as refused:
        postgres.register("frame", pd.DataFrame({"t": pd.to_datetime(["2024-03-31 10:00:00.123456789"])}))
    assert str(refused.value) == ("frame_1: holds times finer than a microsecond, which only DuckDB keeps; round them")


def test_a_zero_byte_is_refused(postgres):
    with pytest.raises(AnalysisError) as refused:
        postgres.register("frame", pd.DataFrame({"t": [f"{CANARY}\0"]}))
    assert str(refused.value) == (
        "table frame_1 cannot be used in PostgreSQL: some rows hold text with a zero byte, "
        "which PostgreSQL does not keep"
    )
    assert len(postgres.register("frame", pd.DataFrame({"n": [1]}))) == 1


@pytest.mark.parametrize(
    "value",
    ["it's", '"', "a\\b", "'; drop table x; --", "line\nbreak", "é漢\U0001f600", "", "$value", "%s", "null",
     1, -1, 10**15, 1e300, -2.5, True, False, None, DAY],
)  # fmt: skip
def test_a_value_enters_as_a_typed_literal(postgres, value):
    made = step("select $value as v, $value is null as missing")
    here, there = (engine.run(made, values={"value": value}) for engine in (DuckDBEngine(), postgres))
    assert there.to_arrow().equals(here.to_arrow())


@pytest.mark.parametrize("odd", ['we"ird', "on", "select", "é; --", "$n", "a.b", " ", "Upper", "%s"])
def test_odd_names_of_columns(postgres, odd):
    frame = as_table(pd.DataFrame({odd: [3]}), "frame", postgres)
    made = step("select $column as v, frame.* from frame where $column > $least order by $column")
    places = {"tables": {"frame": frame}, "values": {"least": 2}, "expressions": {"column": quoted(odd)}}
    assert cells(postgres.run(made, **places)) == [{"v": 3, odd: 3}]


@pytest.mark.parametrize(
    "sql",
    [
        "select t from frame order by t",
        "select t, row_number() over (order by t desc) as place from frame",
        "select max(t) as most, min(t) as least from frame",
        "select t < 'a' as early, greatest(t, 'aa') as later from frame order by t",
        "select case when t is null then 'É' when t = 'a' then 'b' else 'B' end as k from frame order by k",
        "select cast(t as varchar) as k from frame order by 1",
        "select k from (select 'É' as k union all select 'b' as k union all select 'C' as k) as made order by k",
    ],
)
def test_text_sorts_by_its_bytes_though_the_server_sorts_as_english_does(postgres, sql):
    assert postgres._rows("select 'b' < 'C', 'b' < 'C' collate \"C\"") == [(True, False)]
    answers = []
    for engine in (DuckDBEngine(), postgres):
        tables = {"frame": engine.register("frame", pd.DataFrame({"t": TEXTS}))} if "frame" in sql else {}
        answers.append(engine.run(step(sql), tables=tables).to_arrow())
    assert answers[0].equals(answers[1])


def test_what_ran_is_told_as_it_ran(postgres):
    people = postgres.register("people", pd.DataFrame({"n": [1, 2, 3]}))
    postgres.run(step("select n / 2 as half from people where n >= $n"), tables={"people": people}, values={"n": 2})
    (ran,) = postgres.ran
    assert (ran.name, ran.into, ran.rows) == ("tests/step", "tests_step_2", 2)
    assert postgres._rows(ran.sql) == [(1.0,), (1.5,)]


def test_a_step_that_does_not_suit_is_refused_in_duckdbs_words(postgres):
    words = []
    for engine in (DuckDBEngine(), postgres):
        frame = engine.register("frame", pd.DataFrame({"kind": [CANARY]}))
        with pytest.raises(AnalysisError) as refused:
            engine.run(step("select frame.kinds from frame"), tables={"frame": frame})
        words.append(str(refused.value))
    assert words[0] == words[1]
    assert words[0].startswith("step tests/step cannot run on these tables: Binder Error: ")


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("cast(text as date)", "some rows hold text that cannot be turned into a date or a number"),
        ("cast(today as date)", "some rows hold text that cannot be turned into a date or a number"),
        ("cast(american as date)", "some rows hold text that cannot be turned into a date or a number"),
        ("number / 0", "PostgreSQL reports DivisionByZero"),
        ("number * 9223372036854775807", "PostgreSQL reports NumericValueOutOfRange"),
        ("is_true = number", "operator does not exist: boolean = bigint"),
    ],
)
def test_rows_that_do_not_suit_a_step_are_refused_without_a_value(postgres, expression, reason):
    columns = {"text": [CANARY], "today": ["today"], "american": ["03/31/2024"], "number": [2], "is_true": [True]}
    frame = postgres.register("frame", pd.DataFrame(columns))
    with pytest.raises(AnalysisError) as refused:
        postgres.run(step(f"select {expression} as v from frame"), tables={"frame": frame})  # noqa: S608 (a test's own)
    assert str(refused.value) == f"step tests/step cannot be used in PostgreSQL: {reason}"
    assert len(frame) == 1


def test_secrets_stay_with_duckdb(postgres):
    with pytest.raises(AnalysisError) as refused:
        postgres.run(step("select sha256($key) as digest"), secrets={"key": b"x"})
    assert str(refused.value) == "step tests/step: secrets are for reading records, which is done in DuckDB"


def test_tables_that_are_there_are_used_as_they_stand(postgres, own):
    own.execute("create type kept.kind as enum ('b', 'a')")
    own.execute(
        'create table kept."Events" (person_id varchar(9), "on" date, kind kept.kind, cost numeric(10, 2), '
        "score double precision, code char(4), id uuid, at timestamp)",
    )
    own.execute(
        "insert into kept.\"Events\" values ('B', '2024-03-31', 'b', 1.5, 'NaN', 'x', "
        "'0f0e0d0c-0b0a-0908-0706-050403020100', '2024-03-31 10:00'), ('a', null, 'a', null, 2.5, null, null, null)",
    )
    table = postgres.table("Events", schema="kept")
    assert dict(table.columns) == {
        "person_id": "VARCHAR", "on": "DATE", "kind": "VARCHAR", "cost": "DECIMAL(10,2)", "score": "DOUBLE",
        "code": "VARCHAR", "id": "VARCHAR", "at": "TIMESTAMP",
    }  # fmt: skip
    assert cells(postgres.run(step("select * from e order by person_id"), tables={"e": table})) == [
        {"person_id": "B", "on": DAY, "kind": "b", "cost": Decimal("1.50"), "score": None, "code": "x",
         "id": "0f0e0d0c-0b0a-0908-0706-050403020100", "at": dt.datetime(2024, 3, 31, 10)},  # noqa: DTZ001
        {"person_id": "a", "on": None, "kind": "a", "cost": None, "score": 2.5, "code": None, "id": None, "at": None},
    ]  # fmt: skip
    assert cells(postgres.run(step("select max(kind) as k from e"), tables={"e": table})) == [{"k": "b"}]
    assert list(postgres.table("Events", schema="kept", columns=["on", "kind"]).columns) == ["on", "kind"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("nothing",), 'this database has no table "kept"."nothing" that this account may see'),
        (
            ("odd",),
            (
                'table "kept"."odd" has columns of kinds that no step can use: doc (jsonb), at (timestamp with time '
                "zone), n (numeric), l (integer[]); name the others with columns=, or cast these in a view"
            ),
        ),
        (("odd", ["kinds"]), "table \"kept\".\"odd\" has no column 'kinds'; did you mean 'kind'?"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used_is_refused(postgres, own, asked, message):
    own.execute("create table kept.odd (kind text, doc jsonb, at timestamptz, n numeric, l integer[])")
    with pytest.raises(AnalysisError) as refused:
        postgres.table(asked[0], schema="kept", columns=asked[1] if len(asked) > 1 else None)
    assert str(refused.value) == message


def test_nothing_is_left_in_the_database(postgres_address, own):
    from lvrn_eval.engine.postgres import PostgresEngine

    everything = """
        select nspname, relname from pg_class inner join pg_namespace as n on n.oid = relnamespace
        where relkind in ('r', 'v') and nspname !~ '^(pg_catalog|pg_toast|information_schema)' order by 1, 2
    """
    own.execute("create table kept.people as select 1 as n")
    before = own.execute(everything).fetchall()
    with PostgresEngine(own) as engine:
        given = engine.table("people", schema="kept")
        made = engine.run(step("select n + 1 as n from p"), tables={"p": given})
        engine.register("frame", pd.DataFrame({"n": [1]}))
        assert len(own.execute(everything).fetchall()) == len(before) + 3
        engine.drop(made)
        assert len(own.execute(everything).fetchall()) == len(before) + 2
    assert own.execute(everything).fetchall() == before
    assert not own.closed
    with PostgresEngine(postgres_address) as engine:
        engine.register("frame", pd.DataFrame({"n": [1]}))
    assert engine._connection.closed


def test_a_connection_in_a_transaction_stays_in_it(postgres_address, own):
    import psycopg

    from lvrn_eval.engine.postgres import PostgresEngine

    own.execute("create table kept.people as select 'x' as t")
    with psycopg.connect(postgres_address) as connection:
        connection.execute("insert into kept.people values ('y')")
        with PostgresEngine(connection) as engine:
            people = engine.table("people", schema="kept")
            with pytest.raises(AnalysisError):
                engine.run(step("select cast(t as date) as d from p"), tables={"p": people})
            assert len(people) == 2
        connection.rollback()
    assert own.execute("select count(*) from kept.people").fetchall() == [(1,)]


def test_an_account_without_leave_is_told_so(postgres_address, own):
    from lvrn_eval.engine.postgres import PostgresEngine

    own.execute("create table kept.people as select 1 as n")
    own.execute("create role reader login")
    own.execute("revoke temporary on database postgres from public")
    try:
        with PostgresEngine(postgres_address.replace("user=postgres", "user=reader")) as engine:
            with pytest.raises(AnalysisError) as refused:
                engine.register("frame", pd.DataFrame({"n": [1]}))
            assert str(refused.value) == (
                "table frame_1 cannot be used in PostgreSQL: permission denied to create temporary tables in database "
                '"postgres"'
            )
            with pytest.raises(AnalysisError) as refused:
                engine.table("people", schema="kept")
            assert str(refused.value) == (
                'table "kept"."people" cannot be used in PostgreSQL: permission denied for schema kept'
            )
    finally:
        own.execute("grant temporary on database postgres to public")
        own.execute("drop role reader")


def test_a_database_that_does_not_hold_utf_8_is_refused(postgres_address, own):
    from lvrn_eval.engine.postgres import PostgresEngine

    own.execute("create database old encoding 'LATIN1' locale 'C' locale_provider libc template template0")
    try:
        with pytest.raises(AnalysisError) as refused:
            PostgresEngine(postgres_address.replace("/postgres?", "/old?"))
    finally:
        own.execute("drop database old")
    assert str(refused.value) == (
        "this database holds text as LATIN1, and samples would differ; use one made with encoding 'UTF8'"
    )


def test_an_address_that_leads_nowhere_does_not_show_a_password(tmp_path):
    from lvrn_eval.engine.postgres import PostgresEngine

    with pytest.raises(AnalysisError) as refused:
        PostgresEngine(f"host={tmp_path} user=reader password={CANARY.replace(' ', '')}")
    assert str(refused.value).startswith("PostgreSQL cannot be reached: connection ")
    assert CANARY.replace(" ", "") not in str(refused.value)
    with pytest.raises(AnalysisError) as refused:
        PostgresEngine(f"postgres//reader:{CANARY}@nowhere")
    assert str(refused.value) == "this is not the address of a PostgreSQL; write postgresql://host/name"


def test_without_the_driver_it_says_how_to_get_it(monkeypatch):
    from lvrn_eval.engine.postgres import PostgresEngine

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(AnalysisError) as refused:
        PostgresEngine("postgresql://host/name")
    assert str(refused.value) == "PostgreSQL needs the package psycopg: pip install 'lvrn-eval[postgres]'"


def test_a_rule_means_the_same(postgres):
    frame = pd.DataFrame({"n": pd.array([7, None, 0], dtype="Int64"), "d": [DAY, None, dt.date(2024, 2, 29)]})
    for text in ("n / 2", "2 / n", "d - interval 1 month", "d - date '2024-01-31'", "d + interval (n) week"):
        rule = parse_rule(text, ["n", "d"])
        made = build("tests/rule", sqlglot.exp.select(rule.expression.as_("v")).from_("frame"))
        homes = [
            engine.run(made, tables={"frame": engine.register("frame", frame)}).to_arrow()
            for engine in (DuckDBEngine(), postgres)
        ]
        assert homes[0].equals(homes[1]), text


def test_arrow_readers_are_handed_over_once(postgres):
    table = postgres.register("frame", pa.table({"n": [1, 2]}).to_reader())
    assert postgres.batches(table).read_all().to_pylist() == [{"n": 1}, {"n": 2}]
