"""Frames that users bring: taken in as they are meant, or refused in words that quote no value."""

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from lvrn_eval.engine import DuckDBEngine, as_table
from lvrn_eval.errors import AnalysisError

DAY = dt.date(2024, 3, 31)
CANARY = "Zebedee Quux"


@pytest.fixture
def engine():
    return DuckDBEngine()


def cells(table):
    return table.to_arrow().to_pylist()


@pytest.mark.parametrize(
    ("given", "kind", "kept"),
    [
        (pd.to_datetime(["2024-03-31", None]), "DATE", [DAY, None]),
        (pd.to_datetime([None, None]), "DATE", [None, None]),
        ([DAY, None], "DATE", [DAY, None]),
        (pd.array([1, None], dtype="Int64"), "BIGINT", [1, None]),
        (pd.array([True, None], dtype="boolean"), "BOOLEAN", [True, None]),
        (pd.array(["a", None], dtype="string"), "VARCHAR", ["a", None]),
        (pd.Categorical(["a", None]), "VARCHAR", ["a", None]),
        (["2024-03-31", None], "VARCHAR", ["2024-03-31", None]),
        ([1.5, np.nan], "DOUBLE", [1.5, None]),
    ],
    ids=["midnight", "no time at all", "dates", "Int64", "boolean", "string", "categorical", "text", "float"],
)
def test_a_pandas_column_becomes_what_it_means(engine, given, kind, kept):
    table = engine.register("frame", pd.DataFrame({"x": given}))
    assert dict(table.columns) == {"x": kind}
    assert [row["x"] for row in cells(table)] == kept


def test_one_time_of_day_keeps_the_whole_column_as_times(engine):
    table = engine.register("frame", pd.DataFrame({"x": pd.to_datetime(["2024-03-31 00:00", "2024-03-31 00:01"])}))
    assert table.columns["x"].startswith("TIMESTAMP")
    assert list(table.to_pandas()["x"]) == list(pd.to_datetime(["2024-03-31 00:00", "2024-03-31 00:01"]))


def test_arrow_and_its_readers_are_taken(engine):
    arrow = pa.table({"n": [1, 2], "t": pa.array([dt.datetime(2024, 3, 31)] * 2, pa.timestamp("us"))})  # noqa: DTZ001
    for frame in (arrow, arrow.to_batches()[0], arrow.to_reader()):
        table = engine.register("frame", frame)
        assert dict(table.columns) == {"n": "BIGINT", "t": "DATE"}
        assert len(table) == 2


def test_polars_is_taken_and_its_nan_is_missing_as_in_pandas(engine):
    pl = pytest.importorskip("polars")
    table = engine.register("frame", pl.DataFrame({"x": [1.0, float("nan")], "d": [DAY, None], "s": ["a", None]}))
    assert cells(table) == [{"x": 1.0, "d": DAY, "s": "a"}, {"x": None, "d": None, "s": None}]


def test_odd_column_names_survive(engine):
    odd = 'we"ird; drop table x -- é'
    table = engine.register("2024; drop", pd.DataFrame({odd: pd.to_datetime(["2024-03-31"]), "select": [1.0]}))
    assert cells(table) == [{odd: DAY, "select": 1.0}]


def test_rows_keep_their_order(engine):
    numbers = np.random.default_rng(0).permutation(300_000)
    table = engine.register("frame", pd.DataFrame({"n": numbers}))
    assert (table.to_pandas()["n"].to_numpy() == numbers).all()


