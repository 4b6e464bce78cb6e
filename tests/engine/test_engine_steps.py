"""Steps: every place filled with a typed literal or a quoted name, secrets bound, and one text for three engines."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
import sqlglot
from sqlglot import exp, select

import lvrn_eval
from lvrn_eval.engine import DuckDBEngine, Step, as_table, build, dialects, literal, parse_rule, quoted
from lvrn_eval.errors import AnalysisError

SQL = sorted(Path(lvrn_eval.__file__).parent.rglob("*.sql"))
CANARY = "Zebedee Quux"


@pytest.fixture
def engine():
    return DuckDBEngine()


def step(sql, name="tests/step"):
    return build(name, sqlglot.parse_one(sql, read="duckdb"))


def answer(engine, made, **places):
    return engine.run(made, **places).to_arrow().to_pylist()


@pytest.mark.parametrize(
    "value",
    [
        "it's", '"', "a\\b", "'; drop table x; --", "line\nbreak", "é漢\U0001f600", "", "$value", "null",
        1, -1, 0, 10**15, 1e300, -2.5, True, False, None,
        dt.date(2024, 2, 29), dt.date(1, 1, 1),
    ],
)  # fmt: skip
def test_a_value_enters_as_a_typed_literal(engine, value):
    (row,) = answer(engine, step("select $value as v, $value is null as missing"), values={"value": value})
    assert row == {"v": value, "missing": value is None}
    if value is not None:
        assert isinstance(row["v"], type(value)) or float(row["v"]) == value


def test_a_moment_enters_as_its_day(engine):
    for moment in (dt.datetime(2024, 2, 29, 23, 59), pd.Timestamp("2024-02-29 23:59")):  # noqa: DTZ001
        assert answer(engine, step("select $v as v"), values={"v": moment}) == [{"v": dt.date(2024, 2, 29)}]


def test_a_negative_value_subtracted_is_no_comment(engine):
    assert answer(engine, step("select 5 - $n as n"), values={"n": -1}) == [{"n": 6}]


def test_tables_are_given_by_name_and_keep_their_alias(engine):
    people = as_table(pd.DataFrame({"n": [1, 2]}), "people", engine)
    sql = "with twice as (select n from people union all select p.n from people as p) select sum(n) as n from twice"
    assert answer(engine, step(sql), tables={"people": people}) == [{"n": 6}]


@pytest.mark.parametrize("odd", ['we"ird', "on", "select", "é; --", "$n", "a.b", " "])
def test_odd_names_of_columns(engine, odd):
    frame = as_table(pd.DataFrame({odd: [3]}), "frame", engine)
    made = step("select $column as v from frame where $column > $least")
    assert answer(engine, made, tables={"frame": frame}, values={"least": 2}, expressions={"column": quoted(odd)}) == [
        {"v": 3}
    ]


def test_an_expression_is_kept_together(engine):
    made = step("select 2 * $e as v")
    assert answer(engine, made, expressions={"e": sqlglot.parse_one("1 + 1")}) == [{"v": 4}]


def test_a_filled_expression_is_not_filled_again(engine):
    # a column may be called like a place
    frame = as_table(pd.DataFrame({"frame": ["$n"]}), "frame", engine)
    made = step("select $e as v, $n as n from frame")
    places = {"tables": {"frame": frame}, "values": {"n": 1}, "expressions": {"e": quoted("frame")}}
    assert answer(engine, made, **places) == [{"v": "$n", "n": 1}]


@pytest.mark.parametrize(
    ("places", "named"),
    [
        ({}, "a, people"),
        ({"values": {"a": 1}}, "people"),
        ({"tables": ["people"]}, "a"),
        ({"tables": ["people", "events"], "values": {"a": 1}}, "events"),
        ({"tables": ["people"], "values": {"a": 1, "b": 1}}, "b"),
        ({"tables": ["people"], "values": {"a": 1}, "expressions": {"c": quoted("x")}}, "c"),
        ({"tables": ["people"], "values": {"a": 1}, "secrets": {"key": b"x"}}, "key"),
    ],
)
def test_a_place_left_empty_or_filled_for_nothing_is_refused(engine, places, named):
    people = as_table(pd.DataFrame({"n": [1]}), "people", engine)
    given = {**places, "tables": {name: people for name in places.get("tables", [])}}  # noqa: C420
    with pytest.raises(AnalysisError) as refused:
        engine.run(step("select $a as a from people"), **given)
    assert str(refused.value) == f"step tests/step: not filled, or filled without a place: {named}"


def test_filling_leaves_the_step_as_it_was(engine):
    made = step("select $n as n")
    before = made.statement.sql()
    assert [answer(engine, made, values={"n": n})[0]["n"] for n in (1, 2)] == [1, 2]
    assert made.statement.sql() == before


def test_secrets_are_bound_and_no_log_holds_them(engine):
    secret = b"\x00it's a secret\xff"
    made = step("select sha256($key) as digest, $n as n")
    assert answer(engine, made, values={"n": 1}, secrets={"key": secret})
    (ran,) = engine.ran
    assert "$key" in ran.sql
    assert "secret" not in f"{ran!r} {engine!r} {vars(engine)}"


def test_a_failing_step_does_not_quote_its_secrets(engine):
    made = step("select cast(decode($key) as integer) as n")
    with pytest.raises(AnalysisError) as refused:
        engine.run(made, secrets={"key": CANARY.encode()})
    assert CANARY not in str(refused.value)


def test_what_ran_is_told_in_order(engine):
    people = as_table(pd.DataFrame({"n": [1, 2, 3]}), "people", engine)
    for least in (2, 3):
        engine.run(step("select n from people where n >= $least"), tables={"people": people}, values={"least": least})
    assert [(ran.name, ran.into, ran.rows) for ran in engine.ran] == [
        ("tests/step", "tests_step_2", 2),
        ("tests/step", "tests_step_3", 1),
    ]
    assert all(ran.seconds >= 0 for ran in engine.ran)
    assert engine.query(engine.ran[1].sql) == [(3,)]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("text > 5", "Binder Error: "),
        ("cast(text as date) > date '2024-01-01'", "some rows hold text that cannot be turned into a date or a number"),
        ("number = 1 = true", "Parser Error: "),
    ],
)
def test_tables_that_do_not_suit_a_step_are_refused_without_a_value(engine, rule, reason):
    frame = as_table(pd.DataFrame({"text": [CANARY], "number": [1]}), "frame", engine)
    made = build("tests/step", select(parse_rule(rule, list(frame.columns)).expression.as_("v")).from_("frame"))
    with pytest.raises(AnalysisError) as refused:
        engine.run(made, tables={"frame": frame})
    # an older DuckDB compares text with numbers row by row
    told = ("step tests/step cannot run on these tables: " + reason, "step tests/step cannot run on these tables: some")
    assert str(refused.value).startswith(told)
    assert CANARY not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_column_that_is_not_there_is_named(engine):
    frame = as_table(pd.DataFrame({"kind": ["x"]}), "events", engine)
    with pytest.raises(AnalysisError, match=r"^step tests/step cannot run on these tables: Binder Error: .*\bkinds\b"):
        engine.run(step("select events.kinds from events"), tables={"events": frame})


def test_loading_a_step_names_it_after_its_file():
    assert Step.load("lvrn_eval.cohort", "attrition.sql").name == "cohort/attrition"


@pytest.mark.parametrize("path", SQL, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_step_is_one_query_that_opens_with_what_it_does(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("-- ")
    (statement,) = sqlglot.parse(text, read="duckdb")
    assert isinstance(statement, exp.Query)


@pytest.mark.parametrize("path", SQL, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_step_can_be_written_for_postgresql_and_spark(path):
    statement = sqlglot.parse_one(path.read_text(encoding="utf-8"), read="duckdb")
    # a function sqlglot does not know goes through untranslated
    assert not list(statement.find_all(exp.Anonymous, exp.Median, exp.RegexpLike, exp.RegexpFullMatch))
    assert not any(join.kind == "ASOF" or join.method == "ASOF" for join in statement.find_all(exp.Join))
    for dialect in ("postgres", "spark"):
        # an interval whose length is worked out has no form that all share: the engines write it as a function
        settled = statement.transform(
            lambda n, to=dialect: dialects._interval(n, to) if isinstance(n, exp.Interval) else n
        )
        text = settled.sql(dialect, unsupported_level=sqlglot.ErrorLevel.RAISE)
        assert sqlglot.parse_one(text, read=dialect)


def test_a_boolean_is_not_a_number():
    assert isinstance(literal(value=True), exp.Boolean)