def test_two_frames_of_one_name_do_not_meet(engine):
    first, second = (engine.register("people", pd.DataFrame({"n": [n]})) for n in (1, 2))
    assert (first.name, second.name) == ("people_1", "people_2")
    assert (cells(first), cells(second)) == ([{"n": 1}], [{"n": 2}])


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            {"n": [1]},
            "events: expected a table of the project or a pandas, Polars or Arrow frame, not dict",
        ),
        (None, "events: expected a table of the project or a pandas, Polars or Arrow frame, not NoneType"),
        (
            pd.Series([1]),
            "events: expected a table of the project or a pandas, Polars or Arrow frame, not Series",
        ),
        (
            pa.chunked_array([[1]]),
            "events: expected a table of the project or a pandas, Polars or Arrow frame, not ChunkedArray",
        ),
        (pd.DataFrame(index=[1]), "events: this frame has no columns"),
        (pa.table({}), "events: this frame has no columns"),
        (
            pd.DataFrame([[1, 2, 3]], columns=["on", "On", "kind"]),
            "events: columns 'on', 'On' have one name, or names that differ only by case; rename them",
        ),
        (
            pd.DataFrame([[1, 2]], columns=["on", "on"]),
            "events: columns 'on', 'on' have one name, or names that differ only by case; rename them",
        ),
        (
            pa.table([[1], [2]], names=["on", "on"]),
            "events: columns 'on', 'on' have one name, or names that differ only by case; rename them",
        ),
        (
            pd.DataFrame({"a": ["x"], "b": [object()]}),
            ("events: values of more than one kind, or of a kind that no table can hold, in 'b'; "
            "make each column all text, all numbers or all dates"),
        ),
        (
            pd.DataFrame({"a": [1, CANARY], "b": [CANARY, 1], "c": [DAY, CANARY]}),
            ("events: values of more than one kind, or of a kind that no table can hold, in 'a', 'b', 'c'; "
            "make each column all text, all numbers or all dates"),
        ),
        (
            pd.DataFrame({"on": pd.to_datetime(["2024-07-01"]).tz_localize("Europe/London")}),
            ("events: column 'on' holds times of a time zone, so which day it was depends on the place; "
            "make them local first, in pandas with .dt.tz_localize(None)"),
        ),
        (
            pa.table({"on": pa.array([0], pa.timestamp("us", "UTC"))}),
            ("events: column 'on' holds times of a time zone, so which day it was depends on the place; "
            "make them local first, in pandas with .dt.tz_localize(None)"),
        ),
        (
            pd.DataFrame({"n": np.array([1], dtype="float16")}),
            "events: this frame cannot be taken in: DuckDB reports NotImplementedException",
        ),
    ],
)  # fmt: skip
def test_a_frame_that_cannot_be_a_table_is_refused(engine, frame, message):
    with pytest.raises(AnalysisError) as refused:
        as_table(frame, "events", engine)
    assert str(refused.value) == message


def test_a_polars_frame_that_was_not_computed_is_refused(engine):
    pl = pytest.importorskip("polars")
    for frame, kind in ((pl.LazyFrame({"a": [1]}), "LazyFrame"), (pl.Series([1]), "Series")):
        with pytest.raises(AnalysisError) as refused:
            as_table(frame, "events", engine)
        assert str(refused.value) == (
            f"events: expected a table of the project or a pandas, Polars or Arrow frame, not {kind}"
        )


def test_a_refused_frame_leaves_the_engine_usable(engine):
    with pytest.raises(AnalysisError):
        engine.register("frame", pd.DataFrame({"n": np.array([1], dtype="float16")}))
    assert len(engine.register("frame", pd.DataFrame({"n": [1]}))) == 1


def test_a_table_is_itself_and_a_frame_gets_an_engine_of_its_own(engine):
    table = engine.register("people", pd.DataFrame({"n": [1]}))
    assert as_table(table, "people") is table
    assert as_table(table, "people", engine) is table
    made = as_table(pd.DataFrame({"n": [1]}), "people")
    assert made.engine is not engine
    assert as_table(pd.DataFrame({"n": [1]}), "people", engine).engine is engine


def test_a_table_of_another_engine_is_refused(engine):
    other = as_table(pd.DataFrame({"n": [1]}), "people")
    with pytest.raises(AnalysisError) as refused:
        as_table(other, "events", engine)
    assert str(refused.value) == (
        "events: this table lives in another engine than the ones it is used with; "
        "bring it over with engine.take(table) first"
    )


def test_dates_come_home_to_pandas_as_times_pandas_can_count_with(engine):
    home = engine.register("frame", pd.DataFrame({"d": [DAY, None]})).to_pandas()
    assert home["d"].dtype.kind == "M"
    assert home["d"].iloc[0] == pd.Timestamp("2024-03-31")


def test_tables_and_views_can_be_forgotten(engine):
    table = engine.register("frame", pd.DataFrame({"n": [1]}))
    engine.query("create temp view seen as select 1 as n")
    for gone in (table, engine.table("seen")):
        engine.drop(gone)
    assert engine.query("select table_name from information_schema.tables") == []
